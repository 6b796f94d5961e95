// The inbox, and the board of an event, by keys: j and k go on and back, x ticks, a approves, r rejects, u takes the last decision back.
// What is ticked is decided on; with nothing ticked it is the picture one stands at.

const inbox = document.getElementById("inbox"), cards = [...inbox.querySelectorAll(".decision")];
const all = document.getElementById("all"), boxes = cards.map((card) => card.querySelector("input[type=checkbox]"));
document.querySelector(".keyhint").hidden = document.body.dataset.letterKeys === "off";

all.hidden = false;
all.querySelector("input").addEventListener("change", (event) => {
  for (const box of boxes) box.checked = event.target.checked;
});

function at() {
  return cards.findIndex((card) => card.contains(document.activeElement));
}

function go(to) {
  const box = boxes[Math.max(0, Math.min(cards.length - 1, to))];
  box.focus();
  box.closest(".decision").scrollIntoView({ block: "nearest" });
}

function decide(decision) {
  const button = inbox.querySelector(`.sticky button[value=${decision}]`);
  if (!button) return;                             // the board of an event offers one where the other was decided
  if (!boxes.some((box) => box.checked)) boxes[Math.max(0, at())].checked = true;
  inbox.requestSubmit(button);
}

const KEYS = {
  j: () => go(at() + 1),
  k: () => go(Math.max(0, at() - 1)),
  x: () => { const n = Math.max(0, at()); boxes[n].checked = !boxes[n].checked; go(n); },
  a: () => decide("approve"),
  r: () => decide("reject"),
  u: () => document.getElementById("undo")?.requestSubmit(),
};

addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
  if (event.ctrlKey || event.metaKey || event.altKey || typing || !(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key]();
});
