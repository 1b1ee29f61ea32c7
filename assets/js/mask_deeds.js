// Draws the mask editor and binds its buttons, fields and keys. Loaded last: it starts the widget.

// ---- drawing
function fit() {
  const one = work(), room = stage.getBoundingClientRect();
  if (!one || !room.width) return;
  const narrow = room.width <= 520, edge = narrow ? 0 : 32, ratio = one.width / one.height;
  const tall = narrow ? Infinity : Math.max(120, room.height - edge);
  const wide = Math.max(64, Math.min(room.width - edge, tall * ratio)) * state.zoom;
  fitted = [Math.round(wide), Math.round(wide / ratio)];
  const slack = fitted.map((v, i) => Math.max(0, v / 2 - [room.width, room.height][i] * 0.1));
  state.pan = state.zoom > 1 ? state.pan.map((v, i) => Math.min(slack[i], Math.max(-slack[i], v))) : [0, 0];
  board.style.width = fitted[0] + "px"; board.style.height = fitted[1] + "px";
  board.style.transform = `translate(${state.pan[0]}px, ${state.pan[1]}px)`;
}

function house() {
  const home = props.slot ? document.getElementById(props.slot) : part(".lk-maskhome");
  if (home && rail.parentNode !== home) home.append(rail);
}

// A stroke or the pointer moves: only what lies over the photo is drawn, so that every frame is in time.
function sketch() { frame ||= requestAnimationFrame(() => { frame = 0; if (!visible()) return; if (stale) render(); else over(work()); }); }
function show() { stale = true; sketch(); }

function render() {
  stale = false;
  house();
  const one = work();
  element.firstElementChild.classList.toggle("is-empty", !one);
  element.firstElementChild.classList.toggle("is-bare", !state.subject);
  element.firstElementChild.classList.toggle("is-whole", whole());
  rail.classList.toggle("is-empty", !one);
  draw(part(".lk-teach"), teachView(state));
  draw(part(".lk-tools"), state.subject ? barView(state, one, one ? Math.round(100 * fitted[0] / one.width) + " %" : "") : []);
  draw(part(".lk-pal"), whole() ? [] : paletteView(state, one));
  draw(part(".lk-maskhint"), one && !whole() ? hintView(state, one, state.said) : []);
  draw(part(".lk-film"), filmView(state));
  draw(rail, railView(state, one));
  draw(part(".lk-cands"), !one || whole() ? [] : state.things ? thingsList(state.things) : readingsView(one));
  part(".lk-cands").hidden = !one || whole() || !state.things && one.now.readings.length < 2;
  board.hidden = !one;
  if (!one) return draw(part(".lk-maskword"), []);
  fit();
  board.setAttribute("data-tool", state.panning ? "pan" : state.tool);
  board.setAttribute("aria-label", `Mask of photo ${state.at + 1}, ${Math.round(shape(one).share * 100)} percent of the photo, ${progressOf(one)}. Arrows move a cross, Enter places a point.`);
  if (whole()) board.setAttribute("aria-label", `Photo ${state.at + 1}, the whole of which is learnt`);
  over(one);
  learnt.hidden = state.view !== "learnt" || whole();
  const canvases = [...rail.querySelectorAll("canvas"), ...(learnt.hidden ? [] : [learnt])];
  if (img.complete && img.naturalWidth) paintLoss(canvases, state, one, img);
}

// The mask, the gesture in progress and the word over the photo.
function over(one) {
  if (!one) return;
  if (whole()) { draw(svg, []); return draw(part(".lk-maskword"), []); }
  const [W, H] = fitted, shown = state.drag ? { ...one, now: { ...one.now, box: state.drag } } : one;
  if (state.drag) shapes.set(shown.now, shape(one));
  const cursor = state.crosshair ? { x: state.crosshair[0] * W, y: state.crosshair[1] * H } : state.cursor;
  svg.setAttribute("viewBox", `0 0 ${W} ${H}`);
  svg.classList.toggle("is-inked", !!state.ink);
  draw(svg, maskView(shown, { W, H, view: state.view, ink: state.ink, hover: state.hover, things: state.things, over: state.over, cursor, coarse: matchMedia("(pointer: coarse)").matches }));
  draw(part(".lk-maskword"), wordView(one));
}

function wordView(one) {
  const trouble = troubleOf(one);
  if (one.busy && !shape(one).share) return [h("span.lk-ring", { key: "ring" }), h("span.lk-onpic", { key: "w" }, "Looking for the subject")];
  if (trouble && !state.busy) return [h("span.lk-onpic.e", { key: "e" }, icon("octagon"), trouble[0])];
  if (one.now.accepted) return [h("span.lk-okb", { key: "ok", title: "Accepted" }, icon("tick"))];
  if (!shape(one).share && !state.busy && !state.ink && !state.drag && !state.things) return [h("span.lk-onpic", { key: "w" }, "Click the subject")];
  return state.busy ? [h("span.lk-ring.s", { key: "ring" })] : [];
}

