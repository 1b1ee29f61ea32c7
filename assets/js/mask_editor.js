// The mask editor: holds the subject's photos and the work on them, asks for masks, draws everything, tells the server.

const part = name => element.querySelector(name);
const stage = part(".lk-maskstage"), board = part(".lk-maskview"), svg = board.querySelector("svg"), img = board.querySelector("img");
const learnt = board.querySelector("canvas"), rail = h("div.lk-maskrail", { role: "region", "aria-label": "Mask" });
const state = {
  subject: null, works: [], notes: [], samples: [], segmenters: [], segmenter: "", at: 0, tool: "add", view: "overlay", brush: 0.05, zoom: 1, pan: [0, 0], away: new Set(),
  bases: props.bases, base: 0, ink: null, cursor: null, crosshair: null, hover: null, panning: false, drag: null, said: "", busy: false, dialects: {}, dialect: "", things: null, over: -1,
};
let frame = 0, stale = true, fitted = [1, 1], asked = 0, pending = null, asking = false, resting = 0, waking = 0, loading = 0, sent = 0, behind = false;

const work = () => state.works[state.at] || null;
const put = next => { const i = state.works.findIndex(one => one.id === next.id); if (i >= 0) state.works[i] = next; show(); };
const say = words => { state.said = words; };
const visible = () => element.offsetParent !== null;
const whole = () => state.subject?.kind === "style";   // the whole picture is learnt, no mask

// ---- subjects come and go
// With `anew` nothing that was drawn here is held on to: the masks on the disk changed meanwhile.
async function open(id, keep, anew) {
  const turn = ++loading, before = sent, answer = id ? await ask(server.open_subject, { subject: id }) : { ok: true, subject: null, photos: [], notes: [], samples: state.samples };
  if (!answer || turn !== loading) return;
  if (before !== sent && !anew) return open(id, keep);   // what was kept meanwhile is not in the answer
  if (answer.subject?.id !== state.subject?.id) flush();
  const old = new Map(anew ? [] : state.works.map(one => [one.id, one])), here = work()?.id;
  const same = state.subject?.id === answer.subject?.id;
  state.subject = answer.subject;
  state.notes = answer.notes;
  foundBy(answer);
  state.dialects = answer.dialects || {};
  if (!state.dialects[state.dialect]) state.dialect = Object.keys(state.dialects)[0] || "";
  state.samples = answer.samples || state.samples;
  state.works = answer.photos.map(photo => taken_up(photo, old.get(photo.id)));
  const first = state.works.findIndex(one => !one.now.accepted);
  const at = state.works.findIndex(one => one.id === (keep || (same && here)));
  turnTo(at >= 0 ? at : Math.max(0, first), !same || at < 0);
  watchBusy();
}

function foundBy({ segmenters, segmenter }) { if (segmenters) Object.assign(state, { segmenters, segmenter }); }

// A photo seen before keeps its steps, unless another mask came from elsewhere while nothing waited here to be kept.
function taken_up(photo, old) {
  if (!old || photo.kept !== old.kept && old.now === old.clean) return worked(photo);
  return { ...old, busy: photo.busy, thumb: photo.thumb, caption: photo.caption, written: photo.written };
}

function watchBusy() {
  clearTimeout(waking);
  if (state.works.some(one => one.busy)) waking = setTimeout(() => visible() ? open(state.subject.id) : watchBusy(), 900);
}

// What was asked no longer matters: a careful answer that comes late must not undo what the person did meanwhile.
function hush() { asked++; pending = null; clearTimeout(resting); }

function turnTo(at, reset = true) {
  state.at = Math.min(Math.max(0, at), Math.max(0, state.works.length - 1));
  if (reset) Object.assign(state, { zoom: 1, pan: [0, 0], hover: null, ink: null, cursor: null, crosshair: null, drag: null, things: null });
  const now = work();
  if (now && img.getAttribute("src") !== now.url) { img.src = now.url; img.alt = `Photo ${state.at + 1} of ${state.subject.name}`; }
  if (reset) { hush(); if (now && !now.busy && !whole()) prepare(now, state.works[(state.at + 1) % state.works.length]); }
  show();
}

