// The connection test: what only the browser can find out, and the list of devices, renewed while somebody looks.

const EVERY_MS = 3000, SIGNS = { good: "circle-check", bad: "circle-x", other: "circle-x" };

/** Show one outcome of a fact: its sentence, colour and sign. */
function tell(fact, state) {
  fact.hidden = false;
  fact.className = state === "good" ? "is-good" : "is-bad";
  for (const line of fact.querySelectorAll("[data-state]")) line.hidden = line.dataset.state !== state;
  const sign = fact.querySelector("use"), other = document.querySelector(`.facts-list .${fact.className} svg[role=img]`);
  sign.setAttribute("href", sign.getAttribute("href").replace(/#.*/, `#${SIGNS[state]}`));
  const said = other?.getAttribute("aria-label");
  if (said) fact.querySelector("svg").setAttribute("aria-label", said);
}

for (const fact of document.querySelectorAll("[data-reach]")) {
  fetch(fact.dataset.reach, { credentials: "omit", cache: "no-store" })
    .then((answer) => tell(fact, answer.status === 204 ? "good" : "bad"), () => tell(fact, "bad"));
}

for (const fact of document.querySelectorAll("[data-drive]")) {
  fetch(fact.dataset.drive, { method: "PROPFIND", headers: { Depth: "0" }, credentials: "omit", cache: "no-store" })
    .then((answer) => tell(fact, { 401: "good", 403: "bad" }[answer.status] ?? "other"), () => tell(fact, "other"));
}

const came = document.getElementById("came");
document.querySelector("[data-again]").hidden = true;

function latest() {
  const first = document.querySelector("#uses li");
  return { at: Number(first?.dataset.at ?? 0), label: first?.dataset.label ?? "" };
}

async function renew() {
  if (document.hidden) return;
  const answer = await fetch("/devices/connection/uses", { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("uses"), before = latest().at;
  if (!fresh) return;
  document.getElementById("uses").replaceWith(fresh);
  const now = latest();
  if (now.at > before) came.textContent = came.dataset.came.replace("{device}", now.label);
}

setInterval(renew, EVERY_MS);
