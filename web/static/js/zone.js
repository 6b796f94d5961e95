// A new account: the time zone is that of the browser, until its person chooses another.

const choice = document.querySelector("select[data-own-zone]");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (choice && [...choice.options].some((option) => option.value === here)) choice.value = here;