// The photo on show is looked at before the first click; the one after it a little later, while nobody asks for anything.
async function prepare(now, after) {
  try {
    if (now.now.readings.length < 1) await server.ready_photo({ photo: now.id });
    await new Promise(done => setTimeout(done, 1000));
    if (after !== now && !after.busy && !asking && work()?.id === now.id) await server.ready_photo({ photo: after.id });
  } catch { /* the first click looks at it, then */ }
}

// ---- asking for masks: one question at a time, the newest wins, the careful answer follows when the pointer rests
function find(refine) {
  pending = { turn: ++asked, id: work().id, refine };
  clearTimeout(resting);
  if (!asking) askNext();
}

async function askNext() {
  const { turn, id, refine } = pending, one = state.works.find(w => w.id === id);
  pending = null;
  asking = true;
  state.busy = !refine;
  show();
  const began = performance.now();
  let answer = null;
  try { answer = await server.find_mask({ photo: id, ...questionOf(one), refine }); } catch { answer = null; }
  asking = false;
  if (turn === asked) settle(id, answer, refine, (performance.now() - began) / 1000);
  if (pending) askNext();
  else { state.busy = false; show(); }
}

function settle(id, answer, refine, seconds) {
  const one = state.works.find(w => w.id === id);
  if (!one) return;
  if (!answer?.ok) {
    if (refine) return show();
    if (answer?.kind !== "empty") put(completed(one, { unheard: true }));
    if (!answer) return toast("err", "The studio did not answer.", "Is it still running? What you drew is kept here.");
    if (answer.kind === "empty") put(completed(one, { readings: [], core: new Uint8Array(one.size.w * one.size.h) }));
    else toast("err", answer.error, answer.advice);
    keep(one, false);
    say(`${answer.error} ${answer.advice || ""}`);
    return show();
  }
  const readings = answer.readings, chosen = refine ? 0 : Math.min(one.now.chosen, readings.length - 1);
  const next = completed(one, { readings, chosen, core: fromRuns(readings[chosen].runs, readings[chosen], one.size) });
  put({ ...next, seconds: refine ? one.seconds : seconds });
  announce();
  keep(next, false);   // also before the careful answer, which never comes where the person goes on
  if (!refine) resting = setTimeout(() => { if (turnIs(id)) find(true); }, 450);
}

const turnIs = id => work()?.id === id && !state.ink && !state.drag;

function announce() {
  const now = work();
  if (!now) return;
  const trouble = troubleOf(now);
  say(trouble ? trouble.join(". ") : !shape(now).share ? "Nothing is marked." : `Mask covers ${percent(shape(now).share)}` + (now.seconds ? ` · found in ${now.seconds.toFixed(2)} s` : ""));
  show();
}

// ---- every step reaches the disk, so that a reload finds it
const saving = new Map();   // photo → what waits to be sent: {timer, accepted}
function keep(one, accepted) {
  clearTimeout(saving.get(one.id)?.timer);
  saving.set(one.id, { accepted, timer: setTimeout(() => sendMask(one.id, accepted), accepted ? 0 : 500) });
}

// Nothing waits any longer: other photos come, or the page goes.
function flush() {
  for (const [id, { timer, accepted }] of [...saving]) { clearTimeout(timer); sendMask(id, accepted); }
}

// What is done with the masks on the disk waits until the strokes just drawn are there.
const way = new Set();
function underWay(sending) { way.add(sending); return sending.finally(() => way.delete(sending)); }
async function settled() { flush(); await Promise.allSettled([...way]); }

async function sendMask(id, accepted) {
  saving.delete(id);
  const one = state.works.find(w => w.id === id);
  if (!one) return;
  const { cells, share } = shape(one);
  sent++;
  const answer = await underWay(ask(server.keep_mask, { photo: id, untouched: untouched(one), w: one.size.w, h: one.size.h, runs: toRuns(cells), feather: one.now.feather, accepted, empty: !share }));
  sent++;
  const here = state.works.find(w => w.id === id);
  if (!answer) return;
  if (here) put({ ...here, kept: answer.kept, clean: one.now });
  tellAll();
}

// Another browser, or a worker, did something to these photos.
function catchUp() {
  behind = !visible();
  if (!behind && state.subject) open(state.subject.id);
}

