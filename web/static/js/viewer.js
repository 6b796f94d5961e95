// The item page: zoom by PhotoSwipe, loaded when it is first asked for; keys and swipes to the neighbours.

const SWIPE_PX = 60, VIEW_PX = 1600;
const item = document.getElementById("item"), photo = document.getElementById("photo");
const whole = photo?.querySelector(".whole");
const sweep = document.getElementById("sweep");
let dragged = false;                             // a panorama: what ends a drag is no click
const stage = document.querySelector(".stage"), player = document.querySelector("video, audio");

photo?.addEventListener("click", async (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (dragged) return;
  const { default: PhotoSwipe } = await import("photoswipe");
  const { src, width, height } = photo.dataset, shown = whole.hidden ? photo.querySelector(".early") : whole;
  const scale = Math.min(1, VIEW_PX / Math.max(width, height));
  const zoom = new PhotoSwipe({
    dataSource: [{ src, width: Math.round(width * scale), height: Math.round(height * scale), alt: shown.alt, element: shown, msrc: shown.currentSrc }],
    wheelToZoom: true,
    bgOpacity: 0.96,
    showHideAnimationType: matchMedia("(prefers-reduced-motion: reduce)").matches ? "none" : "fade",
    secondaryZoomLevel: (level) => Math.max(level.fit * 2, 1),
    maxZoomLevel: 4,
    closeTitle: item.dataset.close,
    zoomTitle: item.dataset.zoom,
    errorMsg: item.dataset.unseen,
  });
  zoom.init();
});

// The small picture lies below from the first moment; it stays alone where the large one cannot be had.
function unseen() {
  Object.assign(photo.querySelector(".early"), { alt: whole.alt });
  whole.hidden = true;
  document.getElementById("small").hidden = false;
}
whole?.addEventListener("error", unseen);
if (whole?.complete && !whole.naturalWidth) unseen();

// A browser that knows neither the container nor what is in it gets a word about it instead of a dead player.
function unplayable() { document.getElementById("unplayable").hidden = false; }
if (player) {
  player.addEventListener("error", unplayable);
  player.addEventListener("loadedmetadata", () => { if (player.localName === "video" && !player.videoWidth) unplayable(); });
  if (player.error) unplayable();
}

// A panorama begins in its middle and is looked at sideways: by scrolling, dragging, the wheel, the arrow keys.
// The picture of 1600 pixels is soft at that height, so the original takes its place once it is there.
const STEP = 0.25, CLICK_PX = 5;
function sideways(to, smooth = false) {
  const gently = smooth && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  sweep.scrollTo({ left: to, behavior: gently ? "smooth" : "instant" });
}
function look(event) {
  const { scrollLeft: at, clientWidth: wide, scrollWidth: end } = sweep;
  const to = { ArrowLeft: at - wide * STEP, ArrowRight: at + wide * STEP, Home: 0, End: end }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  sideways(to, true);
}
if (sweep) {
  const middle = () => sideways((sweep.scrollWidth - sweep.clientWidth) / 2);
  let from = null;
  middle();
  whole.addEventListener("load", middle, { once: true });
  sweep.addEventListener("wheel", (event) => {
    if (event.ctrlKey || Math.abs(event.deltaY) <= Math.abs(event.deltaX) || sweep.scrollWidth <= sweep.clientWidth) return;
    event.preventDefault();
    sweep.scrollLeft += event.deltaY;
  }, { passive: false });
  sweep.addEventListener("pointerdown", (event) => {
    dragged = false;
    if (event.pointerType === "mouse" && event.button === 0) from = { x: event.clientX, left: sweep.scrollLeft };
  });
  addEventListener("pointermove", (event) => {
    if (!from) return;
    if (Math.abs(event.clientX - from.x) > CLICK_PX) dragged = true;
    sweep.classList.toggle("held", dragged);
    if (dragged) sweep.scrollLeft = from.left + from.x - event.clientX;
  });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { from = null; sweep.classList.remove("held"); });
  if (sweep.dataset.full) {
    const full = new Image();
    full.src = sweep.dataset.full;
    full.decode().then(() => { if (!whole.hidden) whole.src = full.src; }, () => { /* the preview stays */ });
  }
}

function go(to) { if (to) location.href = `${item.dataset.base ?? "/item/"}${to}`; }

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector(".pswp--open")) return;
  if (event.target.closest("input, textarea, select")) return;
  const playing = event.target.closest("video, audio");
  if (sweep && event.target.closest("#sweep") && /^(Arrow(Left|Right)|Home|End)$/.test(event.key)) look(event);
  else if (event.key === "ArrowLeft" && !playing) go(item.dataset.newer);
  else if (event.key === "ArrowRight" && !playing) go(item.dataset.older);
  else if (event.key === "Escape") history.length > 1 && document.referrer ? history.back() : location.assign(item.dataset.home ?? "/");
  else if (event.key === "f") document.querySelector("#like button")?.click();
  else if (event.key === "i") document.querySelector(".panel")?.scrollIntoView({ block: "start" });
  else if (event.key === " " && player && !event.target.closest("a, button, summary, video, audio")) {
    event.preventDefault();
    if (player.paused) player.play(); else player.pause();
  }
});

let start = null;
stage.addEventListener("pointerdown", (event) => { start = event.pointerType === "touch" && !event.target.closest("video, audio, .sweep") ? event : null; });
stage.addEventListener("pointerup", (event) => {
  if (!start) return;
  const dx = event.clientX - start.clientX, dy = event.clientY - start.clientY;
  start = null;
  if (Math.abs(dx) > SWIPE_PX && Math.abs(dx) > 2 * Math.abs(dy)) go(dx > 0 ? item.dataset.newer : item.dataset.older);
});
