// The timeline: any number of items in one scroll, only those near the window in the document.
//
// Months whose items are known are laid out exactly, the others are estimated from their count and the sum
// of their ratios; when one that was estimated arrives, what is seen stays where it is.

import { arrange } from "hypomos/justify";
import { Scroller } from "hypomos/scroller";
import { Scrubber } from "hypomos/scrubber";
import { Tiles } from "hypomos/tiles";

const GAP = 4, HEAD = 52, AHEAD = 1, SETTLE_MS = 100, FAST_PX_MS = 12, FRESH_MS = 3000;
const CAP = Number(document.documentElement.dataset.cap) || 15_000_000 / (devicePixelRatio || 1);
const root = document.getElementById("timeline");
const names = root.dataset.months.split("|");
const scroller = new Scroller(root, CAP, document.querySelector(".bar").offsetHeight);
const scrubber = new Scrubber(document.getElementById("scrubber"), go, settle);
const BLUR = navigator.connection?.saveData ? "" : "?blur=1";
const tiles = new Tiles(root, root.dataset);
const drawn = new Map(), heads = new Map();
let months = [], bands = [], width = 0, speed = 0, frame = 0, settling = 0, version = 0, current = null, wanted = null;

const read = (id, where = document) => JSON.parse(where.getElementById(id).textContent);
const name_of = (month) => (month ? `${names[(month % 100) - 1]} ${Math.floor(month / 100)}` : root.dataset.undated);

function make(index) {
  const known = new Map(months.map((month) => [month.id, month]));
  months = index.m.map((id, i) => {
    const old = known.get(id);
    if (old && old.n === index.n[i] && old.sum === index.a[i]) return old;
    old?.loading?.abort();
    return { id, name: name_of(id), year: Math.floor(id / 100), n: index.n[i], a: index.a[i], sum: index.a[i], ratios: null, data: null, loading: null };
  });
}

function accept(month, data) {
  month.data = data;
  month.ratios = data.r.map((r) => Math.min(Math.max(r / 100, 0.35), 4));
  month.n = data.id.length;
  month.a = month.ratios.reduce((sum, r) => sum + r, 0);
}

// ── layout ───────────────────────────────────────────────────────────────────────────────────────
function lay() {
  const phone = innerWidth < 700;
  const laid = arrange(months, width, phone ? 118 : 216, GAP, HEAD, phone ? 150 : 190);
  bands = laid.bands;
  version += 1;
  scroller.resize(laid.total);
  for (const month of months) { month.top = bands[month.band].top; month.height = bands[month.band].height; }
  scrubber.rule(months, laid.total);
}

function find(y) {
  let low = 0, high = bands.length - 1;
  while (low < high) {
    const mid = (low + high + 1) >> 1;
    if (bands[mid].top <= y) low = mid; else high = mid - 1;
  }
  return low;
}

/** What is seen at the top now: a month, and how far into its band. */
function place() {
  const top = scroller.top, band = bands[find(top)];
  return { id: band.months[0].id, into: top - band.top, height: band.height, top };
}

/** Where that place is after another layout. */
function found(at) {
  const month = months.find((m) => m.id === at.id) ?? months.find((m) => m.id < at.id) ?? months.at(-1);
  return month.top + (month.height === at.height ? at.into : Math.min(1, at.into / at.height) * month.height);
}

function again() {
  const at = scroller.total ? place() : null;
  lay();
  if (at && at.top > 0) scroller.hold(found(at));
  draw();
}

function go(m, share = 0) {
  speed = scrubber.held ? Infinity : 0;
  scroller.go(m === 0 && !share ? 0 : months[m].top + share * months[m].height);
  draw();
}

// ── loading ──────────────────────────────────────────────────────────────────────────────────────
async function load(month) {
  if (month.data || month.loading) return;
  month.loading = new AbortController();
  try {
    const answer = await fetch(`/timeline/b/${month.id}${BLUR}`, { signal: month.loading.signal });
    if (!answer.ok) return;
    accept(month, await answer.json());
    if (months.includes(month)) again();
  } catch { /* aborted, or the connection is lost: asked for again when it is seen again */ } finally { month.loading = null; }
}

