// What can be done to the layout from buttons, fields and keys. Loaded last: it binds the listeners and starts the widget.

const idOf = target => target.closest("[data-region]").dataset.region;
const find = id => state.layout.regions.find(r => r.id === id);
const turn = (id, facts, merge) => settle(changed(state.layout, id, facts), id, state.layout, merge);

function choose(name) { state.tool = name; state.hover = null; show(); }

function place(fresh) { settle({ ...state.layout, regions: [...state.layout.regions, fresh] }, fresh.id); }

function add() {
  const spots = [[0.08, 0.3], [0.55, 0.3], [0.3, 0.1], [0.3, 0.5]];
  place(region(state.layout, [...spots[state.layout.regions.length % 4], 0.36, 0.5]));
}

// A locked box stays where it is, and is there: what would change that says so instead.
const locked = id => !!find(id).locked;
function stays(id) { Object.assign(state, { selected: id, refused: id }); show(); }

function remove(id) {
  if (locked(id)) return stays(id);
  settle({ ...state.layout, regions: state.layout.regions.filter(r => r.id !== id) }, null);
}

function duplicate(id) {
  const old = find(id), [x, y, w, height] = old.box, { id: fresh, number } = region(state.layout, old.box);
  place({ ...old, id: fresh, number, locked: false, box: inside([x + 0.04, y + 0.04, w, height]) });
}

// Who lives here. Words of one's own stay; the words a subject brought leave with it.
function pickSubject(id, key) {
  const old = find(id), phrase = s => s?.trigger ? `${s.trigger} ${s.noun || ""}`.trim() : "";
  const brought = phrase(whoIs(old, state.subjects)), own = old.prompt.trim() && old.prompt.trim() !== brought;
  turn(id, { subject: key || null, prompt: own ? old.prompt : phrase(state.subjects.find(s => s.key === key)) });
}

// Boxes from a template; subjects and words that were there keep their order, and what is locked stays behind them.
function useTemplate(name) {
  const { regions } = state.layout, free = regions.filter(r => !r.locked);
  let next = { ...state.layout, regions: regions.filter(r => r.locked) };
  for (const box of state.templates.find(t => t.name === name).boxes) {
    const { subject, prompt, negative } = free.shift() || { subject: null, prompt: "", negative: "" };
    next = { ...next, regions: [...next.regions, { ...region(next, box), subject, prompt, negative }] };
  }
  state.layouts = false;
  settle(next, null);
}

