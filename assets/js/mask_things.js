// All things of a photo, found at once: which is where, how they are drawn, and which of them make the mask.

function thingOf({ runs, w, h: high, share }, size) {
  const cells = fromRuns(runs, { w, h: high }, size);
  return { cells, share, loops: loops(cells, size), picked: false, size };
}

// The thing at a point given as shares of the photo, -1 where there is none.
function thingAt(things, x, y) {
  const at = ({ w, h: high }) => Math.min(high - 1, Math.floor(y * high)) * w + Math.min(w - 1, Math.floor(x * w));
  return x < 0 || y < 0 || x > 1 || y > 1 ? -1 : things.findIndex(thing => thing.cells[at(thing.size)]);
}

function together(things, { w, h: high }) {
  const cells = new Uint8Array(w * high);
  for (const thing of things) if (thing.picked) thing.cells.forEach((cell, i) => { if (cell) cells[i] = 1; });
  return cells;
}

const shade = i => `var(--lk-p${i % 8 + 1})`;

function thingsView(things, over, scale) {
  return things.map((thing, i) => h("path", { key: "t" + i, class: "lk-thing" + (i === over ? " over" : "") + (thing.picked ? " on" : ""), d: pathOf(thing.loops, scale), fill: shade(i), "fill-rule": "evenodd" }));
}

// The same as a list, for keys and for small screens.
function thingsList(things) {
  return [
    h("div.lk-row.lk-sp.lk-11.lk-2c", { style: "padding:0 2px 6px" }, h("span", {}, many(things.length, "thing")), h("kbd", {}, "Esc")),
    h("div.lk-thinglist", {}, things.map((thing, i) => h("button.lk-cand", { type: "button", do: "pick", "data-thing": i, class: thing.picked ? "on" : "", "aria-pressed": String(thing.picked), "aria-label": `Thing ${i + 1}, ${percent(thing.share)} of the photo` },
      h("svg", { viewBox: `0 0 ${thing.size.w} ${thing.size.h}`, "aria-hidden": "true" }, h("path", { d: pathOf(thing.loops, 1), fill: shade(i), "fill-rule": "evenodd" })),
      h("span", {}, String(i + 1)), h("b", {}, percent(thing.share))))),
  ];
}
