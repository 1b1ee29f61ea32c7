// What the region canvas looks like: boxes and drawn shapes with colour, pattern, number tab and handles, as one svg.

const PATTERNS = {
  1: ["path", { d: "M0 10 10 0M-2 2 2-2M8 12l4-4" }],
  2: ["circle", { cx: 5, cy: 5, r: 1.5 }],
  3: ["path", { d: "M0 0 10 10M-2 8l4 4M8-2l4 4" }],
  4: ["path", { d: "M0 5h10" }],
  5: ["path", { d: "M0 5h10M5 0v10" }],
  6: ["path", { d: "M5 0v10" }],
  7: ["path", { d: "M0 10 10 0M-2 2 2-2M8 12l4-4M0 0 10 10M-2 8l4 4M8-2l4 4" }],
  8: ["path", { d: "M0 0h5v5h-5zM5 5h5v5h-5z" }],
};
const GRIPS = { nw: [0, 0], n: [0.5, 0], ne: [1, 0], w: [0, 0.5], e: [1, 0.5], sw: [0, 1], s: [0.5, 1], se: [1, 1] };
const percent = share => Math.round(share * 100) + " %";

const measured = (() => {
  const pen = document.createElement("canvas").getContext("2d"), known = new Map();
  return (words, font) => {
    const key = font + words;
    if (!known.has(key)) { pen.font = font; known.set(key, pen.measureText(words).width); }
    return known.get(key);
  };
})();

function pattern(uid, n) {
  const [shape, attrs] = PATTERNS[n], dots = n === 2 || n === 8;
  const paint = dots ? { fill: `var(--lk-p${n})` } : { stroke: `var(--lk-p${n})`, "stroke-width": 1.6, fill: "none" };
  const tile = h("pattern", { key: n, width: 10, height: 10, patternUnits: "userSpaceOnUse" }, h(shape, { ...attrs, ...paint }));
  tile.setAttribute("id", `${uid}-${n}`);
  return tile;
}

// The outline of a region in pixels: a box's corners, or a drawn shape's loops.
function pathOf({ box: [x, y, w, height], mask }, W, H) {
  if (!mask) return `M${x * W} ${y * H}h${w * W}v${height * H}h${-w * W}z`;
  const [sx, sy] = [w * W / mask.w, height * H / mask.h];
  return outline(mask).map(loop => "M" + loop.map(([u, v]) => `${(x * W + u * sx).toFixed(1)} ${(y * H + v * sy).toFixed(1)}`).join("L") + "Z").join("");
}

// Where along its width a drawn shape is highest, 0 to 1; a shape with nothing inside is highest at its left.
function peak(mask) {
  const points = outline(mask).flat(), top = points.reduce((best, p) => p[1] < best[1] ? p : best, points[0] || [0, 0]);
  return top[0] / mask.w;
}

// The number tab sits at the top left, on a drawn shape at its highest point; where a nearer region covers that corner it slides right to the first free place.
function tabAt(r, nearer, width, W, H) {
  const [x, y, w] = [r.box[0] * W, r.box[1] * H, r.box[2] * W];
  if (r.mask) return [within(x + w * peak(r.mask) - 10, 0, W - width), within(y - 11, 0, H - 22)];
  let left = x - 2;
  const covers = ({ box: [bx, by, bw, bh] }) => by * H < y + 18 && (by + bh) * H > y && bx * W < left + 18 && (bx + bw) * W > left + 2;
  for (let tries = nearer.length; tries--;) {
    const over = nearer.find(covers);
    if (!over) break;
    left = (over.box[0] + over.box[2]) * W + 2;
  }
  if (left > x + w - 20) left = x - 2;
  return [within(left, 0, W - width), within(y - 2, 0, H - 22)];
}

