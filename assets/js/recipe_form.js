const root = element.querySelector(".lk-form");
let large = props.large, sheets = sheetsOn(large);
const now = () => props.value && props.value.recipe ? props.value : { recipe: null, knobs: {}, kept: {} };
const sheet = () => sheets.find(one => one.name === now().recipe);
const knob = name => sheet().knobs.find(one => one.name === name);
const worth = one => one.name in now().knobs ? now().knobs[one.name] : one.value;
const same = (some, other) => Object.keys({ ...some, ...other }).every(name => some[name] === other[name]);
// Why a knob is of no use now, if so: what the subjects lack, or another choice that was made.
function barred(one) {
  const choice = one.when && sheet().knobs.find(other => other.kind === "choice" && other.choices.includes(one.when));
  if (choice) return worth(choice) === one.when ? "" : "with “" + one.when + "”";
  return one.when && props.conditions[one.when] === false ? "when there are " + one.when : "";
}
let own = [], menu = false, open = new Set();

function show() {
  const it = sheet();
  if (!it) { draw(root); return; }
  const changed = it.knobs.filter(one => worth(one) !== one.value);
  const groups = [...new Set(it.knobs.map(one => one.group).filter(Boolean))];
  const view = one => knobView(one, worth(one), barred(one));
  draw(root, h("section.lk-sec", { key: "first" },
    h("header", {}, h("h3", {}, "Knobs"), h("span.lk-end.lk-11.lk-3c.lk-el", {}, changed.length ? "as it comes, except " + changed.map(one => one.label).join(", ") : "as it comes"),
      props.presets && h("button.lk-btn.s.g", { do: "menu", "aria-expanded": String(menu) }, icon("folder", "s"), "Presets")),
    menu && presetMenu(it, changed),
    h("div.lk-knobs", {}, it.knobs.filter(one => !one.group).map(view))),
    groups.map(group => {
      const list = it.knobs.filter(one => one.group === group);
      return h("details.lk-acc", { key: "g-" + group, open: open.has(group) || null, "data-group": group },
        h("summary", {}, icon("right", "s"), group, h("span.v.lk-el", {}, list.map(one => one.kind === "tick" ? one.label.toLowerCase() + (worth(one) ? " on" : " off") : one.label.toLowerCase() + " " + figure(worth(one))).join(" · "))),
        h("div", {}, h("div.lk-knobs", {}, list.map(view))));
    }));
}

function presetMenu(it, changed) {
  return h("div.lk-presets.lk-float", { role: "group", "aria-label": "Presets" },
    h("button.it", { do: "use", "data-preset": "" }, "As it comes", !changed.length && icon("tick", "s")),
    it.offers.map(one => h("button.it", { do: "use", "data-preset": one.name, "data-offer": "", key: "o-" + one.name }, h("span", {}, one.name, h("span.lk-3c", {}, ", " + one.says)),
      same(one.knobs, now().knobs) && icon("tick", "s"))),
    own.map(one => h("div.it2", { key: "p-" + one.name }, h("button.it", { do: "use", "data-preset": one.name }, one.name,
      same(one.knobs, now().knobs) && icon("tick", "s")),
      h("button.lk-ib", { do: "drop", "data-preset": one.name, "aria-label": "Forget " + one.name, title: "Forget" }, icon("bin")))),
    h("form.lk-row.save", { do: "none" }, h("input.lk-in.s", { name: "name", placeholder: "Save these as", maxlength: "60", "aria-label": "Name of the preset" }), h("button.lk-btn.s", { type: "submit" }, "Save")),
    h("div.lk-row.files", {}, h("button.lk-btn.s.g", { do: "export" }, icon("export", "s"), "Save as a file"),
      h("label.lk-btn.s.g", {}, icon("folder", "s"), "Open a file", h("input.lk-vh", { type: "file", accept: ".json", name: "file" }))));
}

function put(knobs) {
  props.value = { ...now(), knobs };
  show();
}
function turn(name, value) {
  const knobs = { ...now().knobs };
  if (value === knob(name).value) delete knobs[name]; else knobs[name] = value;
  put(knobs);
}

