// Around the photo: the bar above it, the palette on it, the readings, the key line, the film strip, the notes.

const VIEWS = [["overlay", "Overlay"], ["outline", "Outline"], ["cutout", "Cut-out"], ["learnt", "As learnt"]];
const PALETTE = [
  ["add", "Add point", "click", "add"], ["remove", "Remove point", "Alt click", "remove"], ["frame", "Box", "drag", "frame"], null,
  ["brush", "Brush", "B", "brush"], ["erase", "Erase", "E", "erase"], ["lasso", "Lasso", "L", "lasso"], null,
  ["fill", "Fill holes", "F", "fill"], ["invert", "Invert", "Shift V", "invert"],
  ["things", "Find everything, then pick", "S", "layers"],
];

function barView(state, work, zoom) {
  const button = (deed, words, sign, off) => h("button.lk-ib", { type: "button", do: deed, "aria-label": words, title: words, disabled: off }, icon(sign));
  return [
    h("span.lk-b.lk-el", { style: "padding:0 6px" }, state.subject.name),
    h("span.lk-3c", {}, state.works.length ? `photo ${state.at + 1} of ${state.works.length}` : "no photos"), h("span.sep"),
    state.subject.kind !== "style" && h("div.lk-seg", { role: "group", "aria-label": "View" }, VIEWS.map(([name, words]) =>
      h("button", { type: "button", do: "view", "data-view": name, "aria-pressed": String(state.view === name) }, words))),
    h("span.lk-grow"),
    button("undo", "Undo, Ctrl Z", "undo", !work?.past.length), button("redo", "Redo, Ctrl Shift Z", "redo", !work?.future.length),
    h("span.sep.lk-wide"), h("span.lk-wide", {}, button("fit", "Fit, Ctrl 0", "search", !work)), h("span.lk-12.lk-2c.lk-wide", { style: "padding-right:6px;min-width:40px" }, work ? zoom : ""),
  ];
}

function paletteView(state, work) {
  return PALETTE.map((one, i) => one ? h("button.lk-ib", {
    type: "button", do: i > 6 ? one[0] : "tool", "data-tool": one[0], class: (one[0] === "things" ? state.things : state.tool === one[0] && !state.things) ? "on" : "",
    "aria-label": [one[1], one[2]].filter(Boolean).join(", "), title: [one[1], one[2]].filter(Boolean).join("  "),
    "aria-pressed": one[0] === "things" ? String(!!state.things) : i > 6 ? null : String(state.tool === one[0]), disabled: !work || (i > 6 && one[0] !== "things" && !shape(work).share),
  }, icon(one[3])) : h("hr"));
}

function readingsView(work) {
  const { readings, chosen } = work.now;
  if (readings.length < 2) return [];
  const frame = frameOf(readings, work), names = readingNames(readings);
  return [
    h("div.lk-row.lk-sp.lk-11.lk-2c", { style: "padding:0 2px 6px" }, h("span", {}, `${["", "", "Two", "Three"][readings.length]} readings`), h("kbd", {}, "Tab")),
    h("div.lk-row", { style: "gap:6px" }, readings.map((reading, i) =>
      h("button.lk-cand", { type: "button", do: "reading", "data-reading": i, class: i === chosen ? "on" : "", "aria-pressed": String(i === chosen), "aria-label": `${names[i]}, score ${reading.score.toFixed(2)}` },
        readingView(reading, frame), h("span", {}, names[i]), h("b", {}, reading.score.toFixed(2).replace(/^0/, ""))))),
  ];
}

function hintView(state, work, spoken) {
  const key = (k, words) => h("span", {}, [].concat(k).map(one => [h("kbd", {}, one), " "]), words);
  const painting = ["brush", "erase"].includes(state.tool), undo = key(["Ctrl", "Z"], "undo");
  return h("div.lk-hint", {},
    state.things ? [key("Click", "in or out"), key("↵", "accept"), key("Esc", "close")]
      : painting ? [key("Drag", "paint"), key(["[", "]"], "size"), key("Alt", "the other way"), key("Space", "pan")]
      : state.tool === "lasso" ? [key("Drag", "round what to add"), key("Alt", "take it away"), key("Space", "pan"), undo]
      : state.tool === "frame" ? [key("Drag", "box"), key("Esc", "back to points"), undo]
      : [state.tool === "remove" ? key("Click", "remove") : [key("Click", "add"), key("Alt", "click remove")], key("Drag", "box"), key(["B", "E"], "brush, erase"), undo],
    painting && h("label.lk-row", {}, h("span.lk-vh", {}, "Brush size"), h("input", { type: "range", min: 0.5, max: 30, step: 0.5, value: state.brush * 100, do: "brushsize", style: `width:96px;--v:${(state.brush * 100 - 0.5) / 29.5 * 100}%`, "aria-label": "Brush size" })),
    h("span.lk-grow"), h("span.lk-said", { "aria-live": "polite" }, spoken));
}

