// Beside the photo: the mask as the loss sees it, its edge, the photo's caption, and who the subject is.

const SIGNS = { none: ["not found yet", "", ""], proposed: ["proposed", "more", ""], accepted: ["accepted", "tick", "ok"] };
const KINDS = [["object", "Thing"], ["person", "Person"], ["style", "Style"]];
const BACKGROUND = 0.1;   // what the surroundings weigh where a recipe does not say otherwise

function railView(state, work) {
  const { subject } = state;
  if (!subject || !work) return [];
  const [words, sign, kind] = SIGNS[progressOf(work)], whole = subject.kind === "style";   // no mask then
  return [
    h("div.lk-head", { key: "head" }, h("h2", {}, whole ? "Style" : "Mask"), h("span.lk-grow"), !whole && h("span.lk-tag", { class: kind }, sign && icon(sign), words)),
    h("div.lk-scroll", { key: "body" },
      whole ? wholeSection() : lossSection(state, work),
      !whole && h("section.lk-sec", { key: "edge" }, h("header", {}, h("h3", {}, "Edge")),
        slider("Grow or shrink", "grow", work.now.grow, -mostGrown(work), mostGrown(work), v => (v > 0 ? "+" : v < 0 ? "−" : "") + Math.abs(v) + " px", "Shrink: the comma key. Grow: the full stop key."),
        slider("Feather", "feather", work.now.feather, 0, 16, v => v + " px"),
        finder(state)),
      h("section.lk-sec", { key: "photo" }, h("header", {}, h("h3", {}, "This photo"), h("span.lk-end"),
        h("button.lk-ib", { type: "button", do: "discard", "aria-label": "Remove this photo", title: "Remove this photo" }, icon("bin"))),
        h("label.lk-fld", {}, h("span.lk-lab", {}, h("span", {}, "Caption"), work.written && h("span.lk-3c", {}, "written for you")),
          h("textarea.lk-in", { rows: 2, do: "caption", key: "caption-" + work.id, maxlength: 1000 }, work.caption))),
      h("section.lk-sec", { key: "who" }, h("header", {}, h("h3", {}, "Subject")),
        field(subject, "name", "Name"), kindChoice(subject),
        h("div.lk-twocol", {}, field(subject, "noun", "Class noun"), field(subject, "trigger", "Trigger"))),
      filesSection(state)),
    h("div.lk-foot", { key: "foot" },
      !whole && h("button.lk-btn.p.w", { type: "button", do: "accept", disabled: !shape(work).share }, work.now.accepted ? [icon("tick"), "Accepted"] : "Accept mask", !work.now.accepted && h("kbd", {}, "↵")),
      h("button.lk-btn", { type: "button", do: "next" }, "Next ", h("kbd", {}, "N"))),
  ];
}

function field(subject, name, words) {
  return h("label.lk-fld", {}, h("span.lk-lab", {}, h("span", {}, words)),
    h("input.lk-in", { type: "text", do: "subject", "data-field": name, key: `${name}-${subject.id}`, value: subject[name], maxlength: 80, autocomplete: "off" }));
}

// What the photos show: some recipes teach styles only, some people only.
function kindChoice(subject) {
  return h("div.lk-fld", {}, h("span.lk-lab", {}, h("span", {}, "It is a")),
    h("div.lk-seg.w", { role: "group", "aria-label": "What the photos show" }, KINDS.map(([kind, words]) =>
      h("button", { type: "button", do: "kind", "data-kind": kind, "aria-pressed": String(kind === subject.kind) }, words))));
}

function wholeSection() {
  return h("section.lk-sec", { key: "loss" }, h("header", {}, h("h3", {}, "What is learnt")),
    h("div.lk-note", { role: "note" }, icon("info"), h("div", {}, h("b", {}, "A style is the whole picture."), " No mask is used. Show the style on several different things.")));
}

// In and out: photos with their captions and masks, in the ways other trainers keep them.
function filesSection(state) {
  return h("section.lk-sec", { key: "files" }, h("header", {}, h("h3", {}, "Files")),
    h("label.lk-fld", {}, h("span.lk-lab", {}, h("span", {}, "Photos, captions and masks for")),
      h("select.lk-in.s", { do: "dialect" }, Object.entries(state.dialects).map(([id, words]) => h("option", { value: id, selected: id === state.dialect }, words)))),
    h("div.lk-row", { style: "margin-top:8px" },
      h("button.lk-btn.s", { type: "button", do: "pack" }, icon("save", "s"), "Save folder"),
      h("button.lk-btn.s.g", { type: "button", do: "addfolder", title: "Photos of a folder; captions and masks beside them come along" }, icon("folder", "s"), "Add a folder")));
}

// Who finds the outline. What is not here can be fetched, and says so.
function finder(state) {
  return h("label.lk-finder", {}, h("span.lk-12.lk-2c", {}, "Found by"),
    h("select.lk-in.s", { do: "finder" }, state.segmenters.map(one =>
      h("option", { value: one.id, selected: one.id === state.segmenter, disabled: !one.here }, one.here ? one.name : `${one.name} (see Models)`))),
    h("span.lk-11.lk-3c", {}, state.segmenters.find(one => one.id === state.segmenter)?.words || ""));
}

