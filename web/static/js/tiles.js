// The tiles of the timeline: a pool of links with a picture, filled and placed by whoever lays them out.

const POOL = 200, PATIENCE_MS = 60, AGAIN_MS = [4000, 20_000], SVG = "http://www.w3.org/2000/svg";

export class Tiles {
  /** `words` are the texts and the address of the icons, as data of the timeline's element. */
  constructor(root, words) {
    this.root = root;
    this.words = words;
    this.spare = [];
    this.days = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeZone: "UTC" });
  }

  /** A tile that shows item `i` of a month's data. */
  take(data, i) {
    const link = this.spare.pop() ?? this.#make(), id = data.id[i];
    const [image, name, badge, whose] = link.children, by = data.by?.[i] ?? "";
    const kind = i in data.vid ? "video" : i in data.aud ? "audio" : "photo";
    const away = data.off.includes(i), blank = !data.c[i];
    link.className = `tile ${kind}${away ? " offline" : ""}${blank ? " blank" : ""}`;
    link.href = `/item/${id}`;
    link.dataset.key = id;
    const time = data.vid[i] ?? data.aud[i];
    link.setAttribute("aria-label", [this.words[kind], this.#day(data.d[i]), data.t[i], ...(time ? [clock(time)] : []), ...(by ? [this.words.by.replace("%s", by)] : [])].join(", "));
    whose.dataset.by = by.split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase();
    whose.hidden = !by;
    link.style.backgroundColor = blank ? "" : `#${data.c[i]}`;
    link.style.backgroundImage = "";
    link.blur = data.h?.[i] ?? "";
    name.hidden = !blank;
    name.lastChild.textContent = data.t[i];
    this.#icon(name.firstChild, kind === "audio" ? "music" : "file-warning");
    this.#mark(badge, data, i, away, time);
    image.hidden = blank;
    link.tabIndex = -1;
    link.hidden = false;
    return link;
  }

  /** Ask for the picture of a tile that stays in sight. */
  show(link) {
    const image = link.firstChild;
    if (image.hidden || image.getAttribute("src")) return;
    image.src = `/api/v1/items/${link.dataset.key}/rendition/320`;
    link.failed = 0;
    if (link.blur) setTimeout(() => this.#blur(link, link.dataset.key), PATIENCE_MS);
  }

  /** A picture that is not there at once is seen blurred until it comes; most are, and cost nothing. */
  async #blur(link, key) {
    const waits = () => link.dataset.key === key && !link.firstChild.hidden && link.firstChild.getAttribute("src") && !link.firstChild.complete;
    if (!waits()) return;
    const { thumbHashToDataURL } = await import("thumbhash");
    if (waits()) link.style.backgroundImage = `url(${thumbHashToDataURL(Uint8Array.from(atob(link.blur), (c) => c.charCodeAt(0)))})`;
  }

  /** The picture cannot be had just now: its name stands there instead, and it is asked for again. */
  #fail(link) {
    const [image, name] = link.children, { key } = link.dataset, src = image.getAttribute("src");
    if (!src) return;
    image.hidden = true;
    name.hidden = false;
    this.#icon(name.firstChild, "image");
    link.classList.add("blank");
    link.style.background = "";
    const wait = AGAIN_MS[link.failed++];
    if (wait) setTimeout(() => { if (link.dataset.key === key && image.getAttribute("src") === src) image.src = src; }, wait);
  }

  #show(link) {
    const [image, name] = link.children;
    image.classList.add("shown");
    if (!image.hidden) return;
    image.hidden = false;
    name.hidden = true;
    link.classList.remove("blank");
  }

  /** The tile is out of sight. */
  retire(link) {
    const image = link.firstChild;
    image.removeAttribute("src");
    image.classList.remove("shown");
    if (this.spare.length < POOL && !link.contains(document.activeElement)) {
      link.hidden = true;
      this.spare.push(link);
    } else link.remove();
  }

  #make() {
    const link = document.createElement("a"), image = document.createElement("img");
    image.alt = "";
    image.decoding = "async";
    image.draggable = false;
    image.addEventListener("load", () => this.#show(link));
    image.addEventListener("error", () => this.#fail(link));
    const name = Object.assign(document.createElement("span"), { className: "sound" });
    name.append(this.#svg(), document.createElement("span"));
    const badge = Object.assign(document.createElement("span"), { className: "badge" });
    badge.append(this.#svg(), "");
    const whose = Object.assign(document.createElement("span"), { className: "whose" });
    whose.setAttribute("aria-hidden", "true");
    link.append(image, name, " ", badge, whose); // the space parts name and length where both are read as one
    this.root.append(link);
    return link;
  }

  #mark(badge, data, i, away, time) {
    const name = away ? "cloud-off" : data.bad.includes(i) ? "file-warning" : i in data.vid ? "play"
      : data.live.includes(i) ? "aperture" : i in data.stack ? "layers" : data.fav.includes(i) ? "heart" : "";
    badge.hidden = !name && !time;
    badge.firstChild.toggleAttribute("hidden", !name);
    this.#icon(badge.firstChild, name);
    badge.lastChild.textContent = time ? clock(time) : "";
  }

  #svg() {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    svg.append(document.createElementNS(SVG, "use"));
    return svg;
  }

  #icon(svg, name) {
    if (name) svg.firstChild.setAttribute("href", `${this.words.icons}#${name}`);
  }

  #day(day) {
    if (!day) return this.words.undated;
    return this.days.format(Date.UTC(Math.floor(day / 10000), (Math.floor(day / 100) % 100) - 1, day % 100));
  }
}

function clock(ms) {
  const s = Math.round(ms / 1000), two = (n) => String(n).padStart(2, "0");
  return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}
