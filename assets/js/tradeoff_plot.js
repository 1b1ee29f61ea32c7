// Likeness against prompt-following: methods as lettered discs, the best trades as a staircase, a sentence below.

const root = element.querySelector(".lk-tradepane"), H = 302, L = 48, R = 16, T = 14, B = 44;
let each = false, lit = "", W = 500;

// About `count` round numbers from low to high.
function ticks(low, high, count) {
  const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 5, 10].find(n => n * power >= raw) * power;
  const first = Math.ceil(low / step) * step, list = [];
  for (let i = 0; first + i * step <= high + 1e-9; i++) list.push(first + i * step);
  return [list, Math.max(0, -Math.floor(Math.log10(step)))];
}

function range(values, least) {
  const low = Math.min(...values), high = Math.max(...values), middle = (low + high) / 2, half = Math.max((high - low) / 2 * 1.25, least);
  return [low < 0 ? middle - half : Math.max(0, middle - half), Math.min(1, middle + half)];
}

function chart(plot) {
  const marks = each ? plot.dots.map(([, x, y]) => [x, y]) : [], all = [...plot.points.map(p => [p.x, p.y]), ...marks];
  const [x0, x1] = range(all.map(p => p[0]), 0.02), [y0, y1] = range([...all.map(p => p[1]), ...(plot.real !== null ? [plot.real] : [])], 0.05);
  const X = v => L + (v - x0) / (x1 - x0) * (W - L - R), Y = v => H - B - (v - y0) / (y1 - y0) * (H - B - T);
  const [xs, xd] = ticks(x0, x1, W > 400 ? 6 : 4), [ys, yd] = ticks(y0, y1, 5);
  const text = (x, y, words, attrs) => h("text", { x: x.toFixed(1), y: y.toFixed(1), ...attrs }, words);
  const stairs = plot.front.map(([x, y], i) => i ? `V${Y(y).toFixed(1)}H${X(x).toFixed(1)}` : `M${L} ${Y(y).toFixed(1)}H${X(x).toFixed(1)}`).join("");
  return h("svg.lk-chart", { viewBox: `0 0 ${W} ${H}`, width: "100%", role: "img", "aria-label": `Likeness against prompt-following. ${plot.finding} ${plot.rest}` },
    ys.map(v => [h("line.ax", { x1: L, x2: W - R, y1: Y(v), y2: Y(v) }), text(L - 7, Y(v) + 3.5, v.toFixed(yd), { "text-anchor": "end" })]),
    xs.map(v => text(X(v), H - B + 16, v.toFixed(xd), { "text-anchor": "middle" })),
    corner(plot, X, Y),
    plot.real !== null && [h("line", { x1: L, x2: W - R, y1: Y(plot.real), y2: Y(plot.real), stroke: "var(--lk-text-3)", "stroke-dasharray": "2 3" }), text(W - R, Y(plot.real) - 5, "real photos", { "text-anchor": "end" })],
    curves(plot).map(points => h("polyline", { points: points.map(p => `${X(p.x).toFixed(1)},${Y(p.y).toFixed(1)}`).join(" "), fill: "none", stroke: points[0].kind === "base" ? "var(--lk-text-3)" : "var(--lk-text-2)", "stroke-width": 1.5, opacity: lit && !points.some(p => p.key === lit) ? 0.3 : 1 })),
    stairs && h("path", { d: stairs, fill: "none", stroke: "var(--lk-text)", "stroke-width": 1.5, "stroke-linejoin": "round" }),
    each && plot.dots.map(([key, x, y]) => h("circle", { cx: X(x), cy: Y(y), r: 2.5, fill: "var(--lk-text-2)", "fill-opacity": lit && lit !== key ? 0.15 : 0.6 })),
    discs(plot, X, Y),
    text(L + (W - L - R) / 2, H - 8, "follows the prompt", { "text-anchor": "middle", class: "lbl" }),
    h("text", { transform: `translate(11 ${T + (H - B - T) / 2}) rotate(-90)`, "text-anchor": "middle", class: "lbl" }, `looks like ${plot.subject}`));
}

// Points of one method at several values of what is swept; a lone one is no curve.
function curves(plot) {
  const by = new Map();   // Map.groupBy is too new for many phones
  for (const point of plot.points) if (point.at) by.set(point.curve, [...by.get(point.curve) || [], point]);
  return [...by.values()].filter(points => points.length > 1);
}

// The amber corner where methods look right because they repeat their photos.
function corner(plot, X, Y) {
  const base = plot.points.find(p => p.kind === "base");
  if (!base || !plot.copies.length) return null;
  const edge = Math.max(...plot.points.filter(p => plot.copies.includes(p.key)).map(p => X(p.x))) + 16;
  const low = Math.max(...plot.points.filter(p => plot.copies.includes(p.key)).map(p => Y(p.y))) + 34;
  return [h("rect", { x: L, y: T, width: Math.max(edge - L, 112), height: low - T, fill: "var(--lk-warn-soft)" }), h("text", { x: L + 8, y: low - 6, style: "fill:var(--lk-warn)" }, "copies its photos")];
}

