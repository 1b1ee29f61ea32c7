const root = element.querySelector(".lk-recipes");
const sheets = JSON.parse(props.sheets);
const LEARNS = ["words", "attention", "network"];
const state = () => props.value && props.value.chosen ? props.value : { current: null, chosen: [] };

const squares = which => h("span.lk-glyph", { role: "img", "aria-label": "learns " + (LEARNS.filter((_, i) => which[i]).join(" and ") || "nothing") },
  which.map(on => h("i", { class: on ? "f" : "" })));

function row(sheet) {
  const why = props.off[sheet.name], { current, chosen } = state(), on = chosen.includes(sheet.name);
  if (why) return h("div.lk-rec.off", { class: sheet.name === current ? "cur" : "", role: "option", tabindex: sheet.name === current ? "0" : "-1", "aria-selected": "false", "aria-disabled": "true",
    "aria-current": sheet.name === current ? "true" : null, key: sheet.name, do: "open", "data-name": sheet.name, title: why },
    h("span.lk-box"), h("span.nm.lk-el", {}, sheet.title), h("span.why", {}, why));
  const time = props.times[sheet.name];
  return h("div.lk-rec", { class: sheet.name === current ? "cur" : "", key: sheet.name, role: "option", tabindex: sheet.name === (current || sheets[0].name) ? "0" : "-1",
    "aria-selected": String(on), "aria-current": sheet.name === current ? "true" : null, do: "open", "data-name": sheet.name, title: sheet.learns },
    h("span.lk-box", { class: on ? "on" : "", do: "tick", "data-name": sheet.name }, icon("tick")),
    h("span.nm.lk-el", {}, sheet.title), squares(sheet.learns_in),
    h("span.t", {}, time?.seconds ? (time.guess ? "≈ " : "") + seconds(time.seconds, true) : ""), h("span.z", {}, time?.bytes ? bytes(time.bytes) : ""));
}

function show() {
  const families = [...new Set(sheets.map(sheet => sheet.family))];
  draw(root, h("div.lk-head", {}, h("h2", {}, "Recipes ", h("span.n", {}, String(sheets.length))), h("span.lk-grow"), h("span.lk-tag", {}, state().chosen.length + " chosen")),
    h("div.cols", {}, h("span"), h("span", {}, "method"), h("span", {}, "learns"), h("span", {}, "time here"), h("span", {}, "file")),
    h("div.lk-scroll", { role: "listbox", "aria-label": "Recipes", "aria-multiselectable": String(props.many) }, families.map(family => {
      const list = sheets.filter(sheet => sheet.family === family);
      return [h("div.lk-fam", { key: "f-" + family, role: "presentation" }, h("b", {}, family[0].toUpperCase() + family.slice(1)), h("span", {}, String(list.length))), list.map(row)];
    })),
    h("div.leg", {}, h("span", {}, "learns"), LEARNS.map((word, at) => h("span", {}, squares(LEARNS.map((_, i) => i === at)), word))));
}

function set(change) {
  props.value = { ...state(), ...change };
  show();
}

function tick(name) {
  const { chosen, current } = state();
  if (!props.many) return set({ current: name, chosen: [name] });
  const next = chosen.includes(name) ? chosen.filter(other => other !== name) : sheets.map(s => s.name).filter(n => n === name || chosen.includes(n));
  set({ chosen: next, current: next.includes(name) ? name : current });
}

let asked = null;  // what was opened although it cannot run, to read why

function open(name) {
  const { chosen } = state();
  asked = name;
  set({ current: name, chosen: props.off[name] || (chosen.length && props.many) ? chosen : [name] });
}

deeds(element, "click", { open: t => open(t.dataset.name), tick: t => tick(t.dataset.name) });
element.addEventListener("keydown", event => {
  const at = event.target.closest(".lk-rec");
  if (!at) return;
  const rows = [...root.querySelectorAll(".lk-rec")], to = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (to) {
    const next = rows[rows.indexOf(at) + to];
    if (next) { asked = next.dataset.name; set({ current: asked }); root.querySelector(`.lk-rec[data-name="${next.dataset.name}"]`).focus(); }
  } else if (event.key === " ") props.off[at.dataset.name] || tick(at.dataset.name);
  else if (event.key === "Enter") open(at.dataset.name);
  else return;
  event.preventDefault();
});
// What cannot run keeps no tick, and something that can is on screen, unless the other was asked for.
function settle() {
  const { chosen, current } = state(), able = chosen.filter(name => !props.off[name]);
  const next = current && (!props.off[current] || current === asked) ? current : able[0] || sheets.find(one => !props.off[one.name])?.name || null;
  if (able.length !== chosen.length || next !== current) set({ chosen: able.length ? able : [next].filter(Boolean), current: next });
  else show();
}
taken("Tune", hand => hand.recipe && setTimeout(() => set({ current: hand.recipe, chosen: [hand.recipe] })), true);   // once the form has its knobs
watch(["value", "times", "off"], settle);
settle();
opening();
