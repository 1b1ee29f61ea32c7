// A mask as a grid of cells, 1 inside and 0 outside, at most 512 long: run-lengths, strokes, edges, outline. No page here.

const LONGEST = 512;

function gridFor(width, height) {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  return { w: Math.max(1, Math.round(width * scale)), h: Math.max(1, Math.round(height * scale)) };
}

// Run lengths, row by row, beginning with the first empty run.
function toRuns(cells) {
  const runs = [];
  let value = 0, length = 0;
  for (const cell of cells) {
    if (cell === value) length++;
    else { runs.push(length); value = cell; length = 1; }
  }
  runs.push(length);
  return runs;
}

// Cells of a w x h grid from run lengths on a grid of another size.
function fromRuns(runs, from, to) {
  const cells = new Uint8Array(from.w * from.h);
  let at = 0, value = 0;
  for (const length of runs) { if (value) cells.fill(1, at, at + length); at += length; value = 1 - value; }
  if (from.w === to.w && from.h === to.h) return cells;
  const scaled = new Uint8Array(to.w * to.h);
  for (let y = 0; y < to.h; y++) {
    const row = Math.min(from.h - 1, Math.floor((y + 0.5) * from.h / to.h)) * from.w;
    for (let x = 0; x < to.w; x++) scaled[y * to.w + x] = cells[row + Math.min(from.w - 1, Math.floor((x + 0.5) * from.w / to.w))];
  }
  return scaled;
}

function covered(cells) { let sum = 0; for (const cell of cells) sum += cell; return cells.length ? sum / cells.length : 0; }

// Cells touched by a stroke, or inside it when it is closed. Points are shares of the picture, `width` a share of its width.
function strokeCells(points, width, closed, { w, h: high }) {
  const board = document.createElement("canvas");
  board.width = w; board.height = high;
  const pen = board.getContext("2d", { willReadFrequently: true });
  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = Math.max(1, width * w);
  pen.beginPath();
  points.forEach(([x, y], i) => pen[i ? "lineTo" : "moveTo"](x * w, y * high));
  if (points.length === 1) pen.lineTo(points[0][0] * w + 0.01, points[0][1] * high);
  if (closed) { pen.closePath(); pen.fill(); } else pen.stroke();
  const alpha = pen.getImageData(0, 0, w, high).data, cells = new Uint8Array(w * high);
  for (let i = 0; i < cells.length; i++) cells[i] = alpha[i * 4 + 3] > 127 ? 1 : 0;
  return cells;
}

// Squared distance of every cell to the nearest cell of `value` (Felzenszwalb and Huttenlocher, 2012).
function distances(cells, { w, h: high }, value) {
  const far = 1e9, field = new Float32Array(w * high), longest = Math.max(w, high);
  const f = new Float64Array(longest), d = new Float64Array(longest), v = new Int32Array(longest), z = new Float64Array(longest + 1);
  const line = n => {
    let k = 0;
    v[0] = 0; z[0] = -far; z[1] = far;
    for (let q = 1; q < n; q++) {
      let s;
      while ((s = (f[q] + q * q - f[v[k]] - v[k] * v[k]) / (2 * q - 2 * v[k])) <= z[k]) k--;
      v[++k] = q; z[k] = s; z[k + 1] = far;
    }
    for (let q = 0, at = 0; q < n; q++) { while (z[at + 1] < q) at++; d[q] = (q - v[at]) ** 2 + f[v[at]]; }
  };
  for (let x = 0; x < w; x++) {
    for (let y = 0; y < high; y++) f[y] = cells[y * w + x] === value ? 0 : far;
    line(high);
    for (let y = 0; y < high; y++) field[y * w + x] = d[y];
  }
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < w; x++) f[x] = field[y * w + x];
    line(w);
    for (let x = 0; x < w; x++) field[y * w + x] = d[x];
  }
  return field;
}

// The mask with its edge moved outwards by `by` cells (inwards when negative).
function grown(cells, size, by) {
  if (!by) return cells;
  const field = distances(cells, size, by > 0 ? 1 : 0), reach = by * by;
  return Uint8Array.from(field, by > 0 ? d => d <= reach ? 1 : 0 : d => d <= reach ? 0 : 1);
}

