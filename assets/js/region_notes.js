// What a card has to say of its region: what is amiss before a picture is made, what was seen in the last one, and what
// changed since. Each note: {tone: "warn" | "ok" | "", words, deed, button}.

const CROWDED = 0.25;   // share of a box under other boxes from which it is worth a word

const facets = r => JSON.stringify([r.box, r.mask, r.subject, r.prompt, r.negative, r.strength, r.feather, r.start, r.stop]);
const partOf = (layout, id) => layout?.regions.find(r => r.id === id && !r.hidden);
const hundredth = share => Math.max(1, Math.round(share * 100)) + " %";

function common([ax, ay, aw, ah], [bx, by, bw, bh]) {
  return Math.max(0, Math.min(ax + aw, bx + bw) - Math.max(ax, bx)) * Math.max(0, Math.min(ay + ah, by + bh) - Math.max(ay, by));
}

// A subject over the whole picture without words of its own: the picture's words speak of it.
const wide = r => !!r.subject && !r.mask && r.box.join() === "0,0,1,1" && !r.prompt.trim();
const speaks = r => !!r.prompt.trim() || wide(r);

// A drawn shape with nothing inside, as a layout file may hold it.
const bare = r => !!r.mask && !r.mask.data.some((run, i) => i % 2 && run);

// Whether a plain box holds a whole cell of the base's grid, as the sampler counts them.
function holdsCell(r, layout, cells) {
  if (r.mask || !cells) return true;
  const wide = ratio(layout), [across, down] = wide >= 1 ? [cells * wide, cells] : [cells, cells / wide];
  const whole = (low, size, count) => Math.floor((low + size) * count + 1e-4) > Math.ceil(low * count - 1e-4);
  return whole(r.box[0], r.box[2], Math.round(across)) && whole(r.box[1], r.box[3], Math.round(down));
}

// The region whose box hides most of this one, and how much of it: [region, share].
function crowdedBy(r, layout) {
  const area = r.box[2] * r.box[3], drawn = layout.regions.filter(o => o.id !== r.id && !o.hidden && !o.mask && !wide(o));
  return drawn.map(o => [o, common(r.box, o.box) / area]).sort((a, b) => b[1] - a[1])[0] || [null, 0];
}

function cautions(r, who, { layout, selected, base, cells, unused, open }) {
  const notes = [], say = (words, deed, button) => notes.push({ tone: "warn", words, deed, button });
  if (r.hidden) return notes;
  if (bare(r)) return [{ tone: "warn", words: "There is nothing inside its shape, so it takes no part. Brush it anew, or remove it." }];
  if (who.gone) return [{ tone: "warn", words: "The file of this subject is gone, so it takes no part. Choose another." }];
  if (who.whole === false) return [{ tone: "warn", words: `The file of ${who.name} cannot be read, so it takes no part. Choose another, or tune it again.` }];
  if (who.fits === false && base) {
    return [{ tone: "warn", words: `${who.name} was taught on ${who.taught}, and ${base.name} has other layers, so it takes no part. Tune it again here, or go back to that base.`, deed: "models", button: "Models" }];
  }
  const strange = who.base && base && who.base !== base.key && `${who.name} was taught on ${who.taught}; on ${base.name} it may look less like itself.`;
  if (wide(r)) {
    notes.push({ tone: "", words: "It fills the picture, so the words of the whole picture speak of it." });
    if (strange) say(strange);
    return notes;
  }
  if (!r.prompt.trim()) {
    if (r.id !== selected) say("It says nothing yet, so it takes no part.");
    return notes;
  }
  if (silentTrigger(r, who)) say(`Add ${who.trigger}, or any ${who.noun || "other"} may appear.`, "trigger", "Add it");
  if (r.start >= r.stop) say("It ends before it begins, so it says nothing.");
  if (!holdsCell(r, layout, cells)) say(`Too small: this base paints in steps of ${hundredth(1 / cells)}.`, "larger", "Enlarge");
  if (strange) say(strange);
  if (unused.negative && r.negative.trim() && !open.has(r.id)) notes.push({ tone: "", words: `Not in here: ${r.negative.trim()}. ${unused.negative}` });
  if (unused.feather && r.feather && !open.has(r.id)) notes.push({ tone: "", words: `Soft edge. ${unused.feather}` });
  const [other, share] = r.mask ? [null, 0] : crowdedBy(r, layout);
  if (share >= CROWDED) say(`Region ${label(other.number)} covers ${hundredth(share)} of it; both speak there.`, "apart", "Pull apart");
  return notes;
}

