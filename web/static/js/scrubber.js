// Years and months beside the scroll bar: point, drag or use the arrow keys.

const LABEL_PX = 20, DOT_PX = 9;

export class Scrubber {
  /** `go(month index, share of it)` is called for every place that is pointed at; `rest()` when it is let go. */
  constructor(root, go, rest) {
    this.root = root;
    this.months = [];
    this.total = 1;
    this.mark = Object.assign(document.createElement("span"), { className: "hand" });
    this.say = Object.assign(document.createElement("span"), { className: "say" });
    root.addEventListener("pointerdown", (event) => {
      root.setPointerCapture(event.pointerId);
      root.classList.add("held");
      go(...this.#pointed(event));
    });
    root.addEventListener("pointermove", (event) => {
      const where = this.#pointed(event);
      if (this.held) go(...where);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      root.addEventListener(end, () => { root.classList.remove("held"); rest(); });
    }
    root.addEventListener("keydown", (event) => {
      const now = Number(root.getAttribute("aria-valuenow")), last = this.months.length - 1;
      const to = { ArrowDown: now + 1, ArrowRight: now + 1, ArrowUp: now - 1, ArrowLeft: now - 1, PageDown: now + 12, PageUp: now - 12, Home: 0, End: last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      go(Math.min(Math.max(to, 0), last), 0);
      rest();
    });
  }

  get held() { return this.root.classList.contains("held"); }

  /** Draw the years and months anew: months are {name, year, top, height} in order. */
  rule(months, total) {
    this.months = months;
    this.total = Math.max(1, total);
    const tall = this.root.clientHeight, marks = [];
    let year = 0, last = -LABEL_PX, labelled = -LABEL_PX;
    for (const month of months) {
      const at = (month.top / this.total) * tall;
      if (month.year && month.year !== year && at - labelled >= LABEL_PX) {
        if (at - last < DOT_PX && marks.length) marks.pop();
        marks.push(Object.assign(document.createElement("b"), { textContent: month.year }));
        year = month.year;
        labelled = last = at;
      } else if (at - last >= DOT_PX && at - labelled >= LABEL_PX) {
        marks.push(document.createElement("i"));
        last = at;
      } else continue;
      marks.at(-1).style.top = `${at}px`;
    }
    this.root.replaceChildren(...marks, this.mark, this.say);
    this.root.setAttribute("aria-valuemax", Math.max(0, months.length - 1));
  }

  /** Show where the timeline is now. */
  at(top, month) {
    const share = `${Math.min(1, top / this.total) * 100}%`, name = this.months[month]?.name ?? "";
    this.mark.style.top = share;
    if (!this.held && !this.root.matches(":hover")) this.#tell(share, name);
    this.root.setAttribute("aria-valuenow", month);
    this.root.setAttribute("aria-valuetext", name);
  }

  #pointed(event) {
    const box = this.root.getBoundingClientRect();
    const share = Math.min(Math.max((event.clientY - box.top) / box.height, 0), 1), y = share * this.total;
    let m = this.months.findLastIndex((month) => month.top <= y);
    if (m < 0) m = 0;
    const month = this.months[m];
    this.#tell(`${share * 100}%`, month.name);
    return [m, Math.min(1, (y - month.top) / month.height)];
  }

  #tell(at, name) {
    this.say.style.top = at;
    this.say.textContent = name;
  }
}