// Every hole closed: what is outside is only what can be reached from the border.
function filled(cells, { w, h: high }) {
  const outside = new Uint8Array(cells.length), queue = [];
  const reach = at => { if (!cells[at] && !outside[at]) { outside[at] = 1; queue.push(at); } };
  for (let x = 0; x < w; x++) { reach(x); reach((high - 1) * w + x); }
  for (let y = 0; y < high; y++) { reach(y * w); reach(y * w + w - 1); }
  while (queue.length) {
    const at = queue.pop(), x = at % w;
    if (x) reach(at - 1);
    if (x < w - 1) reach(at + 1);
    if (at >= w) reach(at - w);
    if (at < cells.length - w) reach(at + w);
  }
  return outside.map(cell => 1 - cell);
}

// The outline as closed loops of points on the grid: cracks between inside and outside are followed with the inside on
// the right, and their midpoints joined, which rounds the stairs.
function loops(cells, { w, h: high }) {
  const at = (x, y) => x >= 0 && y >= 0 && x < w && y < high ? cells[y * w + x] : 0;
  const seen = new Uint8Array(w * high), found = [];
  const AHEAD = [[0, -1, 0, 0], [0, 0, -1, 0], [-1, 0, -1, -1], [-1, -1, 0, -1]];   // left x, y and right x, y by heading
  const STEP = [[1, 0], [0, 1], [-1, 0], [0, -1]];
  for (let y0 = 0; y0 < high; y0++) for (let x0 = 0; x0 < w; x0++) {
    if (!cells[y0 * w + x0] || at(x0, y0 - 1) || seen[y0 * w + x0]) continue;
    const loop = [];
    let x = x0, y = y0, way = 0;
    do {
      const [dx, dy] = STEP[way];
      if (way === 0) seen[y * w + x] = 1;
      loop.push(x + dx / 2, y + dy / 2);
      x += dx; y += dy;
      const [lx, ly, rx, ry] = AHEAD[way];
      way = at(x + lx, y + ly) ? (way + 3) % 4 : at(x + rx, y + ry) ? way : (way + 1) % 4;
    } while (x !== x0 || y !== y0 || way !== 0);
    found.push(loop);
  }
  return found;
}

// Loops as an SVG path, `scale` pixels to a cell. Each point is drawn to its neighbours, which rounds what stairs are left.
function outline(found, scale) {
  const kernel = [1, 2, 3, 2, 1];
  let path = "";
  for (const loop of found) {
    const n = loop.length, step = n > 32 ? 4 : 2;
    for (let i = 0; i < n; i += step) {
      let x = 0, y = 0;
      kernel.forEach((weight, k) => { const at = (i + 2 * (k - 2) + 2 * n) % n; x += weight * loop[at]; y += weight * loop[at + 1]; });
      path += (i ? "L" : "M") + (x / 9 * scale).toFixed(1) + " " + (y / 9 * scale).toFixed(1);
    }
    path += "Z";
  }
  return path;
}

// What the loss weighs: the share of the mask in each cell of the latent grid, no less than `background`.
// `lost` is the share of the mask that lies in cells it does not fill by half: parts thinner than a cell.
function latent(cells, { w, h: high }, long, background) {
  const scale = long / Math.max(w, high), across = Math.max(1, Math.round(w * scale)), down = Math.max(1, Math.round(high * scale));
  const weights = new Float32Array(across * down), counts = new Float32Array(across * down);
  for (let y = 0; y < high; y++) {
    const row = Math.min(down - 1, Math.floor(y * down / high)) * across;
    for (let x = 0; x < w; x++) {
      const i = row + Math.min(across - 1, Math.floor(x * across / w));
      weights[i] += cells[y * w + x]; counts[i]++;
    }
  }
  let lost = 0, all = 0, full = 0;
  for (let i = 0; i < weights.length; i++) {
    const share = weights[i] / Math.max(1, counts[i]);
    all += weights[i];
    if (share < 0.5) lost += weights[i]; else full++;
    weights[i] = Math.max(background, share);
  }
  return { weights, across, down, lost: all ? lost / all : 0, full: full / weights.length };
}