function filmView(state) {
  const { works, at, subject } = state;
  return [
    h("div", { key: "frames", role: "listbox", "aria-label": "Photos", style: "display:contents" }, works.map((work, i) => {
      const flagged = state.notes.some(note => note.photos.includes(work.id) && !state.away.has(note.key));
      const how = work.busy ? "looking" : progressOf(work), sign = { accepted: ["tick", "ok"], proposed: ["more", "text-3"] }[how];
      return h("div.lk-frame", { key: "f" + work.id, role: "option", tabindex: i === at ? 0 : -1, do: "go", "data-at": i, class: i === at ? "sel" : "", "aria-selected": String(i === at), "aria-label": `Photo ${i + 1}, ${how === "none" ? "no mask" : how === "looking" ? "being looked at" : "mask " + how}${flagged ? ", something to know" : ""}` },
        h("img", { src: work.thumb, width: 72, height: 72, alt: "", draggable: "false" }),
        h("div.cap", {}, h("span", {}, String(i + 1).padStart(2, "0")), work.busy ? h("span.lk-spin") : flagged ? h("span", { style: "color:var(--lk-warn)" }, icon("warn")) : sign ? h("span", { style: `color:var(--lk-${sign[1]})` }, icon(sign[0])) : ""));
    })),
    subject && h("button.lk-addf", { key: "add", type: "button", do: "addphotos", "aria-label": "Add photos", title: "Add photos" }, icon("plus")),
    h("div.lk-grow", { key: "grow" }), noteView(state),
  ];
}

// One thing at a time: what happened, why it matters, and the button that mends it.
function noteView(state) {
  const open = state.notes.filter(note => !state.away.has(note.key)), note = open[0];
  if (!note) return null;
  return h("div.lk-note.lk-advice", { key: "note", class: note.grade, role: "note" }, icon(note.grade === "warn" ? "warn" : "info"),
    h("div", {}, h("b", {}, note.said), " " + note.why,
      h("div.lk-row", { style: "margin-top:6px" },
        note.fix && h("button.lk-btn.s", { type: "button", do: "mend", "data-note": note.key }, note.fix),
        h("button.lk-btn.s.g", { type: "button", do: "leave", "data-note": note.key }, note.fix ? "Leave it" : "All right"),
        open.length > 1 && h("span.lk-11.lk-3c", {}, `1 of ${open.length}`))));
}

// Nothing here yet: the page teaches.
function teachView(state) {
  const samples = state.samples;
  if (state.subject && state.works.length) return [];
  return [
    samples.length > 0 && !state.subject && h("div.lk-teachpics", {}, samples.slice(0, 3).map(one => h("img", { src: one.photos[0], alt: "" }))),
    h("div.lk-20.lk-b", {}, state.subject ? `${state.subject.name} has no photos` : "Show it one thing"),
    h("p.lk-2c", {}, "Three to eight photos, different angles, different places. Sharp beats many."),
    h("button.lk-btn.p", { type: "button", do: state.subject ? "addphotos" : "newsubject" }, icon("upload"), "Choose photos"),
    samples.length > 0 && !state.subject && h("div.lk-samples", {}, h("div.lk-12.lk-2c", {}, "Or begin with one that came with the studio"),
      h("div.lk-row", {}, samples.map(one => h("button.lk-sample", { type: "button", do: "sample", "data-sample": one.name, "aria-label": `${one.name}, ${one.noun}, ${one.photos.length} photos` },
        h("img", { src: one.photos[0], alt: "" }), h("b", {}, one.name), h("span.lk-3c", {}, one.noun))))),
  ];
}
