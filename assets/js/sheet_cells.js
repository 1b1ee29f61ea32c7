// The parts of the wall: headers with means as bars, and cells in every state.

const VERDICTS = {
  front: ["ok", "tick", "on the front", "No other method is better at both."],
  copies: ["warn", "warn", "copies photos", "Likeness is high, but prompts are followed much less than by the untuned base."],
  base: ["", null, "class word", "The base with the class noun, for comparison."],
};

function columnView(column, first) {
  return h("div.lk-wallhead", { key: "c" + column.key, role: "columnheader", "aria-colindex": column.at + 2, style: `grid-area:1/${column.at + 2}`, title: `${column.prompt}, seed ${column.seed}` },
    h("span", {}, first ? column.label : ""), column.seeds > 1 && h("span.lk-11.lk-3c.lk-m", {}, column.seed));
}

// Which two scores stand at the rows and under the pictures.
function cornerView(metrics, shown) {
  const choice = (place, words) => h("select.lk-in.s", { do: "score", "data-place": place, "aria-label": words, title: shown[place].how || null }, metrics.map(m => h("option", { value: m.key, selected: m === shown[place] }, m.label)));
  return h("div.lk-wallcorner", { role: "columnheader", "aria-label": "Method", "aria-colindex": 1, style: "grid-area:1/1" }, metrics.length > 2 && [choice(0, "First score"), choice(1, "Second score")]);
}

// Bars are read against the best of the wall, so that differences show.
function rowView(row, at, most, look) {
  const { blind, shown } = look, share = (value, most) => value > 0 && most > 0 ? Math.round(value / most * 100) : 0;
  const bar = metric => [h("span.lk-el", { title: metric.label }, short(metric).toLowerCase()), h("i", {}, h("b", { style: `width:${share(row.scores[metric.key], most(metric.key))}%` })), h("em", {}, score(row.scores[metric.key], metric.key))];
  const cost = [seconds(row.seconds, true), bytes(row.bytes)].filter(Boolean).join(" · ");
  const [kind, sign, words, why] = VERDICTS[row.verdict] || [], who = [row.name, row.detail].filter(Boolean).join(", ");
  return h("div.lk-wallrow", { key: "r" + row.key, role: "rowheader", "aria-colindex": 1, "data-row": row.key, style: `grid-area:${at + 2}/1` },
    h("div.lk-row", { style: "gap:6px" }, h("span.lk-let", {}, row.letter), !blind && h("span.lk-b.lk-el", { title: row.name }, row.name), h("span.lk-grow"),
      !blind && h("button.lk-ib.lk-quiet", { type: "button", do: "pin", "data-thing": row.key, class: row.pinned ? "set" : "", "aria-pressed": String(row.pinned), "aria-label": row.pinned ? `Let ${who} go` : `Keep ${who} on top`, title: row.pinned ? "Pinned on top" : "Pin on top" }, icon("pin", "s")),
      !blind && h("button.lk-ib.lk-quiet", { type: "button", do: "hide", "data-thing": row.key, "aria-label": `Hide ${who}`, title: "Hide this row" }, icon("eye", "s"))),
    !blind && row.detail && h("div.lk-12.lk-2c.lk-rowat", {}, row.detail),
    !blind && h("div.lk-bars", {}, shown.map(bar)),
    !blind && (cost || words) && h("div.lk-row.lk-11.lk-3c.lk-rowfacts", {}, cost && h("span", {}, cost), words && h("span.lk-tag", { class: kind, title: why }, sign && icon(sign), words)));
}

const scoreWords = (cell, shown) => shown.filter(m => m.key in cell.scores).map(m => `${short(m).toLowerCase()} ${score(cell.scores[m.key], m.key)}`).join(", ");
// All that is known of a picture, for whoever points at it.
const everyScore = (cell, metrics) => metrics.filter(m => m.key in cell.scores).map(m => `${m.label} ${score(cell.scores[m.key], m.key)}`).join("\n");

function cellWords(cell, row, column, look) {
  const who = look.blind ? "a method" : [row.name, row.detail].filter(Boolean).join(", "), scores = scoreWords(cell, look.shown);
  return [who, column.label, column.seeds > 1 && "seed " + column.seed, { done: "", running: "being made", waiting: "waiting", failed: cell.error || "not made" }[cell.state], !look.blind && scores].filter(Boolean).join(", ");
}

// "DreamBooth learns Pip, 40 of 200" is a cell that waits for its method.
const learning = note => { const [, step, total] = / learns .*, (\d+) of (\d+)$/.exec(note) || []; return step ? `learns ${step} / ${total}` : "now"; };

function cellView(cell, row, at, column, look) {
  const { chosen, against, focus, blind, shown } = look, key = `${row.key}:${column.key}`, area = `grid-area:${at + 2}/${column.at + 2}`;
  if (!cell) return h("div.lk-cell.wait", { key, role: "gridcell", do: "cell", "aria-colindex": column.at + 2, style: area }, h("div.ph"), h("div.sc"));  // on its way
  const base = "lk-cell" + (key === chosen ? " sel" : "") + (key === against ? " vs" : "") + (cell.flagged && !blind ? " bad" : "");
  const title = blind ? null : [cell.flagged, everyScore(cell, look.metrics)].filter(Boolean).join("\n") || null;
  const shared = { key, role: "gridcell", do: "cell", "aria-colindex": column.at + 2, style: area, tabindex: key === focus ? 0 : -1, "aria-label": cellWords(cell, row, column, look), "aria-selected": String(key === chosen), title };
  const star = cell.starred && h("span.mk", { title: "Starred" }, icon("star"));
  const below = (...what) => h("div.sc", {}, what);
  if (cell.state === "done") return h("div", { ...shared, class: base }, cell.image ? h("img", { src: cell.small || cell.image, alt: "", loading: "lazy", decoding: "async" }) : h("div.ph", {}, icon("picture", "l")), star,
    !blind && below(shown.map(m => h("b", {}, score(cell.scores[m.key], m.key)))));
  if (cell.state === "running") return h("div", { ...shared, class: base + " run" }, h("div.ph", {}, cell.image ? h("img", { src: cell.image, alt: "" }) : null),
    below(h("span.lk-now", {}, cell.total ? `step ${cell.step} / ${cell.total}` : learning(look.note))));
  if (cell.state === "failed") return h("div", { ...shared, class: base + " wait lost", title: cell.error }, h("div.ph", {}, icon("octagon", "l")), below(h("span", {}, cell.error ? "not made" : "")));
  return h("div", { ...shared, class: base + " wait" }, h("div.ph", {}, key === look.next ? "next" : ""), below(h("span", {}, "")));
}
