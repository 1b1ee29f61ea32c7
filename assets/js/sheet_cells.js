// The parts of the wall: headers with means as bars, and cells in every state.

const VERDICTS = {
  front: ["ok", "tick", "on the front", "No other method is better at both."],
  copies: ["warn", "warn", "copies photos", "Likeness is high, but prompts are followed much less than by the untuned base."],
  base: ["", null, "untuned", "The base with the class noun, for comparison."],
};

function columnView(column, first) {
  return h("div.lk-wallhead", { key: "c" + column.key, role: "columnheader", title: `${column.prompt}, seed ${column.seed}` },
    h("span", {}, first ? column.label : ""), column.seeds > 1 && h("span.lk-11.lk-3c.lk-m", {}, column.seed));
}

// Bars are read against the best of the wall, so that differences show.
function rowView(row, best, blind) {
  const share = (value, most) => value > 0 && most > 0 ? Math.round(value / most * 100) : 0;
  const bar = (title, name) => [h("span", {}, title), h("i", {}, h("b", { style: `width:${share(row[name], best[name])}%` })), h("em", {}, score(row[name], name))];
  const cost = [seconds(row.seconds, true), bytes(row.bytes)].filter(Boolean).join(" · ");
  const [kind, sign, words, why] = VERDICTS[row.verdict] || [], who = [row.name, row.detail].filter(Boolean).join(", ");
  return h("div.lk-wallrow", { key: "r" + row.key, role: "rowheader", "data-row": row.key },
    h("div.lk-row", { style: "gap:6px" }, h("span.lk-let", {}, row.letter), !blind && h("span.lk-b.lk-el", { title: row.name }, row.name), h("span.lk-grow"),
      !blind && h("button.lk-ib.lk-quiet", { type: "button", do: "pin", "data-thing": row.key, class: row.pinned ? "set" : "", "aria-pressed": String(row.pinned), "aria-label": row.pinned ? `Let ${who} go` : `Keep ${who} on top`, title: row.pinned ? "Pinned on top" : "Pin on top" }, icon("pin", "s")),
      !blind && h("button.lk-ib.lk-quiet", { type: "button", do: "hide", "data-thing": row.key, "aria-label": `Hide ${who}`, title: "Hide this row" }, icon("eye", "s"))),
    !blind && row.detail && h("div.lk-12.lk-2c.lk-rowat", {}, row.detail),
    !blind && h("div.lk-bars", {}, bar("likeness", "likeness"), bar("prompt", "prompt_following")),
    !blind && (cost || words) && h("div.lk-row.lk-11.lk-3c.lk-rowfacts", {}, cost && h("span", {}, cost), words && h("span.lk-tag", { class: kind, title: why }, sign && icon(sign), words)));
}

function cellWords(cell, row, column, blind) {
  const who = blind ? "a method" : [row.name, row.detail].filter(Boolean).join(", "), scores = cell.likeness === null ? "" : `, likeness ${score(cell.likeness)}, prompt ${score(cell.prompt_following, "prompt_following")}`;
  return `${who}, ${column.label}${column.seeds > 1 ? ", seed " + column.seed : ""}, ${{ done: "", running: "being made", waiting: "waiting", failed: cell.error || "not made" }[cell.state]}${blind ? "" : scores}`.replace(/, (?=,|$)/g, "");
}

// "DreamBooth learns Pip, 40 of 200" is a cell that waits for its method.
const learning = note => { const [, step, total] = / learns .*, (\d+) of (\d+)$/.exec(note) || []; return step ? `learns ${step} / ${total}` : "now"; };

function cellView(cell, row, column, look) {
  const { chosen, against, focus, blind } = look, base = "lk-cell" + (cell.key === chosen ? " sel" : "") + (cell.key === against ? " vs" : "") + (cell.flagged && !blind ? " bad" : "");
  const shared = { key: cell.key, role: "gridcell", do: "cell", "data-key": cell.key, tabindex: cell.key === focus ? 0 : -1, "aria-label": cellWords(cell, row, column, blind), "aria-selected": String(cell.key === chosen), title: cell.flagged && !blind ? cell.flagged : null };
  const star = cell.starred && h("span.mk", { title: "Starred" }, icon("star"));
  const below = (left, right) => h("div.sc", {}, left, right);
  if (cell.state === "done") return h("div", { ...shared, class: base }, h("img", { src: cell.small || cell.image, alt: "", loading: "lazy", decoding: "async" }), star,
    !blind && below(h("b", {}, score(cell.likeness)), h("b", {}, score(cell.prompt_following, "prompt_following"))));
  if (cell.state === "running") return h("div", { ...shared, class: base + " run" }, h("div.ph", {}, cell.image ? h("img", { src: cell.image, alt: "" }) : null),
    below(h("span.lk-now", {}, cell.total ? `step ${cell.step} / ${cell.total}` : learning(look.note))));
  if (cell.state === "failed") return h("div", { ...shared, class: base + " wait lost", title: cell.error }, h("div.ph", {}, icon("octagon", "l")), below(h("span", {}, cell.error ? "not made" : "")));
  return h("div", { ...shared, class: base + " wait" }, h("div.ph", {}, cell.key === look.next ? "next" : ""), below(h("span", {}, "")));
}