// What changed since the picture behind; without a change the selected region can still be made anew.
function since(r, { layout, selected, before }) {
  if (!before || before.canvas.aspect !== layout.canvas.aspect) return null;
  const was = partOf(before, r.id), now = !r.hidden && speaks(r);
  const note = words => ({ tone: "since", words, deed: "anew", button: "Redo only this" });
  if (!was) return now ? note("Not in the picture yet.") : null;
  if (r.hidden) return note("Hidden since, but still in the picture.");
  if (!now) return null;
  if (JSON.stringify([was.box, was.mask]) !== JSON.stringify([r.box, r.mask])) return note("Moved since the picture.");
  if (facets(was) !== facets(r)) return note("Changed since the picture.");
  return r.id === selected ? note("As in the picture.") : null;
}

// Regions that are in the picture and not on the canvas any more.
function lost({ layout, before }) {
  if (!before || before.canvas.aspect !== layout.canvas.aspect) return [];
  return before.regions.filter(r => !r.hidden && speaks(r) && !layout.regions.some(o => o.id === r.id));
}

const SIGNS = { warn: "warn", ok: "tick", since: "again" };

function noteView({ tone, words, detail, deed, button }, key) {
  return h("div.lk-noteline", { key, class: tone }, tone && icon(SIGNS[tone], "s"),
    h("span.lk-grow", {}, words, detail && h("span.lk-3c", {}, " " + detail)),
    deed && h("button.lk-btn.s", { type: "button", do: deed }, button));
}

// How it stands in the finished picture: a sentence with what to do, and the figures behind it.
function seenView(seen, key) {
  const figures = [
    seen.own !== null && `likeness ${score(seen.own)}`,
    seen.bleed !== null && seen.by && `${seen.by} ${score(seen.bleed)}`,
    seen.inside !== null && `attention inside ${hundredth(seen.inside)}`,
  ].filter(Boolean).join(" · ");
  return [
    seen.says && noteView({ ...seen, words: seen.says, detail: seen.advice }, key),
    ...seen.unread.map((words, i) => noteView({ tone: "warn", words }, `${key}-unread-${i}`)),
    figures && h("div.lk-noteline.lk-3c.lk-figures", { key: key + "-figures", title: "In the picture: how much of its subject is there, how much of another, and how much of the attention for its words lies inside" }, figures),
  ];
}

function notesView(r, who, state) {
  const seen = state.seen?.[r.id], changed = since(r, state), fresh = changed && changed.words !== "As in the picture.";
  return [
    ...cautions(r, who, state).map((note, i) => noteView(note, "warn" + i)),
    seen && !fresh && !r.hidden && seenView(seen.deed === "apart" && !crowdedBy(r, state.layout)[1] ? { ...seen, deed: "" } : seen, "seen"),
    changed && noteView(changed, "since"),
    state.refused === r.id && noteView({ tone: "warn", words: "It is locked, so it stays as it is.", deed: "lock", button: "Unlock" }, "held"),
  ];
}

// ---- what the buttons do

// Two boxes that share a strip each give up half of it, along the side where that costs less; where one is held, the
// other gives up all. Nothing, where both are held or too little would be left of the other.
function pulledApart(one, other, held, otherHeld) {
  const [dx, dy] = [0, 1].map(k => Math.min(one[k] + one[k + 2], other[k] + other[k + 2]) - Math.max(one[k], other[k]));
  if (dx <= 0 || dy <= 0) return [one, other];
  if (held && otherHeld) return [];
  const k = dx <= dy ? 0 : 1, first = one[k] + one[k + 2] / 2 <= other[k] + other[k + 2] / 2;
  const [low, high] = first ? [[...one], [...other]] : [[...other], [...one]];
  const [lowHeld, highHeld] = first ? [held, otherHeld] : [otherHeld, held];
  const wanted = lowHeld ? low[k] + low[k + 2] : highHeld ? high[k] : (Math.max(low[k], high[k]) + Math.min(low[k] + low[k + 2], high[k] + high[k + 2])) / 2;
  const middle = round4(within(wanted, low[k] + SMALLEST, high[k] + high[k + 2] - SMALLEST));
  if ((lowHeld || highHeld) && Math.abs(middle - wanted) > 1e-4) return [];
  const end = high[k] + high[k + 2];
  low[k + 2] = round4(middle - low[k]);
  high[k] = middle;
  high[k + 2] = round4(end - middle);
  return first ? [low, high] : [high, low];
}

// A box about its middle, at least so large, inside the picture.
function enlarged([x, y, w, height], least) {
  const wide = Math.max(w * 1.4, least), high = Math.max(height * 1.4, least);
  return inside([x + w / 2 - wide / 2, y + height / 2 - high / 2, wide, high]);
}
