// A table of scores: lines down, scores across, each with its interval as a whisker. Its heads sort it.

const scoreOf = (line, key) => line.scores.find(one => one.name === key);

// Best first by a score; lines that do not compete last.
function byScore(lines, column) {
  const sign = column?.better === "less" ? 1 : -1, rank = line => sign * (scoreOf(line, column?.key)?.value ?? sign * 1e9);
  return [...lines].sort((a, b) => a.reference - b.reference || rank(a) - rank(b));
}

// A score's place in its column: the interval as a line, the mean as a stroke.
function whisker(one, low, high) {
  const at = v => (100 * (v - low) / (high - low || 1)).toFixed(1);
  return h("svg.lk-whisker", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    h("line.tr", { x1: 0, x2: 100, y1: 4, y2: 4 }), h("line.in", { x1: at(one.low), x2: at(one.high), y1: 4, y2: 4 }), h("line.me", { x1: at(one.value), x2: at(one.value), y1: 0.5, y2: 7.5 }));
}

// table: {label, columns, lines, by, lit, base}; lines are {key, letter, name, facts, reference, scores}, `base` is what
// all are tested against, in words, `by` the score they are sorted by, `lit` the line that is looked at.
function scoreTable({ label, columns, lines, by, lit, base }) {
  const on = columns.find(c => c.key === by) || columns[0];
  return h("table.lk-leadtable", { key: "table", "aria-label": label },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Method"), columns.map(c => scoreHead(c, c === on)))),
    h("tbody", {}, byScore(lines, on).map(line => h("tr", { key: line.key, "data-row": line.key, class: (line.reference ? "ref " : "") + (line.key === lit ? "lit" : "") },
      h("th", { scope: "row" }, h("div.lk-row", {}, h("span.lk-let", {}, line.letter), h("span.lk-b.lk-el", { title: line.name }, line.name)), h("div.lk-11.lk-3c", {}, line.facts)),
      columns.map(c => scoreCell(line, c, lines, base))))));
}

function scoreHead(column, on) {
  const [name, judge] = column.label.split(" · "), how = [column.how, column.judge && `Judge: ${column.judge}.`].filter(Boolean).join(" ");
  return h("th", { key: column.key, scope: "col", "aria-sort": on ? (column.better === "less" ? "ascending" : "descending") : "none" },
    h("button", { type: "button", do: "by", "data-key": column.key, title: how }, name, judge && h("span.lk-11.lk-3c", {}, judge), h("span.lk-11.lk-3c", {}, column.better === "less" ? "less is better" : "")));
}

function scoreCell(line, column, lines, base) {
  const one = scoreOf(line, column.key), scores = lines.map(l => scoreOf(l, column.key)).filter(Boolean);
  if (!one) return h("td.none", { key: column.key, "aria-label": `${column.label}: nothing to say` }, "–");
  const low = Math.min(0, ...scores.map(s => s.low)), high = Math.max(...scores.map(s => s.high));
  const rivals = lines.filter(l => !l.reference).map(l => scoreOf(l, column.key)?.value).filter(v => v !== undefined);
  const best = !line.reference && rivals.length > 1 && one.value === (column.better === "less" ? Math.min(...rivals) : Math.max(...rivals));
  const sure = one.p !== null ? `; chance alone parts it so far from ${base} with p ${one.p < 0.001 ? "below .001" : one.p.toFixed(3)}` : "";
  const ranked = one.rank !== null ? `; mean rank ${one.rank.toFixed(1)}` : "";
  return h("td", { key: column.key, class: best ? "best" : "", title: `${one.value.toFixed(3)}, between ${one.low.toFixed(3)} and ${one.high.toFixed(3)}${sure}${ranked}` },
    h("span.fig", {}, score(one.value, column.key), one.p !== null && one.p < 0.05 && h("span.lk-sure", { "aria-label": `surely other than ${base}` }, "*"), one.rank !== null && h("span.lk-rank", {}, "rank " + one.rank.toFixed(1))), whisker(one, low, high));
}
