// Suggestions while a query is typed: the combobox pattern of the ARIA Authoring Practices. The server makes the list
// (/search/complete); the field is an ordinary one without this script, and where no answer comes.

const WAIT_MS = 120;
let made = 0;

export function complete(field) {
  const list = document.createElement("ul"), status = document.createElement("p");
  list.id = `completions-${++made}`;
  list.className = "completions";
  list.setAttribute("role", "listbox");
  list.hidden = true;
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  field.after(list, status);
  field.parentElement.classList.add("completed");
  if (field.type === "search") {                     // which may be no combobox
    const at = field.selectionStart;
    field.enterKeyHint = "search";
    field.type = "text";
    field.setSelectionRange(at, at);
  }
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false",
    "aria-controls": list.id })) field.setAttribute(name, value);
  let active = null, span = null, timer = 0, asked = null;

  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT_MS); });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown" && list.hidden) ask();
    else if (event.key === "ArrowDown") mark(active?.nextElementSibling ?? list.firstElementChild);
    else if (event.key === "ArrowUp" && !list.hidden) mark(active ? active.previousElementSibling : list.lastElementChild);
    else if (event.key === "Enter" && active) choose(active);
    else if (event.key === "Escape" && !list.hidden) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());          // the field keeps the focus
  list.addEventListener("click", (event) => { const option = event.target.closest("[role=option]"); if (option) choose(option); });

  /** Places are counted in whole characters, as the server does. */
  async function ask() {
    clearTimeout(timer);
    asked?.abort();
    const mine = asked = new AbortController(), q = field.value, at = [...q.slice(0, field.selectionStart)].length;
    try {
      const answer = await fetch(`/search/complete?${new URLSearchParams({ q, at })}`, { headers: { "HX-Request": "true" }, signal: mine.signal });
      const found = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("ul[data-position]");
      if (mine !== asked) return;
      if (found && field.value === q && document.activeElement === field) show(found); else close();
    } catch { if (mine === asked) close(); }
  }

  function show(found) {
    const options = [...found.children];
    if (!options.length) { close(); return; }
    span = [Number(found.dataset.position), Number(found.dataset.length)];
    options.forEach((option, number) => { option.id = `${list.id}-${number}`; });
    list.setAttribute("aria-label", found.dataset.label);
    list.replaceChildren(...options);
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    status.textContent = found.dataset.said;
    mark(null);
  }

  function close() {
    clearTimeout(timer);
    asked?.abort();
    asked = null;
    list.hidden = true;
    list.replaceChildren();
    status.textContent = "";
    field.setAttribute("aria-expanded", "false");
    mark(null);
  }

  function mark(option) {
    active?.setAttribute("aria-selected", "false");
    active = option;
    if (!option) { field.removeAttribute("aria-activedescendant"); return; }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", option.id);
  }

  function choose(option) {
    const letters = [...field.value], [position, length] = span, rest = letters.slice(position + length).join("");
    const gap = option.dataset.kind === "value" && !rest ? " " : "";
    const before = letters.slice(0, position).join("") + option.dataset.text + gap;
    close();
    field.value = before + rest;
    field.setSelectionRange(before.length, before.length);
    field.dispatchEvent(new Event("input", { bubbles: true }));                   // the value of a field is offered next
  }
}
