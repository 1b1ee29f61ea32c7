// The layout document: boxes as shares of the picture, drawn shapes as run-length masks inside their box. No page here.

const GRID = 256;        // cells along the longer side of the picture while a shape is painted
const SMALLEST = 0.03;   // no box gets narrower than this share of the picture
const KEPT = 50;         // steps of undo

const round4 = value => Math.round(value * 1e4) / 1e4;
const within = (value, low, high) => Math.min(Math.max(value, low), high);

function blank(aspect) { return { v: 1, rev: 0, session: "", canvas: { aspect: aspect || "1:1" }, regions: [] }; }

function ratio(layout) { const [w, h] = layout.canvas.aspect.split(":").map(Number); return w / h; }

function gridOf(layout) {
  const r = ratio(layout);
  return r >= 1 ? [GRID, Math.max(1, Math.round(GRID / r))] : [Math.max(1, Math.round(GRID * r)), GRID];
}

// Colours are dealt 1 to 8; the ninth region is 1b.
const tint = number => (number - 1) % 8 + 1;
const ON = { 4: "#fff", 7: "#fff", 8: "#fff" };   // the number's colour on the bright set used over pictures
const label = number => number <= 8 ? String(number) : tint(number) + String.fromCharCode(97 + Math.floor((number - 1) / 8));

function region(layout, box, mask) {
  const taken = new Set(layout.regions.map(r => r.number));
  let number = 1;
  while (taken.has(number)) number++;
  return {
    id: Math.random().toString(36).slice(2, 10), number, kind: mask ? "mask" : "box", box, mask: mask || null, subject: null,
    prompt: "", negative: "", strength: 1, feather: 0, start: 0, stop: 1, locked: false, hidden: false,
  };
}

function changed(layout, id, facts) {
  return { ...layout, regions: layout.regions.map(r => r.id === id ? { ...r, ...facts } : r) };
}

function reordered(layout, id, by) {
  const regions = [...layout.regions], at = regions.findIndex(r => r.id === id), to = within(at + by, 0, regions.length - 1);
  regions.splice(to, 0, ...regions.splice(at, 1));
  return { ...layout, regions };
}

// Keep a box inside the picture: a moved box keeps its size, a resized one its far edges.
function inside([x, y, w, h]) {
  w = within(w, SMALLEST, 1); h = within(h, SMALLEST, 1);
  return [round4(within(x, 0, 1 - w)), round4(within(y, 0, 1 - h)), round4(w), round4(h)];
}

function fromCorners(x0, y0, x1, y1) {
  const [l, r] = [Math.min(x0, x1), Math.max(x0, x1)].map(v => within(v, 0, 1));
  const [t, b] = [Math.min(y0, y1), Math.max(y0, y1)].map(v => within(v, 0, 1));
  return [l, t, r - l, b - t];
}

// Drag the edges named in `grip` (letters of n e s w) by (dx, dy); dragging an edge past its opposite stops there.
function resized([x, y, w, h], grip, dx, dy) {
  let [l, t, r, b] = [x, y, x + w, y + h];
  if (grip.includes("w")) l = within(l + dx, 0, r - SMALLEST);
  if (grip.includes("e")) r = within(r + dx, l + SMALLEST, 1);
  if (grip.includes("n")) t = within(t + dy, 0, b - SMALLEST);
  if (grip.includes("s")) b = within(b + dy, t + SMALLEST, 1);
  return [round4(l), round4(t), round4(r - l), round4(b - t)];
}

// Pull a box onto edges, thirds, the middle and its neighbours when nearer than `reach` ([across, down], in shares).
// Returns the box and the lines it caught: {x: share | null, y: share | null}.
function snapped(box, grip, others, reach) {
  const lines = { x: null, y: null };
  const settle = (axis, start, size, low, high) => {
    const marks = [0, 1 / 3, 0.5, 2 / 3, 1, ...others.flatMap(o => [o[axis], o[axis] + o[axis + 2]])];
    const moved = grip === "move" ? [0, size / 2, size] : [grip.includes(low) ? 0 : null, grip.includes(high) ? size : null];
    let best = reach[axis];
    let shift = 0;
    for (const offset of moved) for (const mark of marks) {
      if (offset === null) continue;
      const gap = mark - (start + offset);
      if (Math.abs(gap) < best) { best = Math.abs(gap); shift = gap; lines["xy"[axis]] = mark; }
    }
    return shift;
  };
  const dx = settle(0, box[0], box[2], "w", "e"), dy = settle(1, box[1], box[3], "n", "s");
  const next = grip === "move" ? inside([box[0] + dx, box[1] + dy, box[2], box[3]]) : resized(box, grip, dx, dy);
  return [next, lines];
}

