// Where in a very tall thing we are. Two spaces: `virtual` is the whole of it, `rendered` what the browser
// scrolls, capped because browsers cut elements off at some tens of millions of pixels. Near the window one
// pixel is one pixel; where the two drift apart they are brought together when the scrolling is over.

export class Scroller {
  /** `root` is the tall element; `cover` how many px a fixed bar takes from the top of the window. */
  constructor(root, cap, cover) {
    this.root = root;
    this.cap = cap;
    this.cover = cover;
    this.total = 0;
    this.shift = 0;
    this.before = scrollY;
  }

  get view() { return innerHeight - this.cover; }
  get origin() { return this.root.getBoundingClientRect().top + scrollY - this.cover; }
  get rendered() { return Math.max(0, scrollY - this.origin); }
  get capped() { return this.total > this.cap; }
  get factor() { return this.capped ? (this.total - this.view) / (this.cap - this.view) : 1; }

  /** The virtual position at the upper edge of what is seen. */
  get top() { return Math.min(Math.max(0, this.rendered + this.shift), Math.max(0, this.total - this.view)); }

  /** What to add to a virtual position to get a rendered one. */
  get base() { return this.capped ? this.rendered - this.top : 0; }

  /** Give the whole another height. */
  resize(total) {
    this.total = total;
    this.root.style.height = `${Math.min(total, this.cap)}px`;
    if (!this.capped) this.shift = 0;
  }

  /** Go to a virtual position. */
  go(top) {
    this.#scroll(Math.max(0, top) / this.factor);
    this.shift = this.capped ? Math.max(0, top) - this.rendered : 0;    // the browser may have rounded
  }

  /** What lies above grew or shrank: keep seeing the same, without moving further than need be. */
  hold(top) {
    if (this.capped) this.shift = top - this.rendered;
    else if (Math.abs(top - this.rendered) >= 0.5) this.#scroll(top);
  }

  /** The browser has scrolled; returns how far, in px. A leap by the scroll bar goes by shares of the whole. */
  moved() {
    const far = Math.abs(scrollY - this.before);
    if (this.capped && far > 3 * innerHeight) this.shift = this.rendered * (this.factor - 1);
    this.before = scrollY;
    return far;
  }

  /** It is still now: bring the two spaces together again. */
  settle() {
    const top = this.top;
    if (this.capped && top > 0 && Math.abs(top / this.factor - this.rendered) >= 1) this.go(top);
  }

  #scroll(rendered) {
    const y = rendered <= 0 ? 0 : this.origin + rendered;
    if (Math.abs(y - scrollY) >= 0.5) scrollTo(0, y);
    this.before = scrollY;
  }
}