function tellAll() { window.dispatchEvent(new CustomEvent("lk:library", { detail: { what: "subject", id: state.subject?.id } })); }

// ---- steps
function step(next, asks) {
  put(next);
  state.hover = null;
  if (asks && (next.now.points.length || next.now.box)) find(false);
  else { hush(); announce(); keep(next, false); }
}

function click(x, y, label) {
  const one = work();
  if (x < 0 || y < 0 || x > 1 || y > 1) return;
  if (state.things) return pick(thingAt(state.things, x, y));
  step(prompted(one, { points: [...one.now.points, [x * one.width, y * one.height, label]], chosen: 0 }), true);
}

function drop(i) { const one = work(); step(prompted(one, { points: one.now.points.filter((_, at) => at !== i) }), true); }

function drag(box, done) {
  const one = work();
  if (box) { state.drag = [box[0] * one.width, box[1] * one.height, box[2] * one.width, box[3] * one.height]; return sketch(); }
  const drawn = state.drag;
  state.drag = null;
  if (done) state.things = null;
  if (done && drawn && drawn[2] - drawn[0] > 3 && drawn[3] - drawn[1] > 3) step(prompted(one, { box: drawn.map(v => Math.round(v)), chosen: 0 }), true);
}

function paint(points, tool, removed) {
  const one = work(), away = tool === "erase" ? !removed : removed;
  step(inked(one, strokeCells(points, state.brush, tool === "lasso", one.size), away));
}

function accept() {
  const one = work();
  if (!one || !shape(one).share) return;
  state.things = null;
  if (one.now.accepted) return next();
  hush();
  put(stepped(one, { accepted: true }));
  keep(work(), true);
  say("Mask accepted." + (state.works.every(w => w.now.accepted) ? " All photos of this subject are done." : ""));
  show();
}

function next() {
  const n = state.works.length;
  if (!n) return;
  const open = [...Array(n).keys()].map(i => (state.at + 1 + i) % n).find(i => whole() || !state.works[i].now.accepted);
  turnTo(open ?? (state.at + 1) % n);
}

function rewind(how) { const one = work(); if (!one) return; state.things = null; hush(); put(how(one)); announce(); keep(work(), work().now.accepted); }

// Where a click would lead, drawn dotted while the pointer rests; only where answers are quick.
let hoverTimer = 0;
function rest(x, y) {
  clearTimeout(hoverTimer);
  if (state.things) { state.over = x === null ? -1 : thingAt(state.things, x, y); return; }
  if (state.hover) { state.hover = null; show(); }
  const one = work();
  if (x === null || !one || !props.hover || one.now.points.length || one.now.box || shape(one).share || one.seconds > 0.35 || asking || x < 0 || y < 0 || x > 1 || y > 1) return;
  hoverTimer = setTimeout(async () => {
    const turn = asked, began = performance.now();
    let answer = null;
    try { answer = await server.find_mask({ photo: one.id, points: [[x * one.width, y * one.height, 1]], box: null, refine: false }); } catch { return; }
    if (turn !== asked || !answer?.ok || !turnIs(one.id)) return;
    state.hover = loops(fromRuns(answer.readings[0].runs, answer.readings[0], one.size), one.size);
    put({ ...work(), seconds: (performance.now() - began) / 1000 });
  }, 180);
}

// ---- everything at once: all things of the photo are shown, and each click puts one into the mask or takes it out
async function findThings() {
  const one = work();
  if (!one || state.busy) return;
  if (state.things) { state.things = null; return show(); }
  hush();
  state.busy = true;
  say("Looking for everything in the photo.");
  show();
  const answer = await ask(server.find_things, { photo: one.id });
  state.busy = false;
  if (answer && work()?.id === one.id) {
    state.things = answer.things.map(thing => thingOf(thing, one.size));
    Object.assign(state, { tool: "add", over: -1, hover: null, view: state.view === "learnt" ? "overlay" : state.view });
    say(`${many(answer.things.length, "thing")} found. Click those that belong to the subject.`);
  }
  show();
}

function pick(i) {
  const one = work(), thing = state.things[i];
  if (!thing) return;
  thing.picked = !thing.picked;
  step(stepped(one, { ...bare(one), core: together(state.things, one.size) }));
}
