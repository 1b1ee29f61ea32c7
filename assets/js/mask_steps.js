// The work on each photo's mask as steps that can be taken back. A step is never changed, only followed by another.

const KEPT_STEPS = 50;
const EVERYTHING = 0.97;   // the share of a photo above which a mask tells nothing apart

// A photo as the editor holds it: facts from the server, the step now, and the steps before and after it. `clean` is
// the step that the server has, under the mark `kept`.
function worked(photo) {
  const size = gridFor(photo.width, photo.height), none = new Uint8Array(size.w * size.h);
  const core = photo.runs ? fromRuns(photo.runs, { w: photo.w, h: photo.h }, size) : none;
  const now = { core, plus: none, minus: none, points: [], box: null, readings: [], chosen: 0, grow: 0, feather: 0, accepted: photo.accepted, unheard: false };
  return { ...photo, size, now, stored: core, clean: now, past: [], future: [], seconds: null };
}

// Take a step: some facts change, the rest stays. Any change but acceptance itself takes acceptance back.
function stepped(work, facts) {
  const { now, past } = work;
  return { ...work, now: { ...now, accepted: false, unheard: false, ...facts }, past: [...past, now].slice(-KEPT_STEPS), future: [] };
}

// An answer that came for the step now: it completes the step and is no step of its own.
function completed(work, facts) { return { ...work, now: { ...work.now, unheard: false, ...facts } }; }

function undone(work) {
  if (!work.past.length) return work;
  return { ...work, now: work.past.at(-1), past: work.past.slice(0, -1), future: [work.now, ...work.future] };
}

function redone(work) {
  if (!work.future.length) return work;
  return { ...work, now: work.future[0], past: [...work.past, work.now], future: work.future.slice(1) };
}

const shapes = new WeakMap();   // step → its cells, outline and share, worked out once

// The mask of a step: what the segmenter said, and what the brush added, less what it erased, grown or shrunk.
function shape(work) {
  const { now, size } = work;
  let known = shapes.get(now);
  if (!known) {
    const { core, plus, minus } = now, joined = core.map((cell, i) => (cell || plus[i]) && !minus[i] ? 1 : 0);
    const cells = grown(joined, size, now.grow * size.w / work.width);
    known = { cells, loops: loops(cells, size), share: covered(cells) };
    shapes.set(now, known);
  }
  return known;
}

// Brush, eraser and lasso: cells join or leave whatever the segmenter says now or later.
function inked(work, cells, away) {
  const { plus, minus } = work.now, on = away ? minus : plus, off = away ? plus : minus;
  const joined = on.map((cell, i) => cell || cells[i] ? 1 : 0), left = off.map((cell, i) => cell && !cells[i] ? 1 : 0);
  return stepped(work, away ? { minus: joined, plus: left } : { plus: joined, minus: left });
}

// Fill and invert act on the mask as it is; what came before becomes one piece.
function reshaped(work, change) {
  const none = new Uint8Array(work.size.w * work.size.h);
  return stepped(work, { core: change(shape(work).cells, work.size), plus: none, minus: none, grow: 0 });
}

// A mask with nothing in it and nothing asked.
function bare(work) {
  const none = new Uint8Array(work.size.w * work.size.h);
  return { core: none, plus: none, minus: none, points: [], box: null, readings: [], chosen: 0, grow: 0 };
}

function prompted(work, facts) { return stepped(work, { ...facts, grow: work.now.grow }); }

// Show another of the readings.
function reread(work, chosen) {
  const reading = work.now.readings[chosen];
  return { ...stepped(work, { chosen, core: fromRuns(reading.runs, reading, work.size) }) };
}

// What the segmenter is asked: points that only leave out are meant within the mask that is there.
function questionOf(work) {
  const { points, box } = work.now, within = box || !points.length || points.some(([, , label]) => label);
  return { points, box: within ? box : around(shape(work), work) };
}

// The box around a mask, in pixels of the photo; null where nothing is marked.
function around({ cells }, { size: { w, h: high }, width, height }) {
  let [x0, y0, x1, y1] = [w, high, 0, 0];
  cells.forEach((cell, i) => {
    if (!cell) return;
    const x = i % w, y = (i - x) / w;
    x0 = Math.min(x0, x); y0 = Math.min(y0, y); x1 = Math.max(x1, x + 1); y1 = Math.max(y1, y + 1);
  });
  return x1 ? [x0 * width / w, y0 * height / high, x1 * width / w, y1 * height / high] : null;
}

// Whether the mask is still the one that came from the server.
function untouched({ now, stored }) {
  return now.core === stored && !now.grow && !now.feather && !now.plus.includes(1) && !now.minus.includes(1);
}

function progressOf(work) { return work.now.accepted ? "accepted" : shape(work).share ? "proposed" : "none"; }

// What is wrong with a mask, if anything: words for the picture, and why.
function troubleOf(work) {
  const { share } = shape(work), { points, box, unheard } = work.now, asked = points.length || box;
  if (!share && unheard) return ["Not looked for yet", "Click it again."];
  if (!share) return asked ? ["Nothing there", "Add a point on the subject."] : null;
  if (share > EVERYTHING) return ["Covers everything", "Remove a point in the background, or drag a box."];
  return null;
}

// How readings are called: by size.
function readingNames(readings) {
  const bySize = [...readings].sort((a, b) => b.share - a.share);
  const names = readings.length > 2 ? ["whole", "part", "detail"] : ["whole", "part"];
  return readings.map(reading => names[bySize.indexOf(reading)]);
}
