const root = element.querySelector(".lk-made");
let sheet = null, dropped = null, asked = null, coming = null;

function load(id) {
  asked = id;
  dropped = null;
  return coming = (id ? ask(server.thing_about, { id }) : Promise.resolve(null)).then(answer => {
    if (asked !== id) return coming;
    sheet = answer?.sheet || null;
    show();
  });
}

// What is asked for is done to the thing that was chosen last, also when its sheet is still on its way.
const act = async (deed, words) => {
  const id = asked;
  if (typeof deed === "function") {                 // it depends on what the sheet says
    await coming;
    if (sheet?.id !== id) return;
    deed = deed();
  }
  const done = id && await ask(server.thing_do, { do: deed, id, words: words || "" });
  if (!done) return;
  if (["again", "vary"].includes(deed)) nudge();
  else { window.dispatchEvent(new Event("lk:library")); if (asked === id) load(id); }
  if (done.lacks) toast("warn", "Not all of it can be made again.", done.lacks);
  else if (deed === "again") toast("ok", "It is being made again", "Same seed, same words: it should look the same.");
  else if (deed === "vary") toast("ok", "A variation is being made", "Same words, another seed.");
  if (deed === "bin") toast("ok", "Put in the bin", "It stays there for 30 days.", { label: "Take it back", run: async () => { if (await ask(server.thing_do, { do: "restore", id, words: "" })) { window.dispatchEvent(new Event("lk:library")); if (asked === id) load(id); } } });
};

const small = (deed, label, sign, on) => h("button.lk-ib", { class: on ? "on" : "", do: deed, "aria-label": label, title: label, "aria-pressed": on === undefined ? null : String(on) }, icon(sign));

function show() {
  if (dropped) return drawDropped();
  if (!sheet) return draw(root, h("div.lk-head", {}, h("h2", {}, "How it was made")), h("div.none", {}, icon("info", "l"), h("p.lk-2c", {}, "Choose a picture to see how it was made. Every picture keeps its words, seed, files and layout inside.")));
  draw(root, h("div.lk-head", {}, h("h2", {}, "How it was made"), h("span.lk-grow"),
    small("star", sheet.starred ? "Take the star away" : "Star", "star", sheet.starred),
    sheet.image && small("copy", "Copy picture", "copy"), sheet.file && h("a.lk-ib", { href: sheet.file, download: sheet.title.slice(0, 60) || "picture", "aria-label": "Save the file", title: "Save the file" }, icon("save")),
    sheet.binned ? small("restore", "Take it back", "undo") : small("bin", "Put in the bin", "bin")),
    h("div.lk-scroll", {}, sheet.image ? h("div.big", {}, h("img", { src: sheet.image, alt: sheet.title, class: "px" })) : sheet.what === "picture" && h("div.big", {}, h("div.none", {}, icon("picture", "l"), h("p.lk-2c", {}, "This picture cannot be shown: its file is missing or damaged. What made it is known, so it can be made again."))),
      h("section.lk-sec", {}, sheet.what === "artefact" && h("label.name", {}, h("span.lk-lab", {}, "Name"), h("input.lk-in.s", { do: "title", value: sheet.title, maxlength: 200 })), h("p.words", {}, sheet.prompt || sheet.title), sheet.negative && h("p.lk-12.lk-3c", {}, "not: " + sheet.negative),
        sheet.scores.length > 0 && h("div.lk-row.scores", {}, sheet.scores.map(([name, value], at) => h("span.lk-tag", {}, `${name} ${value.toFixed(name === "prompt" ? 3 : 2)}`)))),
      sheet.regions.length > 0 && h("section.lk-sec", {}, h("header", {}, h("h3", {}, "Regions")), h("p.lk-12.lk-3c.way", {}, sheet.way), h("ol.said", {}, sheet.regions.map(([words, away], i) =>
        h("li", {}, h("span.lk-swt", { "data-s": i % 8 + 1, "aria-hidden": "true" }, i + 1), h("div.lk-grow", {}, words || "no words", away && h("div.lk-11.lk-3c", {}, "not: " + away)))))),
      sheet.lineage.length > 0 && h("section.lk-sec", {}, h("header", {}, h("h3", {}, sheet.what === "picture" ? "From photo to picture" : "Where it comes from"),
        h("span.lk-end", {}, sheet.complete ? h("span.lk-tag.ok", {}, icon("tick"), "every file found") : h("span.lk-tag.warn", {}, icon("warn"), "a file is missing"))),
        h("ol.lin", {}, sheet.lineage.map(step => h("li", {}, h("span.dot", {}, icon(step.sign)),
          h("div.lk-grow", {}, h("b", {}, step.title), h("div.lk-11.lk-3c", {}, step.words), step.images.length > 0 && h("div.lk-row.minis", {}, step.images.map(src => h("img.lk-pic", { src, width: 30, height: 30, alt: "", loading: "lazy" })))),
          h("span.lk-m.lk-3c", {}, step.hash))))),
      sheet.facts.length > 0 && h("section.lk-sec", {}, h("dl.kv", {}, sheet.facts.map(([name, words]) => h("div", {}, h("dt", {}, name), h("dd.lk-el", { title: words }, words)))))),
    foot());
}