// ---- zoom and pan
function zoom(factor, x, y) {
  const room = stage.getBoundingClientRect(), before = state.zoom;
  state.zoom = Math.min(12, Math.max(1, before * factor));
  const by = state.zoom / before, from = [x - room.left - room.width / 2, y - room.top - room.height / 2];
  state.pan = state.pan.map((v, i) => from[i] - (from[i] - v) * by);
  show();
}
function fitAll() { Object.assign(state, { zoom: 1, pan: [0, 0] }); show(); }

const pointer = maskPointing({
  svg, stage, state, work: () => whole() ? null : work(), show, sketch, click, drag, drop, paint, rest, zoom, size: () => fitted, zoomed: () => state.zoom > 1,
  pan: (dx, dy) => { state.pan = [state.pan[0] + dx, state.pan[1] + dy]; show(); },
  shares: box => { const one = work(); return box.map((v, i) => v / (i % 2 ? one.height : one.width)); },
});

// ---- what buttons do
function choose(tool) { state.things = null; state.tool = tool; state.cursor = null; show(); }
function grow(by) {
  const one = work(), most = mostGrown(one), now = Math.max(-most, Math.min(most, one.now.grow + by));
  if (now !== one.now.grow && (shape(one).share || one.now.grow)) step(stepped(one, { grow: now }));
}
function clear() {
  const one = work();
  step(stepped(one, bare(one)));
}
function cycle(by) {
  const one = work(), n = one?.now.readings.length || 0;
  if (n > 1) { asked++; step(reread(one, (one.now.chosen + by + n) % n)); }
}

async function mend(note) {
  await settled();
  const answer = await ask(server.mend, { subject: state.subject.id, photos: note.photos, deed: note.deed });
  if (!answer) return;
  if (note.deed === "models") return go("Models");
  tellAll();
  await open(state.subject.id, answer.photo);
}

async function discard(id) {
  const subject = state.subject.id, answer = await ask(server.discard_photo, { photo: id });
  if (!answer) return;
  tellAll();
  await open(subject);
  toast("ok", "The photo was removed.", "", { label: "Put it back", run: async () => { if (await ask(server.restore_photo, { photo: id })) { tellAll(); open(subject, id); } } });
}

const addPhotos = files => bring(files, upload, ADDED, { subject: state.subject.id });
const ADDED = { name: "add_photos", call: server.add_photos, done: (answer, { subject }) => {
  if (answer.beside) toast("ok", `${many(answer.beside, "mask or caption", "masks and captions")} went to photos that are here.`, "Look them over.");
  tellAll();
  open(subject, answer.photo, !!answer.beside);
} };

async function pack(button) {
  button.disabled = true;
  await settled();
  const answer = await ask(server.pack_photos, { subject: state.subject.id, dialect: state.dialect });
  button.disabled = false;
  if (answer) h("a", { href: answer.address, download: answer.name }).click();
}

async function tell(field, value) {
  const answer = await ask(server.set_subject, { subject: state.subject.id, field, value });
  if (answer) { await open(state.subject.id); tellAll(); }
  return answer;
}

const acts = {
  kind: target => target.dataset.kind !== state.subject.kind && tell("kind", target.dataset.kind),
  view: target => { state.view = target.dataset.view; show(); },
  tool: target => choose(target.dataset.tool),
  fill: () => step(reshaped(work(), filled)),
  invert: () => step(reshaped(work(), cells => cells.map(cell => 1 - cell))),
  things: findThings, pick: target => pick(+target.dataset.thing),
  undo: () => rewind(undone), redo: () => rewind(redone), fit: fitAll,
  reading: target => { asked++; step(reread(work(), +target.dataset.reading)); },
  go: target => turnTo(+target.dataset.at),
  base: target => { state.base = +target.dataset.base; show(); },
  growby: target => grow(+target.dataset.by), accept, next,
  crop: () => mend({ photos: [work().id], deed: "crop" }),
  mend: target => mend(state.notes.find(note => note.key === target.dataset.note)),
  leave: target => { state.away.add(target.dataset.note); show(); },
  discard: () => discard(work().id),
  addphotos: () => choosing(addPhotos), addfolder: () => choosing(addPhotos, true), pack,
  newsubject: () => window.dispatchEvent(new CustomEvent("lk:new-subject")),
  sample: target => window.dispatchEvent(new CustomEvent("lk:new-subject", { detail: { sample: target.dataset.sample } })),
};
for (const root of [element, rail]) { deeds(root, "click", acts); pressable(root); }
for (const root of [element, rail]) deeds(root, "input", {
  edge: target => { const one = work(), facts = { [target.dataset.edge]: +target.value }; put(one.edging ? completed(one, facts) : { ...stepped(one, facts), edging: true }); announce(); },
  brushsize: target => { state.brush = target.value / 100; show(); },
});
for (const root of [element, rail]) deeds(root, "change", {
  edge: () => { const one = { ...work(), edging: false }; put(one); keep(one, false); },
  finder: async target => {
    const answer = await ask(server.use_segmenter, { segmenter: target.value });
    if (answer) foundBy(answer);
    else target.value = state.segmenter;
    const one = work();
    if (answer && one && (one.now.points.length || one.now.box)) find(false);
    show();
  },
  dialect: target => { state.dialect = target.value; },
  caption: async target => { const one = work(); if (await ask(server.set_caption, { photo: one.id, caption: target.value })) put({ ...work(), caption: target.value, written: false }); },
  subject: async target => { if (!await tell(target.dataset.field, target.value)) target.value = state.subject[target.dataset.field]; },
});