function slider(words, name, value, low, high, say, keys) {
  return h("div.lk-slider.i", { title: keys }, h("label", {}, words),
    h("input", { type: "range", "aria-label": words, min: low, max: high, step: 1, value, do: "edge", "data-edge": name, style: `--v:${(value - low) / (high - low) * 100}%` }),
    h("output", {}, say(value)));
}

// How far a mask can be grown, in pixels of its photo: a third of a cell of the coarsest grid, at least.
const mostGrown = work => Math.max(24, Math.ceil(Math.max(work.width, work.height) / 32));

// What counts fully: the mask, or everything where there is none.
const counting = work => shape(work).share ? shape(work).cells : new Uint8Array(work.size.w * work.size.h).fill(1);

function lossSection(state, work) {
  const base = state.bases[state.base], { across, down, full } = latent(counting(work), work.size, base.cells, BACKGROUND);
  return h("section.lk-sec", { key: "loss" }, h("header", {}, h("h3", {}, "As the loss sees it")),
    h("div.lk-twocol", {},
      h("figure", {}, h("canvas.lk-px", { "data-loss": "weight", role: "img", "aria-label": `Weights on a grid of ${across} by ${down}: white counts fully, dark counts one tenth` }),
        h("figcaption", {}, h("b", {}, "weight"), ` ${across} × ${down}`)),
      h("figure", {}, h("canvas.lk-px", { "data-loss": "learnt", role: "img", "aria-label": `The photo at ${across} by ${down} with the background dimmed` }),
        h("figcaption", {}, h("b", {}, "what is learnt")))),
    h("div.lk-lossscale", {}, h("span", {}, BACKGROUND.toFixed(1)), h("i"), h("span", {}, "1.0"), h("span.lk-grow"), h("span", {}, `${percent(full)} counts fully`)),
    h("div.lk-seg.w", { role: "group", "aria-label": "Base", style: "margin-top:10px" }, state.bases.map((one, i) =>
      h("button", { type: "button", do: "base", "data-base": i, "aria-pressed": String(i === state.base), title: `${one.name}: a grid of ${one.cells} by ${one.cells}` }, `${one.name} ${one.cells}²`))),
    lossNote(state, work));
}

function lossNote(state, work) {
  const { share, cells } = shape(work), base = state.bases[state.base];
  const say = (kind, sign, bold, words, ...buttons) => h("div.lk-note", { class: kind, role: "note", style: "margin-top:8px" }, icon(sign),
    h("div", {}, h("b", {}, bold), words && " " + words, buttons.length > 0 && h("div.lk-row", { style: "margin-top:6px" }, buttons)));
  if (!share) return say("", "info", "No mask yet.", "Without one the whole photo counts.");
  if (share > EVERYTHING) return say("err", "octagon", "It covers everything.", "Remove a point in the background, or drag a box.");
  if (share < 0.05) return say("warn", "warn", `It fills ${percent(share)} of the picture,`, "so little of it is learnt.",
    h("button.lk-btn.s", { type: "button", do: "crop" }, "Crop closer"));
  const { lost } = latent(cells, work.size, base.cells, BACKGROUND);
  const by = Math.max(1, Math.ceil(0.35 * Math.max(work.width, work.height) / base.cells));
  if (lost > 0.15) return say("warn", "warn", "Thin parts are narrower than a cell.", `${percent(lost)} of the mask counts for less.`,
    h("button.lk-btn.s", { type: "button", do: "growby", "data-by": by }, `Grow by ${by} px`));
  return say("ok", "tick", "Nothing is lost at this size.");
}

const percent = value => (value * 100 < 9.95 ? (value * 100).toFixed(1) : Math.round(value * 100)) + " %";

// Fill the two small canvases, and the large one of the “as learnt” view, once they are on the page.
function paintLoss(root, state, work, photo) {
  const { weights, across, down } = latent(counting(work), work.size, state.bases[state.base].cells, BACKGROUND);
  for (const canvas of root) {
    canvas.width = across; canvas.height = down;
    canvas.style.aspectRatio = `${across} / ${down}`;
    const pen = canvas.getContext("2d", { willReadFrequently: true }), learnt = canvas.dataset.loss === "learnt";
    if (learnt && photo.naturalWidth) { pen.imageSmoothingQuality = "high"; pen.drawImage(photo, 0, 0, across, down); }
    const image = pen.getImageData(0, 0, across, down);
    weights.forEach((weight, i) => {
      for (let c = 0; c < 3; c++) image.data[i * 4 + c] = learnt ? image.data[i * 4 + c] * (weight * 0.9 + 0.1) : 26 + 229 * (weight - BACKGROUND) / (1 - BACKGROUND);
      image.data[i * 4 + 3] = 255;
    });
    pen.putImageData(image, 0, 0);
  }
}