deeds(element, "click", {
  usual: t => turn(t.dataset.knob, knob(t.dataset.knob).value),
  switch: t => turn(t.dataset.knob, !worth(knob(t.dataset.knob))),
  choose: t => turn(t.dataset.knob, t.dataset.choice),
  label: (t, event) => { event.preventDefault(); tell(t.dataset.knob); show(); },   // its click would press the button in it
  menu: async () => {
    menu = !menu;
    if (menu) own = (await ask(server.presets_of, { recipe: now().recipe }))?.presets || [];
    show();
  },
  use: t => { put({ ...(("offer" in t.dataset ? sheet().offers : own).find(one => one.name === t.dataset.preset)?.knobs || {}) }); menu = false; show(); },
  drop: async t => { const answer = await ask(server.preset_drop, { recipe: now().recipe, name: t.dataset.preset }); if (answer) { own = answer.presets; show(); } },
  export: () => {
    const { recipe, knobs } = now(), body = JSON.stringify({ likeness: "recipe", recipe, knobs }, null, 1);
    const link = h("a", { href: URL.createObjectURL(new Blob([body], { type: "application/json" })), download: recipe + ".recipe.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  },
});
element.addEventListener("submit", async event => {
  event.preventDefault();
  const name = event.target.elements.name.value.trim();
  if (!name) return;
  const answer = await ask(server.preset_keep, { recipe: now().recipe, name, knobs: now().knobs });
  if (answer) { own = answer.presets; event.target.reset(); show(); toast("ok", `“${name}” is kept`, "It is in the presets of " + sheet().title + "."); }
});
element.addEventListener("dblclick", event => {
  const name = event.target.closest("[data-knob]")?.dataset.knob;
  if (name && !event.target.matches("button, select, input:not([type=range])")) turn(name, knob(name).value);   // in a field it chooses a word
});
element.addEventListener("input", event => {
  const one = event.target.dataset.knob && knob(event.target.dataset.knob);
  if (one && event.target.type === "range") turn(one.name, atNotch(one, +event.target.value));
});
element.addEventListener("change", event => {
  if (event.target.name === "file") return opened(event.target);
  const one = event.target.dataset.knob && knob(event.target.dataset.knob);
  if (!one || event.target.type === "range") return;
  const value = one.kind === "choice" ? event.target.value : read(one, event.target.value);
  turn(one.name, value === undefined ? event.target.value : value);
  if (value !== undefined && document.activeElement === event.target) event.target.value = figure(value);
});
element.addEventListener("keydown", event => { if (event.key === "Enter" && event.target.matches("[data-knob]")) event.target.blur(); });
element.addEventListener("toggle", event => {
  const group = event.target.dataset?.group;
  if (group) event.target.open ? open.add(group) : open.delete(group);
}, true);

// A recipe's settings as somebody else saved them: only knobs that exist here are taken over.
async function opened(field) {
  let given = null;
  try { given = JSON.parse(await field.files[0].text()); } catch { /* told below */ }
  field.value = "";
  const target = given?.likeness === "recipe" && sheets.find(one => one.name === given.recipe);
  if (!target) return toast("err", "This file holds no recipe settings", "Save one here to see what such a file looks like.");
  if (target.name !== now().recipe) return toast("warn", "These settings are for " + target.title, "Choose that recipe, then open the file again.");
  put(Object.fromEntries(Object.entries(given.knobs || {}).filter(([name]) => knob(name))));
  menu = false;
  show();
}

// On another base what was turned stays, and the rest follows: settings that are offered stay what they are called.
function rebase() {
  const before = sheets, value = now();
  sheets = sheetsOn(large = props.large);
  const offers = (list, recipe) => list.find(one => one.name === recipe)?.offers || [];
  const follow = (recipe, knobs) => {
    const taken = Object.keys(knobs).length && offers(before, recipe).find(one => same(one.knobs, knobs));
    return taken ? { ...offers(sheets, recipe).find(one => one.name === taken.name)?.knobs } : knobs;
  };
  const kept = Object.fromEntries(Object.entries(value.kept || {}).map(([recipe, knobs]) => [recipe, follow(recipe, knobs)]));
  const next = { ...value, knobs: follow(value.recipe, value.knobs), kept };
  if (JSON.stringify(next) !== JSON.stringify(value)) props.value = next;
}

// Knobs that come with a recipe wait for it, where another one is on screen.
taken("Tune", hand => {
  if (!hand.recipe || !Object.keys(hand.knobs || {}).length) return;
  const it = sheets.find(one => one.name === hand.recipe), kept = it.knobs.filter(one => one.name in hand.knobs && hand.knobs[one.name] !== one.value);
  const knobs = Object.fromEntries(kept.map(one => [one.name, hand.knobs[one.name]]));
  if (hand.recipe === now().recipe) put(knobs);
  else props.value = { ...now(), kept: { ...now().kept, [hand.recipe]: knobs } };
}, true);

let last = now().recipe;
watch(["value", "conditions", "large"], () => {
  if (props.large !== large) rebase();
  if (now().recipe !== last) { menu = false; open = new Set(); last = now().recipe; }
  show();
});
show();
