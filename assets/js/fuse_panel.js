const root = element.querySelector(".lk-fuse");
let open = false;
const now = () => ({ way: "", weights: {}, ...props.value });
const fit = () => props.ways.filter(one => !one.why);
const way = () => props.ways.find(one => one.name === now().way && !one.why) || fit()[0] || null;
const weight = file => now().weights[file.key] ?? 1;

function show() {
  draw(root,
    h("button.lid", { key: "lid", type: "button", do: "fold", "aria-expanded": String(open) }, icon("right", "s"), "Fuse the files", h("span.lk-end.lk-11.lk-3c", {}, open ? "" : standing())),
    open && h("div.in", { key: "in" }, fields(), progress()));
}

// What the closed lid tells: a fusion under way, else what could be fused.
function standing() {
  const it = job();
  if (going()) return it.total ? `step ${it.step} of ${it.total}` : "in the queue";
  return props.files.length > 1 ? many(props.files.length, "file") : "";
}

function fields() {
  if (props.files.length < 2) return teaching();
  return [
    h("ul.files", { key: "files" }, props.files.map(fileView)),
    fit().length ? h("div.ways", { key: "ways" }, wayView()) : h("div.lk-note.warn", { key: "none", role: "note" }, icon("warn"), h("div.lk-grow", {}, props.ways[0]?.why || "These files cannot become one.")),
    h("button.lk-btn.w", { key: "fuse", type: "button", do: "fuse", disabled: !fit().length || going() }, icon("layers", "s"), `Make one file of ${props.files.length}`),
  ];
}

function teaching() {
  const [only] = props.files, both = only && / and /.test(only.name);
  return h("p.lk-12.lk-2c", { key: "teaching" }, both
    ? `${only.name} speak from one file already.`
    : "When two regions have a tuned file each, the two can become one file that knows both subjects.");
}

function fileView(file) {
  const value = weight(file), shown = value.toFixed(2);
  return h("li", { key: file.key },
    h("span.lk-swt", { "data-s": tint(file.number), "aria-hidden": "true" }, label(file.number)),
    file.photo ? h("img", { src: file.photo, alt: "" }) : h("span.lk-nopic", {}, icon("disc", "s")),
    h("div.lk-el.lk-grow", {}, h("div.lk-el", {}, file.name), h("div.lk-11.lk-3c.lk-el", {}, file.detail)),
    h("input", { type: "range", min: 0, max: props.heaviest, step: 0.05, value, do: "weight", "data-file": file.key, style: `--v:${value / props.heaviest * 100}%`, "aria-label": `How much ${file.name} counts`, "aria-valuetext": shown }),
    h("output", {}, shown));
}

function wayView() {
  const it = way();
  return [
    h("div.lk-lab", {}, h("span", {}, "Way"), h("span.lk-11.lk-3c.lk-end", {}, "arXiv " + it.paper)),
    h("select.lk-in", { name: "way", "aria-label": "Way to fuse", title: it.says }, props.ways.map(one => h("option", { value: one.name, selected: one === it || null, disabled: !!one.why, title: one.why || one.says }, one.why ? `${one.title}: not for these` : one.title))),
    h("p.lk-12.lk-2c", { "aria-live": "polite" }, it.says),
    h("p.lk-11.lk-3c", {}, it.seconds ? `About ${seconds(it.seconds)}. ` : "Not done here yet, so its time is not known. ", "The files themselves stay as they are."),
  ];
}

// ---- the last fusion asked for, as the queue knows it
const job = () => props.job && (window.likeness?.jobs || []).find(one => one.id === props.job);
const going = () => ["queued", "running", "paused"].includes(job()?.state);

function progress() {
  const it = job();
  if (!it || it.state === "cancelled") return [];
  const share = it.state === "finished" ? 100 : it.total ? 100 * it.step / it.total : 0;
  const said = { queued: "waits in the queue", running: it.total ? `step ${it.step} of ${it.total}` : "getting ready", paused: "paused", lost: it.message || "interrupted" }[it.state];
  if (it.state === "failed") return h("div.lk-note.err", { key: "job", role: "alert" }, icon("octagon"), h("div.lk-grow", {}, h("b", {}, it.message), " ", it.advice));
  if (it.state !== "finished") return h("div.job", { key: "job", role: "status" }, h("div.lk-row.lk-12", {}, h("span.lk-el.lk-grow", {}, it.title), h("span.lk-3c", {}, said)), h("div.lk-bar", {}, h("i", { style: `width:${share.toFixed(1)}%` })));
  return h("div.job.done", { key: "job", role: "status" }, icon("tick"), h("span.lk-el.lk-grow.lk-12", {}, it.title + (it.spent ? `, ${seconds(it.spent)}` : "")),
    !props.files.some(file => file.key === it.facts.artefact) && h("button.lk-btn.s", { type: "button", do: "use" }, "Use it here"));
}

function put(value) {
  props.value = value;
  show();
}
deeds(element, "click", {
  fold: () => { open = !open; show(); },
  fuse: () => { put({ ...now(), way: way()?.name || "" }); trigger("fuse"); },
  use: () => go(props.page, { artefact: job().facts.artefact }),
});
deeds(element, "input", { weight: target => put({ ...now(), weights: { ...now().weights, [target.dataset.file]: +target.value } }) });
element.addEventListener("change", event => { if (event.target.name === "way") put({ ...now(), way: event.target.value }); });
watch(["value", "files", "ways", "job"], show);
hear(show);
show();
// Whoever advises to fuse leads here.
window.addEventListener("lk:fuse", () => { open = true; show(); root.scrollIntoView({ block: "nearest" }); });
