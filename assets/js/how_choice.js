const root = element.querySelector(".lk-how");
const sheets = JSON.parse(props.sheets);
const now = () => props.value?.how ? props.value : { how: sheets[0].name, knobs: {} };
const sheet = () => sheets.find(one => one.name === now().how) || sheets[0];
const knob = name => sheet().knobs.find(one => one.name === name);
const worth = one => one.name in now().knobs ? now().knobs[one.name] : one.value;
const kept = {};

function cost(one) {
  if (one.cost < 1.25) return "About as quick as a plain picture.";
  return `With two regions about ${figure(one.cost)} times as long as a plain picture.`;
}

function show() {
  const it = sheet();
  draw(root,
    h("div.lk-lab", {}, h("span", {}, "Way"), it.paper && h("span.lk-11.lk-3c.lk-end", {}, "arXiv " + it.paper)),
    h("select.lk-in", { name: "how", "aria-label": "Way", title: it.says },
      sheets.map(one => h("option", { value: one.name, selected: one.name === it.name || null }, one.title))),
    h("p.lk-says.lk-12.lk-2c", { "aria-live": "polite" }, it.says),
    h("p.lk-11.lk-3c", {}, cost(it)),
    costCurve(sheets, it),
    !!it.knobs.length && h("div.lk-knobs", { key: "knobs-" + it.name }, it.knobs.map(one => knobView(one, worth(one), ""))));
}

function put(value) {
  props.value = value;
  show();
  trigger("input");
}
function turn(name, value) {
  const knobs = { ...now().knobs };
  if (value === knob(name).value) delete knobs[name]; else knobs[name] = value;
  put({ how: now().how, knobs });
}

deeds(element, "click", {
  usual: t => turn(t.dataset.knob, knob(t.dataset.knob).value),
  switch: t => turn(t.dataset.knob, !worth(knob(t.dataset.knob))),
  choose: t => turn(t.dataset.knob, t.dataset.choice),
  label: (t, event) => { event.preventDefault(); tell(t.dataset.knob); show(); },   // its click would press the button in it
});
element.addEventListener("input", event => {
  const one = event.target.dataset.knob && knob(event.target.dataset.knob);
  if (one && event.target.type === "range") turn(one.name, atNotch(one, +event.target.value));
});
element.addEventListener("change", event => {
  if (event.target.name === "how") {
    kept[now().how] = now().knobs;
    return put({ how: event.target.value, knobs: kept[event.target.value] || {} });
  }
  const one = event.target.dataset.knob && knob(event.target.dataset.knob);
  if (!one || event.target.type === "range") return;
  const value = one.kind === "choice" ? event.target.value : read(one, event.target.value);
  turn(one.name, value === undefined ? event.target.value : value);
});
element.addEventListener("dblclick", event => {
  const name = event.target.closest("[data-knob]")?.dataset.knob;
  if (name && !event.target.matches("button")) turn(name, knob(name).value);
});
element.addEventListener("keydown", event => { if (event.key === "Enter" && event.target.matches("[data-knob]")) event.target.blur(); });
watch(["value"], show);
show();
