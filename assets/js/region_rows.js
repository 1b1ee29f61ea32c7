// The list that mirrors the region canvas: a card for every region; everything the canvas does can be done here.

function swatch(number) {
  const marks = label(number);
  return h("span.lk-swt", { "data-s": tint(number), style: marks.length > 1 ? "font-size:10px" : null, "aria-hidden": "true" }, marks);
}

// The picture, the name and the second line of whoever lives in a region.
function whoIs(region, subjects) {
  if (!region.subject) return { name: "Anything", detail: "words only", photo: null };
  return subjects.find(s => s.key === region.subject) || { name: "Not here any more", detail: "choose another", photo: null, gone: true };
}

// What the number tab says: the subject, else the first words.
function nameIn(region, subjects) {
  const who = whoIs(region, subjects);
  const words = region.subject && !who.gone ? who.name : region.prompt.trim().split(/\s+/).slice(0, 2).join(" ");
  return words.length > 16 ? words.slice(0, 15) + "…" : words;
}

const silentTrigger = (region, who) => !!who.trigger && !region.prompt.includes(who.trigger);

function ruler(what, caption, value, shown, low, high, step, why) {
  const at = (value - low) / (high - low) * 100;
  return h("div.st", { key: what }, h("span", {}, caption),
    h("input", { type: "range", min: low, max: high, step, value, style: `--v:${at}%`, do: what, "aria-label": caption, "aria-valuetext": shown }),
    h("output", {}, shown), why && h("span.why.lk-11.lk-3c", {}, why));
}

function finer(r, unused) {
  const share = v => Math.round(v * 100) + " %";
  return h("div.lk-finer", { key: "finer" },
    h("label", {}, h("span.lk-lab", {}, "Not in here"),
      h("textarea.lk-in.s", { rows: 1, do: "negative", placeholder: "words to keep out" }, r.negative), unused.negative && h("span.lk-11.lk-3c", {}, unused.negative)),
    ruler("feather", "Soft edge", r.feather, share(r.feather), 0, 0.2, 0.01, unused.feather),
    ruler("start", "From", r.start, share(r.start), 0, 1, 0.05),
    ruler("stop", "Until", r.stop, share(r.stop), 0, 1, 0.05),
    h("div.lk-row.lk-verbs", {},
      [["lock", r.locked ? "Unlock  K" : "Lock  K", "lock"], ["duplicate", "Duplicate  Ctrl D", "copy"], ["farther", "Earlier, farther back  Alt [", "up"],
        ["nearer", "Later, nearer  Alt ]", "down"], ["remove", "Remove  Del", "bin"]].map(([deed, words, sign]) =>
        h("button.lk-ib", { type: "button", do: deed, class: deed === "lock" && r.locked ? "on" : "", "aria-label": words.split("  ")[0],
          "aria-pressed": deed === "lock" ? String(r.locked) : null, title: words }, icon(sign)))));
}

function cardView(r, at, count, state) {
  const who = whoIs(r, state.subjects), current = r.id === state.selected, open = state.open.has(r.id);
  const title = `Region ${label(r.number)}`;
  return h("article.lk-rg", { key: r.id, class: (current ? "cur" : "") + (r.hidden ? " lk-off" : ""), "data-s": tint(r.number), "data-region": r.id,
    "aria-label": `Region ${at + 1} of ${count}, ${nameIn(r, state.subjects) || "no words yet"}` },
    h("div.hd", {},
      h("span.lk-hold", { draggable: "true", title: "Drag to reorder", do: "hold" }, icon("grip", "s")), swatch(r.number),
      who.photo ? h("img", { src: who.photo, alt: "" }) : h("span.lk-nopic", {}, icon(who.gone ? "warn" : "more", "s")),
      h("div.lk-grow.lk-who", {},
        h("div.nm.lk-row", {}, h("span.lk-el", {}, who.name), icon("down", "s")),
        h("div.lk-11.lk-3c.lk-el", {}, who.detail),
        h("select", { do: "subject", "aria-label": `Who is in region ${label(r.number)}` },
          h("option", { value: "" }, "Anything, words only"), state.subjects.map(s => h("option", { value: s.key }, s.detail ? `${s.name}, ${s.detail}` : s.name)),
          state.untaught.map(s => h("option", { disabled: true }, `${s.name}, ${s.learning ? "still learning" : "not taught yet"}`)))),
      r.locked && h("button.lk-ib", { type: "button", do: "lock", "aria-label": "Unlock", title: "Unlock  K" }, icon("lock")),
      h("button.lk-ib", { type: "button", do: "hide", "aria-label": r.hidden ? "Show" : "Hide", "aria-pressed": String(r.hidden),
        title: r.hidden ? "Show: it takes part again  O" : "Hide: it takes no part in the picture  O" }, icon(r.hidden ? "hidden" : "eye")),
      h("button.lk-ib", { type: "button", do: "open", "aria-label": `More for region ${label(r.number)}`, "aria-expanded": String(open), title: "More: keep out, soft edge, lock, order" }, icon("more"))),
    h("textarea.lk-in.s", { rows: 1, do: "prompt", "aria-label": "Words for " + title.toLowerCase(), placeholder: wide(r) ? "as the whole picture says" : "what is here" }, r.prompt),
    notesView(r, who, state),
    ruler("strength", "Strength", r.strength, r.strength.toFixed(2), 0, 1, 0.05, state.unused.strength),
    open && finer(r, state.unused));
}