// Where a box lies, in words for people who do not see it.
function whereabouts([x, y, w, h]) {
  const third = (middle, size, low, high) => size > 0.75 ? "" : middle < 0.38 ? low : middle > 0.62 ? high : "";
  const across = third(x + w / 2, w, "left", "right"), down = third(y + h / 2, h, "top", "bottom");
  if (across && down) return down + " " + across;
  if (across) return across + " third";
  return down || (w > 0.75 && h > 0.75 ? "everywhere" : "centre");
}

// ---- masks: runs of outside, inside, outside … over the cells of the box, row by row

function unpacked(mask) {
  const cells = new Uint8Array(mask.w * mask.h);
  let at = 0;
  mask.data.forEach((run, i) => { if (i % 2) cells.fill(1, at, at + run); at += run; });
  return cells;
}

function packed(cells, w, h) {
  const data = [];
  let value = 0, run = 0;
  for (const cell of cells) { if (cell === value) run++; else { data.push(run); value = cell; run = 1; } }
  data.push(run);
  return { enc: "rle", w, h, data };
}

// A region as cells of the whole picture's W × H grid.
function stamped({ box, mask }, W, H) {
  const cells = new Uint8Array(W * H), from = mask && unpacked(mask);
  const [x0, y0] = [Math.round(box[0] * W), Math.round(box[1] * H)];
  const [x1, y1] = [Math.round((box[0] + box[2]) * W), Math.round((box[1] + box[3]) * H)];
  for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) {
    const [u, v] = [(x + 0.5 - x0) / (x1 - x0), (y + 0.5 - y0) / (y1 - y0)];
    cells[y * W + x] = from ? from[Math.floor(v * mask.h) * mask.w + Math.floor(u * mask.w)] : 1;
  }
  return cells;
}

// The reverse: the tight box around the cells, and their mask, or no mask when the box is full. Null when nothing is left.
function lifted(cells, W, H) {
  let [x0, y0, x1, y1] = [W, H, 0, 0], count = 0;
  for (let y = 0; y < H; y++) for (let x = 0; x < W; x++) if (cells[y * W + x]) {
    x0 = Math.min(x0, x); x1 = Math.max(x1, x + 1); y0 = Math.min(y0, y); y1 = Math.max(y1, y + 1); count++;
  }
  if (!count) return null;
  const [w, h] = [x1 - x0, y1 - y0], cut = new Uint8Array(w * h);
  for (let y = 0; y < h; y++) cut.set(cells.subarray((y0 + y) * W + x0, (y0 + y) * W + x1), y * w);
  const full = count === w * h;
  return { kind: full ? "box" : "mask", box: [x0 / W, y0 / H, w / W, h / H].map(round4), mask: full ? null : packed(cut, w, h) };
}

// Each point becomes the mean of itself and its neighbours, which turns the cells' stairs into a slope.
function smoothed(loop) {
  const n = loop.length;
  if (n < 12) return loop;
  const mean = (i, axis) => [-3, -2, -1, 0, 1, 2, 3].reduce((sum, by) => sum + loop[(i + by + n) % n][axis], 0) / 7;
  return loop.map((_, i) => [mean(i, 0), mean(i, 1)]);
}

const outlines = new WeakMap();

// Closed loops round the inside, smooth, in cells. Inside lies to the right.
function outline(mask) {
  if (outlines.has(mask)) return outlines.get(mask);
  const { w, h } = mask, cells = unpacked(mask), on = (x, y) => x >= 0 && y >= 0 && x < w && y < h && cells[y * w + x];
  const next = new Map(), step = (x0, y0, x1, y1) => {
    const from = y0 * (w + 1) + x0;
    if (!next.has(from)) next.set(from, []);
    next.get(from).push(y1 * (w + 1) + x1);
  };
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) if (cells[y * w + x]) {
    if (!on(x, y - 1)) step(x, y, x + 1, y);
    if (!on(x + 1, y)) step(x + 1, y, x + 1, y + 1);
    if (!on(x, y + 1)) step(x + 1, y + 1, x, y + 1);
    if (!on(x - 1, y)) step(x, y + 1, x, y);
  }
  const loops = [];
  for (const [start, ends] of next) while (ends.length) {
    const loop = [];
    let here = start;
    do {
      const there = next.get(here).pop();
      loop.push([(here % (w + 1) + there % (w + 1)) / 2, (Math.floor(here / (w + 1)) + Math.floor(there / (w + 1))) / 2]);
      here = there;
    } while (here !== start);
    loops.push(smoothed(loop));
  }
  outlines.set(mask, loops);
  return loops;
}
