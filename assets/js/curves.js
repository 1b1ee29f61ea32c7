// Small line charts that share one axis of steps: likeness, prompt-following, loss.

const CHART = { left: 44, right: 66, wide: 536 };
const CURVES = [
  { name: "likeness", title: "Likeness", top: 18, tall: 118 },
  { name: "prompt_following", title: "Prompt-following", top: 168, tall: 82 },
  { name: "loss", title: "Loss", top: 282, tall: 58 },
];
const FOOT = 366;

// Round numbers between low and high: as many as there can be up to `most`.
function ticks(low, high, most) {
  const span = high - low || Math.abs(high) || 1, power = 10 ** Math.floor(Math.log10(span / most));
  for (const stride of [1, 2, 2.5, 5, 10, 20, 25, 50].map(m => m * power)) {
    const first = Math.ceil(low / stride - 1e-9), last = Math.floor(high / stride + 1e-9);
    if (last - first < most) return Array.from({ length: last - first + 1 }, (_, i) => +((first + i) * stride).toPrecision(12));
  }
  return [];
}

// A running mean whose window grows with the run, so that a noisy loss shows where it goes.
function smooth(points) {
  let mean = null;
  return points.map(([step, value], at) => {
    const keep = Math.min(0.95, at / (at + 6));
    mean = mean === null ? value : keep * mean + (1 - keep) * value;
    return [step, mean];
  });
}

function thin(points, most) {
  if (points.length <= most) return points;
  const stride = points.length / most;
  return Array.from({ length: most }, (_, i) => points[Math.floor(i * stride)]).concat([points.at(-1)]);
}

// run: {points: {name: [[step, value]]}, marks, best, copying, total, at, over}; on a narrow page the axis is shorter, so that
// its figures can still be read
function curves(run, say, narrow) {
  CHART.wide = narrow ? 390 : 536;
  const end = Math.max(run.total || 0, 1), x = step => CHART.left + (CHART.wide - CHART.left - CHART.right) * Math.min(1, step / end);
  const last = Math.max(0, ...CURVES.flatMap(c => (run.points[c.name] || []).slice(-1).map(p => p[0])));
  const parts = CURVES.map(curve => oneCurve(curve, run, x));
  const band = run.copying !== null && run.copying !== undefined && last > run.copying &&
    h("rect", { x: x(run.copying), y: 18, width: Math.max(2, x(last) - x(run.copying)), height: 322, fill: "var(--lk-warn-soft)" });
  const stops = !run.total ? [] : ticks(0, end, narrow ? 5 : 7).filter(step => step <= end && Number.isInteger(step));   // no half steps
  const axis = stops.filter(step => run.best === null || Math.abs(x(step) - x(run.best)) > 34)
    .map(step => h("text", { x: x(step), y: 362, "text-anchor": "middle" }, String(step)));
  const best = run.best !== null && [
    h("line", { x1: x(run.best), x2: x(run.best), y1: 18, y2: 340, stroke: "var(--lk-text)", "stroke-width": 1 }),
    h("g", { transform: `translate(${x(run.best)} 358)` }, h("path", { d: "M0-14 4-8H-4z", fill: "var(--lk-text)" }), h("text.lbl.h", { "text-anchor": "middle", y: 4 }, "best " + run.best))];
  const here = run.at !== null && run.at !== undefined && h("line.at", { x1: x(run.at), x2: x(run.at), y1: 18, y2: 340, stroke: "var(--lk-accent)", "stroke-width": 1 });
  return h("svg.lk-chart", { viewBox: `0 0 ${CHART.wide} ${FOOT}`, width: "100%", role: "img", "aria-label": say, "data-end": end }, band, parts, best, axis, here);
}

function oneCurve(curve, run, x) {
  const points = run.points[curve.name] || [], marks = Object.entries(run.marks[curve.name] || {});
  const title = h("text.lbl.h", { x: CHART.left, y: curve.top - 3 }, curve.title);
  const floor = curve.top + curve.tall;
  if (!points.length) return h("g", {}, title, h("line.ax", { x1: CHART.left, x2: CHART.wide - CHART.right, y1: floor, y2: floor }),
    h("text", { x: CHART.left, y: floor - 8 }, waits(curve.name, run)));
  const values = [...points, ...(curve.name === "loss" && run.points.training_loss || [])].map(p => p[1]).concat(marks.map(m => m[1]));
  const low0 = Math.min(...values), high0 = Math.max(...values), pad = (high0 - low0) * 0.08 || Math.abs(high0) * 0.05 || 0.01;
  const low = low0 - pad, high = high0 + pad, y = value => floor - 2 - (curve.tall - 6) * (value - low) / (high - low);
  const path = list => "M" + list.map(([step, value]) => `${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join("L");
  const rough = curve.name === "loss" && (run.points.training_loss || points), line = rough === points ? smooth(points) : points, [step, value] = line.at(-1);
  const digits = curve.name === "likeness" ? 2 : 3, stops = ticks(low0, high0, 3);
  const near = Math.max(2, ...stops.map(v => (String(v).split(".")[1] || "").length));
  const figure = v => v.toFixed(Math.min(near, 3)).replace(/(\.\d*?[1-9])0+$/, "$1");
  const grid = stops.filter((v, at, all) => !at || figure(v) !== figure(all[at - 1]));
  return h("g", {}, title,
    grid.map(v => [h("line.ax", { x1: CHART.left, x2: CHART.wide - CHART.right, y1: y(v), y2: y(v) }), h("text", { x: CHART.left - 8, y: y(v) + 3.5, "text-anchor": "end" }, figure(v))]),
    marks.map(([name, v]) => [h("line", { x1: CHART.left, x2: CHART.wide - CHART.right, y1: y(v), y2: y(v), stroke: "var(--lk-text-3)", "stroke-dasharray": "2 3" }), h("text", { x: CHART.wide - CHART.right + 8, y: y(v) + 3.5 }, name)]),
    rough && h("path", { d: path(thin(rough, 160)), fill: "none", stroke: "var(--lk-text-3)", "stroke-opacity": .45 }),
    h("path", { d: path(thin(line, 300)), fill: "none", stroke: "var(--lk-text)", "stroke-width": 1.8, "stroke-linejoin": "round" }),
    h("circle", { cx: x(step), cy: y(value), r: 3.5, fill: "var(--lk-accent)" }),
    h("text.lbl.h", { x: Math.min(x(step) + 9, CHART.wide - 40), y: freeSpot(y(value) + 4, marks.map(m => y(m[1]) + 3.5)) }, value.toFixed(digits)));
}

// Why a curve is empty: the judge that came along cannot read what large bases draw.
function waits(name, run) {
  if (run.over) return "not measured";
  if (name === "prompt_following" && run.points.likeness?.length) return "not measured on this base";
  return name === "loss" ? "from the first step on" : "from the first sample on";
}

// The place nearest to `wanted` for a line of words that stands clear of those at `taken`.
function freeSpot(wanted, taken) {
  const free = at => taken.every(other => Math.abs(other - at) >= 12), far = at => Math.abs(at - wanted);
  return [wanted, ...taken.flatMap(other => [other - 12, other + 12])].filter(free).sort((a, b) => far(a) - far(b))[0];
}

// The step under a pointer on the chart.
function stepAt(svg, clientX) {
  const box = svg.getBoundingClientRect(), at = (clientX - box.left) / box.width * CHART.wide;
  return Math.round(Math.min(1, Math.max(0, (at - CHART.left) / (CHART.wide - CHART.left - CHART.right))) * svg.dataset.end);
}
