// Every page of a signed-in person: one connection for news, parts of the page made anew when there are any.
// A part says what it follows: <div id="storages" data-refresh="jobs">.

const NOTE_AFTER_MS = 4000;
let lost = 0;

function follow() {
  if (!document.querySelector("[data-refresh]")) return;
  const source = new EventSource("/api/v1/stream");
  const seen = {};
  for (const name of ["jobs", "content"]) {
    source.addEventListener(name, (event) => {
      if (name in seen && seen[name] !== event.data) refresh(name);
      else if (!(name in seen)) refreshIfBusy(name, event.data);
      seen[name] = event.data;
    });
  }
  source.addEventListener("open", () => { clearTimeout(lost); lost = 0; say(false); });
  source.addEventListener("error", () => { lost ||= setTimeout(() => say(true), NOTE_AFTER_MS); });
  addEventListener("pagehide", () => source.close());
}

function refreshIfBusy(name, data) {
  if (name === "jobs" && JSON.parse(data).some((job) => job.state === "running" || job.state === "queued")) refresh(name);
}

let under_way = null;
async function refresh(name) {
  if (under_way) return;
  under_way = fetch(location.href, { headers: { "HX-Request": "true" } });
  try {
    const answer = await under_way;
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll(`[data-refresh~="${name}"]`)) {
      const fresh = page.getElementById(part.id);
      if (fresh && fresh.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) part.replaceWith(fresh);
    }
  } catch { /* the note about the lost connection tells */ } finally { under_way = null; }
}

function say(is_lost) {
  const note = document.getElementById("offline-note");
  if (note) note.hidden = !is_lost;
}

addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea, select")) {
    event.preventDefault();
    document.querySelector(".search input")?.focus();
  }
});

follow();
