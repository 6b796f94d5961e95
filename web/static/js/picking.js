// Picking items: ranges with shift, x on the keyboard, how many they are; in the timeline also which tiles are picked.
// Everything is a form of checkboxes that works without this.

const form = document.querySelector("form.picks"), told = form.querySelector(".picked");
const timeline = document.getElementById("timeline"), switcher = document.getElementById("picking");
const picked = new Map();                                   // in the timeline: id -> its hidden field
let last = null;

const boxes = () => [...form.querySelectorAll(".picker input")];
const number = () => (timeline ? picked.size : boxes().filter((box) => box.checked).length);

function tell() {
  const n = number();
  told.textContent = n ? form.dataset.selected.replace("{n}", n.toLocaleString(document.documentElement.lang)) : "";
  form.classList.toggle("some", n > 0);
  document.body.classList.toggle("is-picking", n > 0);
}

// ── lists: one checkbox a tile ───────────────────────────────────────────────────────────────────
form.addEventListener("click", (event) => {
  const box = event.target.closest(".picker input");
  if (!box) return;
  const all = boxes(), at = all.indexOf(box), from = event.shiftKey && last ? all.indexOf(last) : at;
  for (const each of all.slice(Math.min(at, from), Math.max(at, from) + 1)) each.checked = box.checked;
  last = box;
  tell();
});

// ── the timeline: while the button is pressed a click on a tile picks it ─────────────────────────
function pick(id, on) {
  if (on === picked.has(id)) return;
  if (on) {
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: `pick.${id}`, value: "on" });
    form.append(field);
    picked.set(id, field);
  } else {
    picked.get(id).remove();
    picked.delete(id);
  }
}

function mark() {
  for (const tile of timeline.querySelectorAll(".tile")) tile.classList.toggle("chosen", picked.has(tile.dataset.key));
  tell();
}

function mode(on) {
  switcher.setAttribute("aria-pressed", on);
  timeline.classList.toggle("choosing", on);
  if (!on) for (const id of [...picked.keys()]) pick(id, false);
  mark();
}

if (timeline) {
  switcher.hidden = false;
  switcher.addEventListener("click", () => mode(switcher.getAttribute("aria-pressed") !== "true"));
  timeline.addEventListener("click", (event) => {
    const tile = event.target.closest(".tile");
    if (!tile || switcher.getAttribute("aria-pressed") !== "true" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const on = !picked.has(tile.dataset.key);
    const tiles = [...timeline.querySelectorAll(".tile:not([hidden])")].sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top || a.getBoundingClientRect().left - b.getBoundingClientRect().left);
    const at = tiles.indexOf(tile), from = event.shiftKey && last?.isConnected ? tiles.indexOf(last) : at;
    for (const each of tiles.slice(Math.min(at, from), Math.max(at, from) + 1)) pick(each.dataset.key, on);
    last = tile;
    mark();
  }, { capture: true });
  new MutationObserver(mark).observe(timeline, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-key", "hidden"] });
}

// ── keys: x picks what has the focus, Escape lets go of all ──────────────────────────────────────
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
  const tile = document.activeElement?.closest(".tile");
  if (event.key === "x" && tile) {
    if (timeline) {
      if (switcher.getAttribute("aria-pressed") !== "true") mode(true);
      pick(tile.dataset.key, !picked.has(tile.dataset.key));
      last = tile;
      mark();
    } else tile.parentElement.querySelector(".picker input")?.click();
  } else if (event.key === "Escape" && number()) {
    for (const box of boxes()) box.checked = false;
    if (timeline) mode(false); else tell();
  } else return;
  event.preventDefault();
});

// ── a collection in its owner's order: tiles can be dragged to another place ─────────────────────
const arrange = document.getElementById("arrange");
if (arrange) {
  let held = null;
  const id_of = (place) => place.querySelector(".tile").dataset.key;
  for (const place of form.querySelectorAll(".tiles > li")) place.draggable = true;
  form.addEventListener("dragstart", (event) => {
    held = event.target.closest("li");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", id_of(held));
  });
  form.addEventListener("dragover", (event) => { if (held && event.target.closest("li")) event.preventDefault(); });
  form.addEventListener("drop", async (event) => {
    const place = event.target.closest("li");
    if (!held || !place || place === held) return;
    event.preventDefault();
    const box = place.getBoundingClientRect();
    const before = event.clientX > box.left + box.width / 2 ? place.nextElementSibling : place;
    const moved = held;
    held = null;
    if (before === moved || (!before && document.querySelector(".more"))) return;
    const answer = await fetch(`/api/v1/collections/${arrange.dataset.collection}/items`, {
      method: "PATCH", headers: { "Content-Type": "application/json", "X-CSRF-Token": arrange.dataset.csrf },
      body: JSON.stringify({ ids: [id_of(moved)], before: before ? id_of(before) : null }),
    });
    if (answer.ok) moved.parentElement.insertBefore(moved, before); else location.reload();
  });
  form.addEventListener("dragend", () => { held = null; });
}

tell();
