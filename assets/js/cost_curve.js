// What a way to compose costs against the number of regions: its line, with a tuned file in each region and with words
// alone, over the lines of the other ways.

const PLOT = { wide: 280, high: 112, left: 24, right: 44, top: 8, bottom: 18 };

function costCurve(sheets, it) {
  const most = it.costs.files.length, top = Math.max(...sheets.flatMap(one => one.costs.files));
  const x = count => PLOT.left + (PLOT.wide - PLOT.left - PLOT.right) * (count - 1) / (most - 1);
  const y = value => PLOT.high - PLOT.bottom - (PLOT.high - PLOT.top - PLOT.bottom) * value / top;
  const path = costs => "M" + costs.map((value, at) => `${x(at + 1).toFixed(1)} ${y(value).toFixed(1)}`).join("L");
  const { files, words } = it.costs, ends = [y(files[most - 1]), y(words[most - 1])], times = value => `${figure(+value.toFixed(1))}×`;
  const apart = Math.max(0, 12 - (ends[1] - ends[0])) / 2;   // where the two end close together, their figures do not touch
  const said = `Times of a plain picture: with one region ${times(words[0])}, with ${most} regions ${times(words[most - 1])}, with a tuned file in each ${times(files[most - 1])}.`;
  return h("figure.lk-costs", {},
    h("svg", { viewBox: `0 0 ${PLOT.wide} ${PLOT.high}`, role: "img", "aria-label": said },
      [0, Math.round(top / 2), Math.round(top)].map(value => [h("path.ax", { d: `M${PLOT.left} ${y(value)}H${PLOT.wide - PLOT.right}` }), h("text", { x: PLOT.left - 6, y: y(value) + 3.5, "text-anchor": "end" }, value)]),
      files.map((_, at) => h("text", { x: x(at + 1), y: PLOT.high - 4, "text-anchor": "middle" }, at + 1)),
      sheets.filter(one => one.name !== it.name).map(one => h("path.other", { d: path(one.costs.files) })),
      h("path.words", { d: path(words) }), h("path.files", { d: path(files) }),
      h("text.end", { x: PLOT.wide - PLOT.right + 6, y: ends[0] + 3.5 - apart }, times(files[most - 1])),
      h("text", { x: PLOT.wide - PLOT.right + 6, y: ends[1] + 3.5 + apart }, times(words[most - 1]))),
    h("figcaption.lk-11.lk-3c", {}, "Times of a plain picture, by number of regions. Solid: a tuned file in each. Dashed: words alone. Grey: the other ways."));
}