let fresh_at = 0, waiting = 0;
/** Something was added or changed: ask for the months anew, and forget those that are not as they were. */
async function freshen() {
  if (waiting) return;
  const rest = fresh_at + FRESH_MS - performance.now();
  if (rest > 0) { waiting = setTimeout(() => { waiting = 0; freshen(); }, rest); return; }
  fresh_at = performance.now();
  const answer = await fetch(location.href, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.getElementById("timeline-index")) { location.reload(); return; }
  const at = place();
  make(read("timeline-index", page));
  for (const data of read("timeline-first", page)) {
    const month = months.find((m) => m.id === data.m);
    if (month) accept(month, data);
  }
  clear();
  lay();
  if (at.top > 0) scroller.hold(found(at));
  draw();
}
addEventListener("hypomos:content", freshen);

// ── drawing ──────────────────────────────────────────────────────────────────────────────────────
function draw() {
  const top = scroller.top, base = scroller.base, fast = speed > FAST_PX_MS, stamp = `${version} ${base}`;
  const from = top - AHEAD * innerHeight, to = top + (1 + AHEAD) * innerHeight;
  const keep = new Set();
  for (let b = find(Math.max(0, from)); b < bands.length && bands[b].top < to; b++) {
    for (const month of bands[b].months) {
      keep.add(month);
      put(heads.get(month) ?? head(month), stamp, month.left, month.top + base);
      if (month.data) draw_month(month, base, stamp, from, to, fast, keep);
      else if (!fast) load(month);
    }
  }
  for (const [key, link] of drawn) if (!keep.has(key)) { drawn.delete(key); tiles.retire(link); }
  for (const [month, node] of heads) if (!keep.has(month)) { heads.delete(month); node.remove(); }
  const near = 2 * innerHeight;
  for (const month of months) if (month.loading && (month.top + month.height < from - near || month.top > to + near)) month.loading.abort();
  scrubber.at(top, months.indexOf(bands[find(top + 1)].months[0]));   // whole pixels: it may be one short
  if (!current?.isConnected || current.hidden) rove(first_seen());
  if (wanted) refocus();
}

/** Coming back from an item: its tile has the focus again, as soon as it is there. */
function refocus() {
  const link = root.querySelector(`[data-key="${CSS.escape(wanted)}"]`);
  if (!link) return;
  wanted = null;
  if (document.activeElement === document.body) link.focus({ preventScroll: true });
}
for (const act of ["keydown", "pointerdown", "wheel"]) addEventListener(act, () => { wanted = null; }, { capture: true, passive: true });

function draw_month(month, base, stamp, from, to, fast, keep) {
  const { x, y, w, h } = month.boxes, start = month.top + HEAD;
  for (let i = 0; i < x.length; i++) {
    const at = start + y[i];
    if (at + h[i] < from || at > to) continue;
    const key = `${month.id}:${i}`;
    keep.add(key);
    let link = drawn.get(key);
    if (!link) { link = tiles.take(month.data, i); link.stamp = ""; drawn.set(key, link); }
    put(link, stamp, month.left + x[i], at + base, w[i], h[i]);
    if (!fast) tiles.show(link);
  }
}

function head(month) {
  const node = Object.assign(document.createElement("h2"), { className: "month" });
  node.append(month.name, Object.assign(document.createElement("small"), { textContent: month.n.toLocaleString(document.documentElement.lang) }));
  root.append(node);
  heads.set(month, node);
  return node;
}

function put(node, stamp, x, y, w, h) {
  if (node.stamp === stamp) return;
  node.stamp = stamp;
  node.style.transform = `translate(${x}px,${y}px)`;
  if (w) { node.style.width = `${w}px`; node.style.height = `${h}px`; }
}

function clear() {
  for (const link of drawn.values()) tiles.retire(link);
  for (const node of heads.values()) node.remove();
  drawn.clear();
  heads.clear();
}

// ── scrolling, and coming back to the same place ─────────────────────────────────────────────────
let moved_at = 0;
addEventListener("scroll", () => {
  const now = performance.now();
  speed = scrubber.held ? Infinity : scroller.moved() / Math.max(1, now - moved_at);
  moved_at = now;
  frame ||= requestAnimationFrame(() => { frame = 0; draw(); });
  later();
}, { passive: true });

