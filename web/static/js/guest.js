// A guest’s pages: times as the guest’s own clock shows them, how long is left, an end that is seen when it comes, and
// what the guest brought, listed as soon as it is stored.

const LOOK_MS = 15000, MINUTE = 60000, HOUR = 3600000, DAY = 86400000, PATIENCE_MS = 60, SETTLED_MS = 300;
const page = document.documentElement.lang, language = navigator.languages.find((l) => l.startsWith(page)) ?? page;
const visit = document.getElementById("visit"), countdown = document.getElementById("countdown");

const clock = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.valueOf())) time.textContent = clock.format(at);
}

// A picture that is not there yet is its colour, then a blur.
for (const tile of document.querySelectorAll("#tiles .tile")) {
  if (tile.dataset.colour) tile.style.backgroundColor = `#${tile.dataset.colour}`;
  if (tile.dataset.blur) setTimeout(() => blur(tile), PATIENCE_MS);
}
async function blur(tile) {
  const image = tile.querySelector("img"), waits = () => image && !image.complete;
  if (!waits()) return;
  const { thumbHashToDataURL } = await import("thumbhash");
  if (waits()) tile.style.backgroundImage = `url(${thumbHashToDataURL(Uint8Array.from(atob(tile.dataset.blur), (c) => c.charCodeAt(0)))})`;
}

function tell() {
  const left = Date.parse(visit.dataset.ends) - Date.now();
  if (Number.isNaN(left)) return;
  if (left <= 0) return look();
  const [size, unit] = left >= 2 * DAY ? [DAY, "day"] : left >= 2 * HOUR ? [HOUR, "hour"] : [MINUTE, "minute"];
  countdown.textContent = new Intl.RelativeTimeFormat(language, { numeric: "always" }).format(Math.max(1, Math.floor(left / size)), unit);
  countdown.hidden = false;
}

// When the owner ends it, what is on the page goes too; the server says the same to every request by then.
async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(visit.dataset.state, { cache: "no-store" });
    if (answer.status === 410 || answer.status === 404) location.reload();
    else if (answer.ok) visit.dataset.ends = (await answer.json()).ends ?? "";
  } catch { /* no connection: the next time will tell */ }
}

if (visit) {
  if (countdown) { tell(); setInterval(tell, MINUTE / 4); }
  setInterval(look, LOOK_MS);
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", (event) => { if (event.persisted) look(); });
}

// What was brought is listed once it is stored, several at once; what is ticked by then stays so.
let renewing = 0;
document.addEventListener("stored", () => { clearTimeout(renewing); renewing = setTimeout(renew, SETTLED_MS); });
async function renew() {
  const mine = document.getElementById("mine");
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("mine");
    if (!mine || !fresh || !answer.ok) return;
    for (const box of mine.querySelectorAll("input:checked")) {
      const same = fresh.querySelector(`[name="${CSS.escape(box.name)}"]`);
      if (same) same.checked = true;
    }
    mine.replaceWith(fresh);
  } catch { /* no connection: a reload lists it */ }
}