function regionView(r, nearer, look) {
  const { W, H, uid, selected, nameOf } = look, n = tint(r.number), chosen = r.id === selected;
  const d = pathOf(r, W, H), name = nameOf(r), font = '12px "Segoe UI", Roboto, "Liberation Sans", sans-serif';
  const width = 24 + (name ? measured(name, font) + 16 : 0), [left, top] = tabAt(r, nearer, width, W, H);
  const big = label(r.number).length > 1;
  return h("g", { key: r.id, class: r.hidden ? "lk-off" : "", "data-region": r.id },
    h("path", { d, fill: "#000", "fill-opacity": r.hidden ? 0 : 0.08, "fill-rule": "evenodd", class: "lk-hit" }),
    !r.hidden && h("path", { d, fill: `url(#${uid}-${n})`, "fill-opacity": 0.62, "fill-rule": "evenodd", "pointer-events": "none" }),
    !r.hidden && h("path", { d, fill: `var(--lk-p${n})`, "fill-opacity": chosen ? 0.2 : 0.14, "fill-rule": "evenodd", "pointer-events": "none" }),
    h("path", { d, fill: "none", stroke: "#000", "stroke-width": 4, "stroke-linejoin": "round", "stroke-opacity": r.hidden ? 0.45 : 1, "pointer-events": "none" }),
    h("path", { d, fill: "none", stroke: `var(--lk-p${n})`, "stroke-width": 2, "stroke-linejoin": "round", "stroke-dasharray": r.hidden ? "5 4" : null, "pointer-events": "none" }),
    h("g", { transform: `translate(${left.toFixed(1)} ${top.toFixed(1)})`, class: "lk-rtab" },
      h("path", { d: `M0 0h${width.toFixed(1)}v22h-${width.toFixed(1)}z`, fill: "#111" }),
      h("rect", { x: 2, y: 2, width: 18, height: 18, fill: `var(--lk-p${n})` }),
      h("text", { x: 11, y: big ? 15 : 15.5, "text-anchor": "middle", "font-size": big ? 10.5 : 12, "font-weight": 700, fill: ON[n] || "#111" }, label(r.number)),
      name && h("text", { x: 27, y: 15.5, "font-size": 12, fill: "#fff" }, name)));
}

function handles(r, W, H, coarse) {
  const [x, y, w, height] = r.box, reach = coarse ? 22 : 10;
  return Object.entries(GRIPS).map(([grip, [u, v]]) => {
    const cx = (x + u * w) * W, cy = (y + v * height) * H;
    return h("g", { key: "grip-" + grip, "data-grip": grip, class: "lk-grip " + grip },
      h("rect", { x: cx - reach, y: cy - reach, width: reach * 2, height: reach * 2, fill: "transparent" }),
      h("rect", { x: cx - 5, y: cy - 5, width: 10, height: 10, rx: 2, fill: "#fff", stroke: "#111", "stroke-width": 1.6 }));
  });
}

function pill(words, cx, top, W, H) {
  const width = measured(words, "11px sans-serif") + 20, x = within(cx - width / 2, 2, W - width - 2);
  const y = top > H - 24 ? H - 26 : top;
  return h("g", { key: "pill", "pointer-events": "none" },
    h("rect", { x, y, width, height: 20, rx: 4, fill: "#111", "fill-opacity": 0.86 }),
    h("text", { x: x + width / 2, y: y + 14, "text-anchor": "middle", "font-size": 11, fill: "#fff" }, words));
}

// look: {W, H, uid, selected, nameOf, thirds, moving, lines, ink, coarse, busy}
function stageView(layout, look) {
  const { W, H, selected, thirds, moving, lines, ink, coarse } = look;
  const order = [...layout.regions];
  const chosen = order.findIndex(r => r.id === selected);
  if (chosen >= 0) order.push(...order.splice(chosen, 1));
  const current = layout.regions.find(r => r.id === selected);
  return [
    h("defs", { key: "defs" }, [...new Set(order.map(r => tint(r.number)))].sort().map(n => pattern(look.uid, n))),
    thirds && h("path", { key: "thirds", class: "lk-thirds", d: [1, 2].map(i => `M0 ${H * i / 3}h${W}M${W * i / 3} 0v${H}`).join("") }),
    order.map((r, i) => regionView(r, order.slice(i + 1).filter(o => !o.hidden), look)),
    lines && h("g", { key: "lines", class: "lk-snap" },
      lines.x !== null && h("path", { d: `M${lines.x * W} 0v${H}` }), lines.y !== null && h("path", { d: `M0 ${lines.y * H}h${W}` })),
    ink && h("path", { key: "ink", d: ink.d, fill: ink.fill || "none", "fill-opacity": 0.25, stroke: ink.stroke, "stroke-width": ink.width,
      "stroke-opacity": ink.opacity, "stroke-linecap": "round", "stroke-linejoin": "round", "pointer-events": "none" }),
    current && !current.locked && !ink && !look.painting && h("g", { key: "handles" }, handles(current, W, H, coarse)),
    current && moving && pill(`${percent(current.box[2])} × ${percent(current.box[3])}`, (current.box[0] + current.box[2] / 2) * W,
      (current.box[1] + current.box[3]) * H + 9, W, H),
  ].flat().filter(Boolean);
}
