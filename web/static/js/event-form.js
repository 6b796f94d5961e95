// The form of an event: who fills in days, or a day and a time, means that.

for (const fields of document.querySelectorAll(".under")) {
  const choice = fields.previousElementSibling.querySelector("input[type=radio]");
  fields.addEventListener("input", () => { choice.checked = true; });
}
