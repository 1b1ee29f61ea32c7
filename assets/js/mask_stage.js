// The photo with everything drawn over it: dimmed surroundings, hatched mask, marching outline, box, points, brush.

const HANDLES = [["nw", 0, 0], ["n", 0.5, 0], ["ne", 1, 0], ["w", 0, 0.5], ["e", 1, 0.5], ["sw", 0, 1], ["s", 0.5, 1], ["se", 1, 1]];
const outlines = new WeakMap();   // loops → [scale, path]

function pathOf(found, scale) {
  const known = outlines.get(found);
  if (known?.[0] === scale) return known[1];
  const path = outline(found, scale);
  outlines.set(found, [scale, path]);
  return path;
}

// look: {W, H pixels on screen, view, ink, hover, things, over, cursor, coarse}
function maskView(work, look) {
  const { W, H, view } = look, { now, size } = work, known = shape(work);
  const path = pathOf(known.loops, W / size.w), whole = `M0 0H${W}V${H}H0Z`, on = known.share > 0;
  const shown = on && view !== "learnt";
  return [
    shown && view === "cutout" && h("path", { key: "cut", d: whole + path, "fill-rule": "evenodd", class: "lk-cut" }),
    shown && view === "overlay" && h("path", { key: "dim", d: whole + path, "fill-rule": "evenodd", fill: "#000", "fill-opacity": 0.46 }),
    shown && view === "overlay" && !now.accepted && h("path", { key: "hatch", d: path, fill: "url(#lk-mask-hatch)", "fill-rule": "evenodd" }),
    shown && view !== "cutout" && h("path", { key: "case", d: path, class: "lk-ant-case" + (now.accepted ? " done" : "") }),
    shown && view !== "cutout" && !now.accepted && h("path", { key: "ants", d: path, class: "lk-ants" }),
    look.things && thingsView(look.things, look.over, W / size.w),
    look.hover && h("path", { key: "hover", d: pathOf(look.hover, W / size.w), class: "lk-would" }),
    now.box && boxView(now.box.map((v, i) => v * (i % 2 ? H / work.height : W / work.width)), look.coarse),
    now.points.map(([x, y, label], i) => pointView(x * W / work.width, y * H / work.height, label, i)),
    look.ink && h("path", { key: "ink", d: look.ink.d, class: "lk-stroke " + look.ink.kind, "stroke-width": look.ink.width }),
    look.cursor && !look.ink && (look.cursor.r
      ? h("g", { key: "tip", class: "lk-brushtip" }, h("circle", { cx: look.cursor.x, cy: look.cursor.y, r: look.cursor.r }), h("circle", { cx: look.cursor.x, cy: look.cursor.y, r: look.cursor.r, class: "in" }))
      : h("g", { key: "tip", class: "lk-crosshair" }, ["case", ""].map(c => h("path", { class: c, d: `M${look.cursor.x - 14} ${look.cursor.y}h28M${look.cursor.x} ${look.cursor.y - 14}v28` })))),
  ];
}

function boxView([x0, y0, x1, y1], coarse) {
  const rect = cls => h("rect", { x: x0, y: y0, width: x1 - x0, height: y1 - y0, class: cls }), side = coarse ? 16 : 10;
  return h("g", { key: "box", class: "lk-mbox" }, rect("case"), rect("dash"), HANDLES.map(([name, u, v]) =>
    h("rect", { class: "handle " + name, "data-handle": name, x: x0 + u * (x1 - x0) - side / 2, y: y0 + v * (y1 - y0) - side / 2, width: side, height: side, rx: 2 })));
}

function pointView(x, y, label, i) {
  return h("g", { key: "p" + i, class: "lk-mpoint", "data-point": i },
    h("title", {}, `Point ${i + 1}, ${label ? "added" : "removed"}. Click to take it away.`),
    h("circle", { cx: x, cy: y, r: 12.5, fill: "#000", "fill-opacity": 0.35 }),
    h("circle", { cx: x, cy: y, r: 11, fill: label ? "#0B62C4" : "#B4232A", stroke: "#fff", "stroke-width": 2 }),
    h("path", { d: `M${x - 5.5} ${y}h11` + (label ? `M${x} ${y - 5.5}v11` : ""), stroke: "#fff", "stroke-width": 2.6, "stroke-linecap": "round" }));
}

// A reading as a small white silhouette on black, cropped to the union of all readings so that they can be compared.
function readingView(reading, frame) {
  const size = { w: reading.w, h: reading.h }, [x, y, w, high] = frame;
  return h("svg", { viewBox: `${x} ${y} ${w} ${high}`, preserveAspectRatio: "xMidYMid meet", "aria-hidden": "true" },
    h("path", { d: pathOf(reading.loops ??= loops(fromRuns(reading.runs, size, size), size), 1), fill: "#fff", "fill-rule": "evenodd" }));
}

function frameOf(readings, work) {
  const scale = readings[0].w / work.width;
  const x0 = Math.min(...readings.map(r => r.box[0])), y0 = Math.min(...readings.map(r => r.box[1]));
  const x1 = Math.max(...readings.map(r => r.box[2])), y1 = Math.max(...readings.map(r => r.box[3]));
  const edge = 0.06 * Math.max(x1 - x0, y1 - y0);
  return [x0 - edge, y0 - edge, x1 - x0 + 2 * edge, y1 - y0 + 2 * edge].map(v => v * scale);
}