function templateView(template) {
  return h("button.lk-tpl", { type: "button", do: "template", "data-name": template.name },
    h("svg", { viewBox: "0 0 36 36", width: 36, height: 36, "aria-hidden": "true" }, h("rect", { class: "pg", width: 36, height: 36, rx: 2 }),
      template.boxes.map(([x, y, w, hh], i) => h("rect", { x: x * 36, y: y * 36, width: w * 36, height: hh * 36, fill: "none", "stroke-width": 1.5, stroke: `var(--lk-s${i + 1})` }))),
    h("span", {}, template.name));
}

// Who cannot be chosen yet, while nobody else can, or while somebody learns; and what leads there.
function untaughtView({ subjects, untaught }) {
  const learning = untaught.filter(s => s.learning).map(s => s.name);
  if (learning.length) return noteView({ tone: "", words: `${learning.join(" and ")} ${learning.length > 1 ? "are" : "is"} still learning. When that is done, ${learning.length > 1 ? "they" : "it"} can be chosen for a region.`, deed: "tune", button: "See it" }, "untaught");
  if (subjects.length) return null;
  return noteView({ tone: "", words: untaught.length ? "No subject is taught yet, so regions go by words only." : "There is no subject yet, so regions go by words only.", deed: untaught.length ? "tune" : "subjects", button: untaught.length ? "Teach one" : "Add one" }, "untaught");
}

// The head: how many, layouts, save, add.
function rowsView(state) {
  const { regions } = state.layout;
  return [
    h("header", { key: "head" }, h("h3", {}, "Regions ", h("span.lk-3c", {}, regions.length || "")),
      h("span.lk-end.lk-row", {},
        h("button.lk-btn.s.g", { type: "button", do: "layouts", "aria-label": "Layouts", "aria-expanded": String(state.layouts), "aria-haspopup": "true" }, icon("folder", "s"), h("span.lk-wide", {}, "Layouts")),
        h("button.lk-ib", { type: "button", do: "save", "aria-label": "Save layout", title: "Save layout as a file", disabled: !regions.length }, icon("file")),
        h("button.lk-btn.s", { type: "button", do: "add" }, icon("plus", "s"), "Add"))),
    state.layouts && h("div.lk-tpls.lk-float", { key: "layouts" }, state.templates.map(templateView),
      h("button.lk-btn.s.w", { type: "button", do: "file", title: "Ours, or one of Mix-of-Show, SwarmUI or Regional Prompter" }, icon("upload", "s"), "Open a layout file"),
      regions.length > 0 && h("div.lk-saves", {}, h("span.lk-11.lk-3c", {}, "Save for"),
        state.notations.map(({ kind, title }) => h("button.lk-btn.s.g", { type: "button", do: "save", "data-kind": kind }, title)))),
    untaughtView(state),
    lost(state).map(r => h("div", { key: "lost-" + r.id, "data-region": r.id }, noteView(
      { tone: "since", words: `“${nameIn(r, state.subjects)}” is off the canvas, but still in the picture.`, deed: "anew", button: "Redo only this" }, "note"))),
    regions.map((r, i) => cardView(r, i, regions.length, state)),
    regions.length > 8 && h("p.lk-12.lk-2c", { key: "many" }, "More than eight: colours start again, with a letter behind the number. Small regions lose their likeness first."),
    !regions.length && h("p.lk-12.lk-2c", { key: "none" }, "Drag a box on the canvas, or start from a layout. Without regions, the words above speak for the whole picture."),
  ].flat().filter(Boolean);
}
