// Brush, lasso and eraser: a stroke over the picture becomes cells, and the cells become a region.

// Cells touched by a stroke (shares of the picture; `width` in shares of its width) or, closed, by everything inside it.
function inked(points, width, closed, W, H) {
  const board = document.createElement("canvas");
  board.width = W; board.height = H;
  const pen = board.getContext("2d", { willReadFrequently: true });
  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = Math.max(1, width * W);
  pen.beginPath();
  points.forEach(([x, y], i) => pen[i ? "lineTo" : "moveTo"](x * W, y * H));
  if (points.length === 1) pen.lineTo(points[0][0] * W + 0.01, points[0][1] * H);
  if (closed) { pen.closePath(); pen.fill(); } else pen.stroke();
  const alpha = pen.getImageData(0, 0, W, H).data, cells = new Uint8Array(W * H);
  for (let i = 0; i < cells.length; i++) cells[i] = alpha[i * 4 + 3] > 127 ? 1 : 0;
  return cells;
}

// Add the cells to a region or take them away; without a region a new one is made. An emptied region is removed.
// Returns [layout, id of the region to select, whether nothing was done because too little would be there].
function painted(layout, id, cells, away) {
  const [W, H] = gridOf(layout), old = layout.regions.find(r => r.id === id);
  if (old) {
    const before = stamped(old, W, H);
    cells = before.map((cell, i) => away ? (cell && !cells[i] ? 1 : 0) : (cell || cells[i] ? 1 : 0));
  } else if (away) return [layout, null];
  const shape = lifted(cells, W, H);
  if (!shape) return [{ ...layout, regions: layout.regions.filter(r => r.id !== id) }, null];
  if (shape.box[2] < SMALLEST || shape.box[3] < SMALLEST) return [layout, id, true];
  if (old) return [changed(layout, id, shape), id];
  const fresh = { ...region(layout, shape.box, shape.mask), kind: shape.kind };
  return [{ ...layout, regions: [...layout.regions, fresh] }, fresh.id];
}

// The stroke in progress, in pixels, as the stage draws it.
function inkOf(points, tool, n, size, W, H) {
  const d = "M" + points.map(([x, y]) => `${(x * W).toFixed(1)} ${(y * H).toFixed(1)}`).join("L") + (points.length === 1 ? "h.01" : "");
  if (tool === "lasso") return { d: d + "Z", fill: `var(--lk-p${n})`, stroke: "#fff", width: 1.5, opacity: 1 };
  return { d, stroke: tool === "erase" ? "#fff" : `var(--lk-p${n})`, width: size * W, opacity: 0.55 };
}