function foot() {
  const main = (deed, words, sign, key) => h("button.lk-btn.p.w", { do: deed }, icon(sign), words, key && h("kbd", {}, key));
  if (sheet.what === "artefact") return h("div.lk-foot", {}, main("compose", "Put it somewhere", "go"), h("button.lk-btn", { do: "wall" }, icon("wall"), "Compare"));
  if (sheet.what === "wall") return h("div.lk-foot", {}, main("wall", "See the wall", "wall"));
  return h("div.lk-foot", {}, main("again", "Make it again", "again", "A"), h("button.lk-btn", { do: "compose" }, "Use settings ", h("kbd", {}, "R")), h("button.lk-ib.m", { do: "vary", "aria-label": "Another seed, V", title: "Another seed, V" }, icon("dice")));
}

root.addEventListener("error", event => {
  if (!sheet || dropped || window.likeness?.away || !event.target.matches(".big img")) return;
  Object.assign(sheet, { image: "", complete: false });
  show();
}, true);

const SOURCES = { likeness: "this studio", a1111: "AUTOMATIC1111 or Forge", swarmui: "SwarmUI", invokeai: "InvokeAI", comfyui: "ComfyUI" };
function drawDropped() {
  const facts = [["Seed", dropped.seed], ["Steps", dropped.steps], ["CFG", dropped.scale], ["Sampler", dropped.sampler], ["Size", dropped.width && `${dropped.width} × ${dropped.height}`], ["Base", dropped.base]].filter(pair => pair[1] || pair[1] === 0);
  draw(root, h("div.lk-head", {}, h("h2.lk-el", {}, dropped.name), h("span.lk-grow"), small("undrop", "Close", "close")),
    h("div.lk-scroll", {}, h("div.big", {}, h("img", { src: dropped.preview, alt: dropped.name })),
      h("section.lk-sec", {}, h("p.lk-12.lk-3c", {}, "Settings found in the file, written by " + SOURCES[dropped.source] + "."), h("p.words", {}, dropped.prompt), dropped.negative && h("p.lk-12.lk-3c", {}, "not: " + dropped.negative)),
      h("section.lk-sec", {}, h("dl.kv", {}, facts.map(([name, words]) => h("div", {}, h("dt", {}, name), h("dd", {}, String(words))))),
        dropped.source !== "likeness" && h("div.lk-note", { style: "margin-top:10px" }, icon("info"), h("div", {}, "Words, seed and numbers carry over. The picture itself will differ: models and samplers do.")))),
    h("div.lk-foot", {}, h("button.lk-btn.p.w", { do: "restore_settings" }, icon("go"), "Use these settings")));
}

function sceneOf(found) {
  return found.scene || { prompt: found.prompt, negative: found.negative, seed: found.seed ?? 0, steps: found.steps ?? 25, scale: found.scale ?? 5, width: found.width ?? 0, height: found.height ?? 0, regions: [], artefacts: [] };
}

const deed = {
  star: () => act(() => sheet.starred ? "unstar" : "star"), bin: () => act("bin"), restore: () => act("restore"), again: () => act("again"), vary: () => act("vary"),
  compose: async () => { await coming; if (sheet) go("Compose", sheet.hand); }, wall: async () => { await coming; if (sheet) go("Compare", sheet.hand); }, undrop: () => { dropped = null; show(); },
  restore_settings: () => go("Compose", { scene: sceneOf(dropped), base: dropped.scene ? dropped.base : "" }),
  copy: async () => {
    const blob = await (await fetch(sheet.image)).blob();
    await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]).then(() => toast("ok", "The picture is copied"), () => toast("err", "The browser does not allow copying here", "Save the file instead."));
  },
};
deeds(element, "click", deed);
deeds(element, "change", { title: target => act("rename", target.value) });
const KEYS = { a: "again", r: "compose", v: "vary", "*": "star", Delete: "bin" };
document.addEventListener("keydown", event => {
  if (!root.offsetParent || typing(event) || !sheet || dropped || document.querySelector(".drawer, dialog[open], .lk-first-open")) return;
  if (sheet.what !== "picture" && ["a", "v"].includes(event.key)) return;
  if (event.key === "s" && sheet.hand.scene) { navigator.clipboard?.writeText(String(sheet.hand.scene.seed)); toast("ok", "The seed is copied", String(sheet.hand.scene.seed)); }
  if (event.key === "p" && sheet.prompt) { navigator.clipboard?.writeText(sheet.prompt); toast("ok", "The words are copied"); }
  if (KEYS[event.key]) deed[KEYS[event.key]]();
});
window.addEventListener("lk:dropped", event => { dropped = event.detail; show(); });
watch("value", () => { if ((props.value || null) !== asked) load(props.value || null); });
window.addEventListener("lk:picked", event => load(event.detail));
show();
if (props.value || window.likeness?.picked) load(props.value || window.likeness.picked);
