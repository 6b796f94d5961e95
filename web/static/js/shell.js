// Every page of a signed-in person: one connection for news, parts of the page made anew when there are any.
// A part says what it follows: <div id="storages" data-refresh="jobs">; `minute` is for what
// tells how long something lasts. Other scripts hear `hypomos:content`.

const NOTE_AFTER_MS = 4000, MINUTE_MS = 60000;
let lost = 0, under_way = null, once_more = null;

function follow() {
  if (!document.querySelector("[data-refresh]")) return;
  setInterval(() => { if (!document.hidden) tell("minute"); }, MINUTE_MS);
  const source = new EventSource("/api/v1/stream"), { content } = document.body.dataset;
  const seen = content ? { content } : {};   // what the page was made from: it may have changed before this is read
  for (const name of ["jobs", "content"]) {
    source.addEventListener(name, (event) => {
      if (name in seen ? seen[name] !== event.data : is_busy(name, event.data)) tell(name);
      seen[name] = event.data;
    });
  }
  source.addEventListener("open", () => { clearTimeout(lost); lost = 0; say(false); });
  source.addEventListener("error", () => { lost ||= setTimeout(() => say(true), NOTE_AFTER_MS); });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

/** The page may have been made just before the first news came. */
function is_busy(name, data) {
  return name === "jobs" && JSON.parse(data).some((job) => job.state === "running" || job.state === "queued");
}

function tell(name) {
  if (document.querySelector(`[data-refresh~="${name}"]`)) refresh(name);
  dispatchEvent(new CustomEvent(`hypomos:${name}`));
}

async function refresh(name) {
  if (under_way) { once_more = name; return; }
  under_way = fetch(location.href, { headers: { "HX-Request": "true" } });
  try {
    const answer = await under_way;
    if (answer.ok) renew(name, new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch { /* the note about the lost connection tells */ } finally {
    under_way = null;
    if (once_more) { const next = once_more; once_more = null; refresh(next); }
  }
}

/** Put the fresh parts in place of the old; where one is not there any more the page is another one now. */
function renew(name, page) {
  for (const part of document.querySelectorAll(`[data-refresh~="${name}"]`)) {
    const fresh = page.getElementById(part.id);
    if (!fresh) { location.reload(); return; }
    if (fresh.innerHTML === part.innerHTML || part.contains(document.activeElement)) continue;
    part.replaceWith(fresh);
  }
}

function say(is_lost) {
  const note = document.getElementById("offline-note");
  if (note) note.hidden = !is_lost;
}

// ── keys: `/` to the search, `?` for the list of them ────────────────────────────────────────────
// Who turned letters and signs off in the settings (people who speak to their computer do) has them off
// here, before any other script hears of them. What is typed into a field is no command.
const keys = document.getElementById("keys"), opener = document.querySelector("[data-opens=keys]");
if (document.body.dataset.letterKeys === "off") {
  addEventListener("keydown", (event) => {
    const sign = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (sign && !event.target.closest("input, textarea, select")) event.stopImmediatePropagation();
  }, { capture: true });
}
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  if (event.key === "/") document.querySelector(".search input")?.focus();
  else if (event.key === "?" && !document.querySelector(".pswp--open")) keys?.showModal();
  else return;
  event.preventDefault();
});
addEventListener("focusin", async (event) => {        // suggestions, for who types a query
  const field = event.target.closest("input[data-completes]");
  if (!field || field.dataset.completes) return;
  field.dataset.completes = "on";
  (await import("hypomos/completing")).complete(field);
});
if (keys && opener) {
  opener.hidden = false;
  opener.addEventListener("click", () => keys.showModal());
  keys.addEventListener("click", (event) => { if (event.target === keys) keys.close(); });    // beside it
  addEventListener("keydown", (event) => {
    if (!keys.open) return;
    event.stopImmediatePropagation();            // while it is open no key means anything to the page below
    if (event.key === "?") keys.close();
  }, { capture: true });
}

addEventListener("DOMContentLoaded", follow);   // by then every script of the page listens