async function saveFile(kind) {
  const answer = await ask(server.save_layout, { layout: state.layout, kind });
  if (!answer) return;
  const type = answer.name.endsWith(".json") ? "application/json" : "text/plain";
  const link = h("a", { href: URL.createObjectURL(new Blob([answer.text], { type })), download: answer.name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 5000);
  if (answer.lost.length) toast("warn", `Not everything fits into ${answer.name}.`, `It holds no ${answer.lost.join(", no ")}.`);
}

async function openFile(file) {
  const answer = await ask(server.open_layout, { text: file.size < 4e6 ? await file.text() : "" });
  if (!answer) return;
  state.layouts = false;
  settle({ ...answer.value, rev, session }, null);
  if (answer.words) { clearTimeout(telling); trigger("opened", answer.words); }   // keeps layout and words as one: of two that keep, the older may come last
  if (answer.notes.length) toast("warn", `${file.name} was read a little otherwise.`, answer.notes.join(" "));
}

function browse() {
  const input = h("input", { type: "file", accept: ".json,.txt,application/json,text/plain" });
  input.addEventListener("change", () => { if (input.files[0]) openFile(input.files[0]); });
  input.click();
}

async function point(x, y) {
  const answer = await ask(server.point, { key: props.backdrop.key, x, y });
  if (answer) place(region(state.layout, answer.box, answer.mask));
}

const verbs = {
  tool: target => choose(target.dataset.tool),
  undo: () => rewind(past, future),
  redo: () => rewind(future, past),
  aspect: target => settle({ ...state.layout, canvas: { aspect: target.dataset.aspect } }, state.selected),
  thirds: () => { state.thirds = !state.thirds; show(); },
  behind: () => { state.behind = !state.behind; show(); },
  layouts: () => { state.layouts = !state.layouts; show(); if (state.layouts) list.scrollIntoView({ block: "nearest" }); },
  template: target => useTemplate(target.dataset.name),
  file: browse,
  save: target => saveFile(target.dataset.kind || "likeness"),
  add,
  hide: target => turn(idOf(target), { hidden: !find(idOf(target)).hidden }),
  lock: target => turn(idOf(target), { locked: !find(idOf(target)).locked }),
  open: target => {
    const id = idOf(target);
    state.open.has(id) ? state.open.delete(id) : state.open.add(id);
    state.selected = id;
    show();
  },
  duplicate: target => duplicate(idOf(target)),
  nearer: target => settle(reordered(state.layout, idOf(target), 1), idOf(target)),
  farther: target => settle(reordered(state.layout, idOf(target), -1), idOf(target)),
  remove: target => remove(idOf(target)),
  trigger: target => {
    const r = find(idOf(target));
    turn(r.id, { prompt: `${whoIs(r, state.subjects).trigger} ${r.prompt}`.trim() });
  },
};
Object.assign(verbs, {
  stronger: target => turn(idOf(target), { strength: 1 }),
  larger: target => locked(idOf(target)) ? stays(idOf(target)) : turn(idOf(target), { box: enlarged(find(idOf(target)).box, 2.2 / (state.cells || 16)) }),
  apart: target => {
    const r = find(idOf(target)), [other] = crowdedBy(r, state.layout);
    if (!other) return;
    const [one, two] = pulledApart(r.box, other.box, r.locked, other.locked);
    if (!one) return stays(r.locked ? r.id : other.id);
    settle(changed(changed(state.layout, r.id, { box: one }), other.id, { box: two }), r.id);
  },
  models: () => go("Models"), tune: () => go("Tune"), subjects: () => go("Subjects"),
  theirs: () => trigger("theirs"),
  mine: () => trigger("mine"),
  fuse: () => window.dispatchEvent(new Event("lk:fuse")),
  anew: target => trigger("redo", { region: idOf(target), key: props.backdrop.key }),
});
const number = target => parseFloat(target.value);
const fields = {
  prompt: target => turn(idOf(target), { prompt: target.value.slice(0, 500) }, "words" + idOf(target)),
  negative: target => turn(idOf(target), { negative: target.value.slice(0, 500) }, "not" + idOf(target)),
  brush: target => { state.brush = number(target); show(); },
};
for (const what of ["strength", "feather", "start", "stop"])
  fields[what] = target => turn(idOf(target), { [what]: number(target) }, what + idOf(target));

for (const root of [element, list]) {
  deeds(root, "click", verbs);
  deeds(root, "input", fields);
}
deeds(list, "change", { subject: target => pickSubject(idOf(target), target.value) });
// A card is selected once the press that entered it is over: what selecting changes would move buttons from under it.
let pressed = false, entered = null;
function enter() {
  if (entered !== state.selected && state.layout.regions.some(r => r.id === entered)) { state.selected = entered; show(); }
  entered = null;
}
list.addEventListener("focusin", event => {
  entered = event.target.closest("[data-region]")?.dataset.region || null;
  if (!pressed) enter();
});
list.addEventListener("pointerdown", () => { pressed = true; });
for (const kind of ["pointerup", "pointercancel"]) window.addEventListener(kind, () => { pressed = false; setTimeout(enter); });
svg.addEventListener("dblclick", event => {
  const id = event.target.closest("[data-region]")?.dataset.region;
  if (id) list.querySelector(`[data-region="${id}"] textarea`).focus();
});

// ---- reorder cards by dragging their grip
let held = null;
list.addEventListener("dragstart", event => {
  held = event.target.closest("[data-region]")?.dataset.region;
  if (held) { event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setData("text/plain", held); }
});
list.addEventListener("dragover", event => { if (held) event.preventDefault(); });
list.addEventListener("drop", event => {
  const over = event.target.closest("[data-region]")?.dataset.region, order = state.layout.regions.map(r => r.id);
  event.preventDefault();
  if (held && over && over !== held) settle(reordered(state.layout, held, order.indexOf(over) - order.indexOf(held)), held);
  held = null;
});
stage.addEventListener("dragover", event => { if ([...event.dataTransfer.items].some(i => i.kind === "file")) event.preventDefault(); });
stage.addEventListener("drop", event => { event.preventDefault(); if (event.dataTransfer.files[0]) openFile(event.dataTransfer.files[0]); });

// ---- keys, while the canvas has the focus
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LETTERS = { v: "move", r: "box", b: "brush", l: "lasso", e: "erase", s: "segment" };
const gestures = pointing({ svg, state, size: () => size, show, settle, stays, point });

function nudge(r, [dx, dy], event) {
  const by = event.shiftKey ? 0.1 : 0.01, [x, y, w, height] = r.box;
  const box = event.altKey ? resized(r.box, "se", dx * by, dy * by) : inside([x + dx * by, y + dy * by, w, height]);
  turn(r.id, { box }, "nudge" + r.id);
}

function press(event) {
  const { regions } = state.layout, r = find(state.selected), key = event.key.toLowerCase(), command = event.ctrlKey || event.metaKey;
  if (command && key === "z") return rewind(...(event.shiftKey ? [future, past] : [past, future])), true;
  if (command && key === "d" && r) return duplicate(r.id), true;
  if (command) return false;
  if (ARROWS[event.key] && r) return r.locked ? stays(r.id) : nudge(r, ARROWS[event.key], event), true;
  if (event.altKey && (event.code === "BracketLeft" || event.code === "BracketRight") && r)
    return settle(reordered(state.layout, r.id, event.code === "BracketLeft" ? -1 : 1), r.id), true;
  if (event.altKey) return false;
  if (event.key === "Escape") {
    if (gestures.abandon()) return true;
    if (!state.selected && state.tool === "move") return false;   // nothing to clear: it stops the picture
    state.selected = null;
    return choose("move"), true;
  }
  if ((event.key === "Delete" || event.key === "Backspace") && r) return remove(r.id), true;
  if (event.key === "[" || event.key === "]")
    return state.brush = within(state.brush * (event.key === "[" ? 0.8 : 1.25), 0.01, 0.3), show(), true;
  if (event.key === "Enter" && r) return list.querySelector(`[data-region="${r.id}"] textarea`).focus(), true;
  if (key === "k" && r) return turn(r.id, { locked: !r.locked }), true;
  if (key === "o" && r) return turn(r.id, { hidden: !r.hidden }), true;
  if (key === "n" && regions.length) {
    const at = regions.findIndex(one => one.id === state.selected) + (event.shiftKey ? -1 : 1);
    return state.selected = regions[(at + regions.length) % regions.length].id, show(), true;
  }
  if (LETTERS[key] && (key !== "s" || element.querySelector('[data-tool="segment"]'))) return choose(LETTERS[key]), true;
  return false;
}
svg.addEventListener("keydown", event => { if (press(event)) { event.preventDefault(); event.stopPropagation(); } });
// Esc closes what is open here, and goes no farther: beyond, it would stop the picture that is being made.
for (const root of [element, list]) root.addEventListener("keydown", event => {
  if (event.key === "Escape" && state.layouts) { state.layouts = false; event.stopPropagation(); show(); }
});

let inView = true;
new ResizeObserver(entries => {
  const wide = entries[0].contentRect.width > 0;
  if (wide && !inView) trigger("shown");
  inView = wide;
  show();
}).observe(stage);
// Whoever has learnt meanwhile can be chosen at once.
let teaching = null;
window.addEventListener("lk:jobs", ({ detail }) => {
  const now = detail.filter(job => ["tune", "fuse", "adopt"].includes(job.kind)).map(job => `${job.id} ${job.ended ? job.state : ""}`).join();
  if (teaching !== null && now !== teaching && inView) trigger("shown");
  teaching = now;
});
// A window that is looked at again shows what another one did meanwhile, before anything here is kept over it. What was
// changed here last is kept by then, or it is asked for already which of the two stays.
document.addEventListener("visibilitychange", () => { if (!document.hidden && inView && !props.elsewhere) setTimeout(() => trigger("ready"), 400); });
// Two windows that are both in sight: the one that is turned to says what the other did.
window.addEventListener("focus", () => { if (inView) setTimeout(() => trigger("looked"), 800); });
if (props.page) taken(props.page, hand => trigger("hand", hand), true);
show();
opening();