// Names stand left or right of their disc, wherever they meet no other disc or name. A curve has its letter and name
// at its end; its other points are small, with the value beside them.
function discs(plot, X, Y) {
  const within = new Set(curves(plot).flatMap(points => points.slice(0, -1).map(p => p.key)));
  const taken = plot.points.map(p => [X(p.x) - 10, Y(p.y) - 9, 20, 18]);
  const free = box => box[0] > L && box[0] + box[2] < W - 2 && !taken.some(t => box[0] < t[0] + t[2] && box[0] + box[2] > t[0] && box[1] < t[1] + t[3] && box[1] + box[3] > t[1]);
  const lines = plot.front.flatMap(([px, py], i) => {    // the staircase, as thin boxes
    const [x, y] = [X(px), Y(py)], [from, above] = i ? [X(plot.front[i - 1][0]), Y(plot.front[i - 1][1])] : [L, y];
    return [[from, y - 2, x - from, 4], [from - 2, above, 4, y - above]];
  });
  const clear = box => free(box) && !lines.some(t => box[0] < t[0] + t[2] && box[0] + box[2] > t[0] && box[1] < t[1] + t[3] && box[1] + box[3] > t[1]);
  return plot.points.map(p => {
    const small = within.has(p.key), words = small ? p.at : p.name;
    const x = X(p.x), y = Y(p.y), wide = words.length * 5.9, chosen = p.key === plot.chosen, faded = lit && lit !== p.key;
    const spots = [[x + 14, y - 6, "start"], [x - 14 - wide, y - 6, "end"], [x + 12, y - 19, "start"], [x + 12, y + 8, "start"], [x - 12 - wide, y - 19, "end"], [x - 12 - wide, y + 8, "end"]];
    const spot = spots.find(([left, top]) => clear([left, top, wide, 12])) || spots.find(([left, top]) => free([left, top, wide, 12]));
    if (spot) taken.push([spot[0], spot[1], wide, 12]);
    const name = spot && h("text.lbl", { x: spot[2] === "start" ? spot[0] : spot[0] + wide, y: spot[1] + 10, "text-anchor": spot[2], class: p.kind === "base" || small ? "dim" : "" }, words);
    const mark = small ? h("circle", { cx: x, cy: y, r: 4.5, fill: p.kind === "base" ? "var(--lk-surface)" : "var(--lk-text)", stroke: chosen ? "var(--lk-accent)" : p.kind === "base" ? "var(--lk-text-3)" : "var(--lk-text)", "stroke-width": chosen ? 3 : 1.5 })
      : p.kind === "base" ? h("rect", { x: x - 4, y: y - 4, width: 8, height: 8, fill: "var(--lk-surface)", stroke: "var(--lk-text-3)", "stroke-width": 1.5 })
      : [h("circle", { cx: x, cy: y, r: 9, fill: "var(--lk-text)", stroke: chosen ? "var(--lk-accent)" : "var(--lk-text)", "stroke-width": chosen ? 3 : 1.5 }),
        h("text", { x, y: y + 3.8, "text-anchor": "middle", style: "fill:var(--lk-surface);font-weight:700;font-size:10.5px" }, p.letter)];
    return h("g.lk-disc", { key: p.key, do: "method", "data-method": p.key, opacity: faded ? 0.35 : 1 }, h("title", {}, `${p.name}: likeness ${score(p.y)}, prompt ${score(p.x, "prompt_following")}`), h("circle", { cx: x, cy: y, r: 14, fill: "transparent" }), mark, name);
  });
}

function show() {
  const plot = props.value;
  if (!plot) return draw(root);
  W = root.clientWidth > 0 && root.clientWidth < 480 ? 370 : 500;   // on a phone its words stay as large
  const modes = [[false, "Mean"], [true, "Each picture"]];
  draw(root, [
    h("header.lk-head", { key: "head" }, h("h2", {}, "Trade-off"), h("span.lk-grow"), h("span.lk-seg", { role: "group", "aria-label": "Mean or each picture" },
      modes.map(([value, words]) => h("button", { type: "button", do: "each", "data-each": String(value), "aria-pressed": String(each === value) }, words)))),
    plot.points.length ? h("section", { key: "chart", class: "lk-tradechart" }, chart(plot), plot.front.length > 0 && h("div.lk-row.lk-11.lk-3c.lk-legend", {},
      h("svg", { width: 18, height: 8, viewBox: "0 0 18 8" }, h("path", { d: "M0 4h18", stroke: "var(--lk-text)", "stroke-width": 1.5 })), "best known trades"),
      plot.hypervolume !== null && h("p.lk-11.lk-3c.lk-legend", {}, `Together they cover ${plot.hypervolume.toFixed(3)} of the square from 0, 0 (hypervolume).`),
      plot.swept && h("p.lk-11.lk-3c.lk-legend", {}, `Along a curve the ${plot.swept} differs: the number beside each point.`))
      : h("p.lk-12.lk-3c.lk-soon", { key: "soon" }, "Points appear as pictures are scored."),
    plot.finding && h("div.lk-note", { key: "note", role: "note" }, icon("info"), h("div", {}, h("b", {}, plot.finding), " ", plot.rest)),
  ].filter(Boolean));
}

deeds(element, "click", {
  each: target => { each = target.dataset.each === "true"; show(); },
  method: target => trigger("select", { key: target.dataset.method }),
});
element.addEventListener("pointerover", event => {
  const over = event.target.closest("[data-method]")?.dataset.method || "";
  if (over !== lit) window.dispatchEvent(new CustomEvent("lk:method", { detail: over }));
});
window.addEventListener("lk:method", event => { if (event.detail !== lit) { lit = event.detail; show(); } });
watch("value", show);
show();