function later() {
  clearTimeout(settling);
  settling = setTimeout(settle, SETTLE_MS);
}

function settle() {
  speed = 0;
  scroller.settle();
  history.replaceState({ ...history.state, at: place() }, "");
  draw();
}

// ── keys ─────────────────────────────────────────────────────────────────────────────────────────
const middle = (link) => { const b = link.getBoundingClientRect(); return { x: b.left + b.width / 2, y: b.top + b.height / 2, high: b.height, top: b.top }; };

function first_seen() {
  let best = null, least = Infinity;
  for (const link of drawn.values()) {
    const at = middle(link), order = at.top < scroller.cover ? Infinity : at.top * 10_000 + at.x;
    if (order < least) { least = order; best = link; }
  }
  return best;
}

/** One tile is in the order of the tab key; the arrow keys walk from there. */
function rove(link) {
  if (current) current.tabIndex = -1;
  current = link;
  if (link) link.tabIndex = 0;
}

function neighbour(from, right, down) {
  const at = middle(from);
  let best = null, near = Infinity;
  for (const link of drawn.values()) {
    if (link === from) continue;
    const to = middle(link), dx = to.x - at.x, dy = to.y - at.y, beside = Math.abs(dy) < at.high / 2;
    if (right ? !beside || dx * right <= 0 : beside || dy * down <= 0) continue;
    const far = right ? Math.abs(dx) : Math.abs(dy) * 4 + Math.abs(dx);
    if (far < near) { near = far; best = link; }
  }
  return best ?? (right ? next_row(from, right) : null);
}

/** At the end of a row: the first of the next one, or the last of the one before. */
function next_row(from, right) {
  const end = neighbour(from, 0, right);
  if (!end) return null;
  const at = middle(end), row = [...drawn.values()].filter((link) => Math.abs(middle(link).y - at.y) < at.high / 2);
  return row.reduce((a, b) => ((middle(b).x - middle(a).x) * right < 0 ? b : a));
}

root.addEventListener("focusin", (event) => { const link = event.target.closest(".tile"); if (link) rove(link); });
root.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const from = event.target.closest(".tile");
  if (!step || !from || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const to = neighbour(from, ...step);
  if (!to) return;
  to.focus({ preventScroll: true });
  const box = to.getBoundingClientRect();
  if (box.top < scroller.cover + HEAD) scrollBy(0, box.top - scroller.cover - HEAD);
  else if (box.bottom > innerHeight - 70) scrollBy(0, box.bottom - innerHeight + 70);
});

// m and M: a month on or back; y and Y: a year.
addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select") || event.altKey || event.ctrlKey || event.metaKey) return;
  const here = months.indexOf(bands[find(scroller.top + 1)].months[0]), back = event.key === event.key.toUpperCase();
  let to = -1;
  if (event.key === "m" || event.key === "M") {
    const band = months[here].band + (back ? -1 : 1);
    if (bands[band]) to = months.indexOf(bands[band].months[0]);
  } else if (event.key === "y" || event.key === "Y") {
    const year = months[here].year;
    to = back ? months.findIndex((m) => m.year === months.findLast((n) => n.year > year)?.year) : months.findIndex((m) => m.year < year);
  }
  if (to >= 0) { go(to); settle(); }
});

root.addEventListener("click", (event) => {
  const link = event.target.closest(".tile");
  if (link) history.replaceState({ at: place(), id: link.dataset.key }, "");
});

// ── begin ────────────────────────────────────────────────────────────────────────────────────────
if ("scrollRestoration" in history) history.scrollRestoration = "manual";
const saved = history.state;
make(read("timeline-index"));
for (const data of read("timeline-first")) accept(months.find((month) => month.id === data.m), data);
new ResizeObserver(() => {
  if (root.clientWidth === width) return;
  width = root.clientWidth;
  clear();
  again();
}).observe(root);
width = root.clientWidth;
lay();
if (saved?.at) scroller.go(found(saved.at));
wanted = saved?.id;
draw();
