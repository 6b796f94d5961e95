// Rows of pictures that fill the width, and months that share a band: pure functions, no DOM.

const STRETCH = 1.25, SHRINK = 0.75, BETWEEN = 20;

/**
 * Lay out pictures of these width/height ratios in rows of about `target` px height.
 * Each row is kept with or without its last picture, whichever is nearer the target.
 * Returns {x, y, w, h: Float32Array, height}: positions in px from the top left.
 */
export function justify(ratios, width, target, gap) {
  const n = ratios.length;
  const x = new Float32Array(n), y = new Float32Array(n), w = new Float32Array(n), h = new Float32Array(n);
  let top = 0, first = 0;
  while (first < n) {
    let sum = 0, end = first, height = Infinity;
    while (end < n) {
      const wider = sum + ratios[end];
      const next = (width - gap * (end - first)) / wider;
      if (next < target && end > first && Math.abs(height - target) <= Math.abs(next - target)) break;
      sum = wider;
      height = next;
      end += 1;
      if (height <= target) break;
    }
    const last = end === n && height > target * STRETCH;
    if (last) height = target;                    // a last row that is not full keeps the usual height
    let left = 0;
    for (let i = first; i < end; i++) {
      const wide = i === end - 1 && !last ? width - left : ratios[i] * height;
      x[i] = left; y[i] = top; w[i] = wide; h[i] = height;
      left += wide + gap;
    }
    top += height + gap;
    first = end;
  }
  return { x, y, w, h, height: n ? top - gap : 0 };
}

/** The height that `count` pictures with these ratios' sum will probably take. */
export function estimate(count, ratio_sum, width, target, gap) {
  const rows = Math.max(1, Math.ceil((ratio_sum * target + gap * count) / width - 0.25));
  return rows * (target + gap) - gap;
}

/**
 * Put months below each other in bands; months of less than a row stand beside each other.
 * A month is {n, a, ratios?}: how many pictures, the sum of their ratios, the ratios once they are known.
 * Sets `left`, `band` and `boxes` (null while the ratios are unknown); returns {bands, total}, a band
 * being {top, height, months}. `least` is the narrowest a month may get, for the sake of its name.
 */
export function arrange(months, width, target, gap, head, least) {
  const bands = [];
  let short = [], used = 0, total = 0;
  const slot = (month, height) => Math.max(least, month.a * height + gap * (month.n - 1));
  const close = (list, height) => {
    for (const month of list) month.band = bands.length;
    bands.push({ top: total, height: head + height + gap, months: list });
    total += head + height + gap;
  };
  const flush = () => {
    if (!short.length) return;
    const slots = short.map((month) => (height) => slot(month, height));
    const height = common_height(slots, width - BETWEEN * (short.length - 1), target);
    let left = 0;
    for (const month of short) {
      month.left = left;
      month.boxes = month.ratios ? row(month.ratios, height, gap) : null;
      left += slot(month, height) + BETWEEN;
    }
    close(short, height);
    short = [];
    used = 0;
  };
  for (const month of months) {
    if (slot(month, target) > width) {
      flush();
      month.left = 0;
      month.boxes = month.ratios ? justify(month.ratios, width, target, gap) : null;
      close([month], month.boxes ? month.boxes.height : estimate(month.n, month.a, width, target, gap));
    } else {
      const wide = slot(month, target * SHRINK);
      if (used + wide > width) flush();
      short.push(month);
      used += wide + BETWEEN;
    }
  }
  flush();
  return { bands, total };
}

/** The height at which these months fill the width beside each other; the usual one if that would be too tall. */
function common_height(slots, width, target) {
  const needs = (height) => slots.reduce((sum, slot) => sum + slot(height), 0);
  if (needs(target * STRETCH) < width) return target;
  let low = 0, high = target * STRETCH;
  while (high - low > 0.01) {
    const middle = (low + high) / 2;
    if (needs(middle) > width) high = middle; else low = middle;
  }
  return low;
}

/** One row of this height. */
function row(ratios, height, gap) {
  const n = ratios.length, boxes = { x: new Float32Array(n), y: new Float32Array(n), w: new Float32Array(n), h: new Float32Array(n).fill(height), height };
  let left = 0;
  for (let i = 0; i < n; i++) { boxes.x[i] = left; boxes.w[i] = ratios[i] * height; left += boxes.w[i] + gap; }
  return boxes;
}
