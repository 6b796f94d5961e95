// The item page: zoom by PhotoSwipe, loaded when it is first asked for; arrow keys to the neighbours.

const item = document.getElementById("item");
const photo = document.getElementById("photo");

photo?.addEventListener("click", async (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const { default: PhotoSwipe } = await import("photoswipe");
  const { src, width, height } = photo.dataset;
  const shown = photo.querySelector("img");
  const zoom = new PhotoSwipe({
    dataSource: [{ src, width: Number(width), height: Number(height), alt: shown.alt, element: shown, msrc: shown.currentSrc }],
    wheelToZoom: true,
    bgOpacity: 0.96,
    showHideAnimationType: matchMedia("(prefers-reduced-motion: reduce)").matches ? "none" : "fade",
    initialZoomLevel: "fit",
    secondaryZoomLevel: (level) => Math.max(level.fit * 2, 1),
    maxZoomLevel: 4,
  });
  zoom.init();
});

addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select, video, audio") || document.querySelector(".pswp--open")) return;
  const to = { ArrowLeft: item.dataset.newer, ArrowRight: item.dataset.older }[event.key];
  if (to) location.href = `/item/${to}`;
  if (event.key === "Escape") location.href = "/";
  if (event.key === "i") document.querySelector(".panel")?.scrollIntoView();
});