// ---- keys
const KEYS = {
  s: findThings, b: () => choose("brush"), e: () => choose("erase"), l: () => choose("lasso"), n: next,
  "[": () => { state.brush = Math.max(0.005, state.brush / 1.25); show(); }, "]": () => { state.brush = Math.min(0.3, state.brush * 1.25); show(); },
  f: () => shape(work()).share && acts.fill(), V: () => acts.invert(), ",": () => grow(-oneCell()), ".": () => grow(oneCell()),
  "+": () => zoom(1.25, ...centre()), "-": () => zoom(0.8, ...centre()),
};
const oneCell = () => Math.max(1, Math.round(work().width / work().size.w));   // in pixels of the photo
const centre = () => { const room = stage.getBoundingClientRect(); return [room.left + room.width / 2, room.top + room.height / 2]; };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function key(event) {
  if (!visible() || !work() || typing(event) && !(event.ctrlKey || event.metaKey || event.altKey)) return;
  if (whole() && !["n", "N", "+", "-"].includes(event.key)) return;
  const focus = document.activeElement, ours = focus === document.body || element.contains(focus) || rail.contains(focus);
  if (!ours || focus?.matches("input:not([type=range]), textarea, select")) return;
  const control = event.ctrlKey || event.metaKey, onBoard = focus === board, button = focus?.matches("button, [role=option]");
  let done = true;
  if (control && event.key.toLowerCase() === "z") rewind(event.shiftKey ? redone : undone);
  else if (control && event.key === "y") rewind(redone);
  else if (control && event.key === "0") fitAll();
  else if (control) return;
  else if (event.key === "Tab" && onBoard && !event.shiftKey && work().now.readings.length > 1 && work().now.chosen < work().now.readings.length - 1) cycle(1);
  else if (onBoard && ARROWS[event.key]) {
    const by = event.shiftKey ? 0.1 : 0.01, [x, y] = state.crosshair || [0.5, 0.5], [dx, dy] = ARROWS[event.key];
    state.crosshair = state.crosshair ? [Math.min(1, Math.max(0, x + dx * by)), Math.min(1, Math.max(0, y + dy * by))] : [x, y];
    say(`Cross at ${Math.round(state.crosshair[0] * 100)}, ${Math.round(state.crosshair[1] * 100)} percent`);
    show();
  } else if (event.key === "Enter" && onBoard && state.crosshair) { const at = state.crosshair; state.crosshair = null; click(...at, event.altKey || state.tool === "remove" ? 0 : 1); }
  else if (event.key === "Enter" && !button) accept();
  else if (event.key === "Escape") {
    if (state.things) { state.things = null; show(); }
    else if (state.crosshair) { state.crosshair = null; show(); }
    else if (!pointer.abandon() && !["add", "remove"].includes(state.tool)) choose("add");
    else if (work().now.points.length || work().now.box) clear();
  } else if (event.key === " " && !event.shiftKey && !button) { if (!state.panning) { state.panning = true; show(); } }
  else if (!event.altKey && KEYS[event.key]) KEYS[event.key]();
  else if (!event.altKey && !event.shiftKey && KEYS[event.key.toLowerCase()]) KEYS[event.key.toLowerCase()]();
  else done = false;
  if (done) { event.preventDefault(); event.stopPropagation(); }
  if (event.key === "Tab" || ARROWS[event.key]) board.classList.remove("is-pointed");
}
document.addEventListener("keydown", key);
document.addEventListener("keyup", event => { if (event.key === " " && state.panning) { state.panning = false; show(); } });
part(".lk-film").addEventListener("keydown", event => {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by) { event.preventDefault(); turnTo(state.at + by); requestAnimationFrame(() => requestAnimationFrame(() => part(".lk-frame.sel")?.focus())); }
});

// ---- the rest of the page
window.addEventListener("lk:subject", event => open(event.detail.id));
window.addEventListener("lk:samples", event => { state.samples = event.detail; show(); });
window.addEventListener("lk:library", event => { if (event.detail?.what === "subject" && !("id" in event.detail)) catchUp(); });
window.addEventListener("pagehide", flush);
img.addEventListener("load", show);
new ResizeObserver(() => { if (behind && visible()) catchUp(); show(); }).observe(stage);
dropping(stage, files => state.subject ? addPhotos(files) : window.dispatchEvent(new CustomEvent("lk:new-subject", { detail: { files } })));
open(props.subject || window.likeness?.subject || null);
takeUp(ADDED);
