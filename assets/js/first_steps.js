const root = element.querySelector(".lk-first");
const KEPT = "lk-first-run";
const memory = () => { try { return JSON.parse(localStorage.getItem(KEPT)) || {}; } catch { return {}; } };
const keep = change => localStorage.setItem(KEPT, JSON.stringify(Object.assign(at, change)));
const at = { step: 1, someone: null, own: null, subject: null, job: null, place: null, picture: null, result: null, skipped: false, ...memory() };
let open = false, people = [], places = [], forecast = null, bringing = null, busy = false, seeking = 0, named = 0, asked = null;
let seen = {}, path = "";  // the photo that is looked at, as `look` tells of it, and the outline in it

const bare = () => !path && seen.seeking === false;                      // nothing was found that has an outline
const called = () => at.own ? at.own.words ? "your " + at.own.words : "it" : someone()?.name || "it";
const someone = () => at.own || people.find(one => one.key === at.someone);
const job = id => (window.likeness?.jobs || []).find(one => one.id === id);
const going = () => ["running", "paused", "queued"].includes(job(at.job)?.state);
const call = async (name, ...words) => {
  const mine = at.subject;
  busy = true; show();
  const answer = await ask(server.first_do, { do: name, with: words });
  busy = false; show();
  return answer && mine === at.subject ? answer.answer ?? "" : null;      // it is about somebody else by now
};

// How long learning takes here; where it was never done, that is a guess and says so.
const span = () => forecast?.seconds ? (forecast.guess ? "About " : "") + seconds(forecast.guess ? +forecast.seconds.toPrecision(2) : forecast.seconds) : "";
function afresh(change) { keep({ step: 1, someone: null, own: null, subject: null, job: null, picture: null, result: null, ...change }); seen = {}; path = ""; show(); trace(); }

async function begin() {
  open = true;
  const answer = await ask(server.first_offer, {});
  if (!open) return;  // somebody went on meanwhile
  keep({ skipped: false });
  if (!answer || !answer.people.length) { open = false; return; }
  ({ people, places, forecast } = answer);
  at.place ??= places[0]?.key;
  document.body.classList.add("lk-first-open");
  scrollTo(0, 0);
  if (!someone()) return afresh();
  trace();
  follow();
}

function leave(page, hand) {
  open = false;
  keep({ skipped: true });
  document.body.classList.remove("lk-first-open");
  show();
  if (page) go(page, hand);
}

// Show the photo at once, its outline as soon as the mask has been found.
async function trace() {
  clearTimeout(seeking);
  if (!at.subject || !open) return;
  const mine = at.subject, before = named, answer = await server.first_do({ do: "look", with: [mine] }).catch(() => null);
  if (mine !== at.subject) return;
  if (answer && !answer.ok) return afresh();                                 // that subject is not here any more
  const found = answer?.answer.mask ? await outline(answer.answer.mask).catch(() => "") : "";
  if (mine !== at.subject) return;
  if (answer) [seen, path] = [answer.answer, found];
  if (at.own && answer && named === before) keep({ own: seen.someone });
  show();
  if (!path) seeking = setTimeout(trace, answer ? 800 : 2000);
}

function card(number, title, picture, words, act, more) {
  const state = at.step > number || (number === 4 && at.result) ? "done" : at.step === number ? "now" : "wait";
  return h("li.step", { class: state, key: "s" + number, "aria-current": state === "now" ? "step" : null },
    h("div.hd", {}, h("span.num", { class: state }, state === "done" ? icon("tick") : String(number)), h("h2", {}, title)),
    h("div.pic", {}, picture), h("div.tx", {}, h("span", { role: "status" }, words), more), h("div.ac", {}, act));
}

const ink = (deed, words, off) => h("button.lk-btn.p.w", { do: deed, disabled: off || busy || !!bringing || null }, words);
const plain = (deed, words, sign) => h("button.lk-btn.w", { do: deed }, icon(sign), words);

function pickStep() {
  const one = someone();
  const coming = bringing && (bringing.at < bringing.of ? `Photo ${Math.max(1, bringing.at)} of ${bringing.of} is on its way.` : "Looking at the photos.");
  if (at.own) return card(1, "Pick someone", pictured(at.own.photos), coming || `${many(at.own.count, "photo")} of your own.${at.own.count < 3 ? " Two or three other angles would help." : ""}`,
    [at.step < 3 && plain("own", "More photos", "upload"), !going() && plain("afresh", "Start over", "again")]);
  return card(1, "Pick someone", h("div.four", {}, people.slice(0, 4).map(p => h("button", { do: "pick", "data-key": p.key, class: p.key === at.someone ? "on" : "", "aria-pressed": String(p.key === at.someone), disabled: at.step > 2 || busy || null },
    h("img.px", { src: p.photos[0], alt: p.words }), h("span", {}, p.name)))),
    coming || (one ? `${one.name}, ${one.words}. ${many(one.count, "photo")} came with the studio.` : "Click one. Their photos came with the studio."), !going() && plain("own", "Or use your own photos", "upload"));
}

const sharp = () => at.own ? "img" : "img.px";   // a toy shows its pixels, a photo does not

// One photo, or a sheet of up to four.
const pictured = photos => photos.length > 1 ? h("div.four", {}, photos.map(src => h("img", { src, alt: "" }))) : h("img", { src: photos[0], alt: "" });

// The outline over a photo that fills its square, whatever its shape.
function traced() {
  const least = Math.min(...seen.size), [x, y] = seen.size.map(side => side / least), round = { d: path, fill: "none", "vector-effect": "non-scaling-stroke", transform: `scale(${x} ${y})` };
  return h("svg", { viewBox: `0 0 ${320 * x} ${320 * y}`, preserveAspectRatio: "xMidYMid slice", "aria-hidden": "true" },
    h("path", { d: "M0 0H320V320H0Z" + path, fill: "#000", "fill-opacity": .46, "fill-rule": "evenodd", transform: round.transform }),
    h("path", { ...round, stroke: "#fff", "stroke-width": 3, "stroke-linejoin": "round" }), h("path.ants", { ...round, stroke: "#0B62C4", "stroke-width": 1.4, "stroke-dasharray": "6 6" }));
}

function found() {
  const { count } = seen.someone;
  return seen.missing ? `Found on ${count - seen.missing} of ${many(count, "photo")}; the rest is learnt whole.` : "Found on every photo. Only what is inside will be learnt.";
}

const what = () => at.own && h("label.what", {}, "What is it?", h("input.lk-in", { type: "text", maxlength: 40, value: at.own.words, placeholder: "dog, mug, bear", key: at.own.key, disabled: at.step > 2 || null, autocomplete: "off" }));

function outlineStep() {
  const one = someone();
  const picture = one ? [h(sharp(), { src: seen.photo || one.photos[0], alt: one.words }), !path && at.step === 2 && h("span.capp.lk-11", {}, "finding it"), path && traced()] : "";
  return card(2, "Check the outline", picture, one ? path ? found() : bare() ? "Nothing was found. Draw it by hand, or learn from the whole photo." : "It is being found in the photos." : "The subject is found in the photos.",
    at.step === 2 ? [ink("accept", bare() ? "Go on" : "Looks right", !path && !bare()), plain("correct", path ? "Correct it" : "Draw it", "scissors")] : at.step > 2 ? plain("correct", "Correct it", "scissors") : ink("accept", "Looks right", true), what());
}

function teachStep() {
  const it = job(at.job), share = it?.total ? 100 * it.step / it.total : 0;
  const picture = it?.image ? [h("img.px", { src: it.image, alt: "Newest sample" }), it.pictured ? h("span.capp.lk-m", {}, "step " + it.pictured) : ""] : someone() ? h(sharp() + ".dim", { src: seen.photo || someone().photos[0], alt: "" }) : "";
  if (it?.state === "lost" && it.step > 0 && it.can.includes("carry_on")) return card(3, "Teach it", picture, it.message || "It was cut short.", ink("carry", `Carry on from ${it.step}`));
  if (it && ["failed", "lost", "cancelled"].includes(it.state)) return card(3, "Teach it", picture, `${it.message || "It was stopped."} ${it.advice}`, ink("teach", "Teach it again"));
  if (going()) return card(3, "Teach it", picture, it.state === "queued" ? "It starts in a moment." : "Learning a new word and a small file beside the model.",
    [h("div.lk-grow", {}, h("div.lk-bar", { style: "height:6px;border-radius:3px" }, h("i", { style: `width:${share.toFixed(1)}%` })),
      h("div.lk-row.lk-sp.lk-12", { style: "margin-top:6px" }, h("span.lk-b", {}, it.left !== null ? seconds(it.left) + " left" : it.total && it.step >= it.total ? "nearly done" : "getting ready"), h("span.lk-3c", {}, typeof it.values.likeness === "number" ? "likeness " + score(it.values.likeness) : ""))),
      h("button.lk-ib.m", { do: "stop", "aria-label": "Stop and keep", title: "Stop and keep" }, icon("stop"))]);
  if (at.step > 3) return card(3, "Teach it", picture, `It knows ${called()} now.`, plain("watch", "See how it learnt", "disc"));
  return card(3, "Teach it", picture, [span() ? `${span()} on this computer${forecast.guess ? ", a guess until the first run" : ""}.` : "It learns from the photos, on this computer.", at.own?.hint && ` ${at.own.hint}`], ink("teach", "Teach it", at.step < 3 || asked !== null));
}

function placeStep() {
  const making = job(at.picture), done = at.result, shown = done || (making?.state === "running" && making.image);
  const picture = shown ? h("img.px", { src: shown, alt: "Your picture" }) : h("div.places", {}, places.slice(0, 4).map(p => h("button", { do: "place", "data-key": p.key, class: p.key === at.place ? "on" : "", "aria-pressed": String(p.key === at.place) }, h("img.px", { src: p.image, alt: "" }), h("span", {}, p.words))));
  if (done) return card(4, "Put it somewhere", picture, `${called().replace(/^./, letter => letter.toUpperCase())} is there. The picture is kept in the library, with how it was made.`, [plain("again", "Another place", "again")]);
  const words = making?.state === "failed" ? `${making.message} ${making.advice}` : at.step < 4 ? "Choose a place now; the picture starts when it has learnt." : making && ["queued", "running"].includes(making.state) ? "Here it comes." : "Choose a place.";
  return card(4, "Put it somewhere", picture, words, ink("make", "Make the picture", at.step < 4 || (making && ["queued", "running"].includes(making.state))));
}

function lead(deed, title, words, images) {
  return h("button.nx", { do: deed }, h("span.ims", {}, images.map(src => h("img.px", { src, alt: "" }))), h("span.lk-grow", {}, h("b", {}, title), h("span", {}, words)), icon("go"));
}

function show() {
  root.hidden = !open;
  if (!open) { draw(root); return; }
  const faces = people.map(one => one.photos[0]);
  draw(root, h("div.in", {}, h("div.lk-row.lk-sp", { style: "align-items:flex-end;flex-wrap:wrap" }, h("div", {}, h("h1", {}, "Your first picture, in four clicks"), h("p.lead", {}, span() ? `${span()} of learning, on this computer.` : "All of it on this computer.")),
    h("button.lk-btn.g", { do: "skip" }, icon("go"), "Skip to the studio")),
    h("ol.path", {}, pickStep(), outlineStep(), teachStep(), placeStep()),
    h("div.after", {}, h("h3", {}, "Then"), lead("compose", "Two or three in one picture", "Draw a box for each, in Compose", faces.slice(0, 2)), lead("compare", "Which method does it best?", "Same photos, same seeds", faces.slice(1, 3)), lead("shelf", "Your own dog, mug or bear", "3 to 8 photos and a bigger model", faces.slice(2, 4))),
    h("div.loc", {}, icon("lock", "s"), "Nothing leaves this computer. No account, no downloads.")));
}

async function make() {
  const started = await call("make", at.subject, at.place);
  if (started !== null) { keep({ picture: started, result: null }); nudge(); show(); }
}

deeds(element, "click", {
  pick: async t => { const subject = await call("pick", t.dataset.key); if (subject) afresh({ someone: t.dataset.key, subject, step: 2 }); },
  accept: async () => { if (await call("accept", at.subject) !== null) { keep({ step: 3 }); show(); } },
  teach: async () => { const started = await call("teach", at.subject); if (started) { asked = started; keep({ job: started }); nudge(); show(); } },
  carry: async () => { if (await call("carry", at.job) !== null) nudge(); }, stop: () => call("stop", at.job), place: t => { keep({ place: t.dataset.key }); show(); },
  make, again: () => { keep({ result: null, picture: null }); show(); },
  skip: () => leave(), own: () => choosing(take), afresh: () => afresh(), shelf: () => leave("Subjects"), correct: () => leave("Subjects", { subject: at.subject }), watch: () => leave("Tune", { job: at.job }),
  compose: () => leave("Compose"), compare: () => leave("Compare"),
});
async function follow() {
  if (job(asked)) asked = null;                                            // until then it may not be begun once more
  if (!open) return;
  const learnt = job(at.job), made = job(at.picture);
  if (at.step === 3 && learnt && (learnt.state === "finished" || (learnt.state === "cancelled" && learnt.kept))) { keep({ step: 4 }); if (at.place && learnt.state === "finished") make(); }
  if (at.picture && !at.result && made?.state === "finished") { const address = await call("result", at.picture); if (address) keep({ result: address }); }
  show();
}
hear(follow);
// A person's own photos: dropped anywhere on the steps, or chosen.
const OWN = { name: "first_take", call: server.first_take, done: answer => { afresh({ own: answer.someone, subject: answer.someone.key, step: 2 }); welcome(); } };
function take(files) {
  if (bringing) return toast("warn", "Other photos are still on their way.", "Add these when they are here.");
  if (going()) return toast("warn", `It is learning ${called()}.`, "Let it finish, or stop it; then start over with these.");
  bring(files, upload, OWN, at.own && at.step < 3 ? { subject: at.subject } : {});
}
dropping(root, take);
window.addEventListener("lk:bringing", event => { bringing = event.detail?.errand === OWN.name ? event.detail : null; show(); });
element.addEventListener("change", async event => {
  if (!event.target.matches(".what input") || !event.target.value.trim()) return;
  named++;                                                                 // what was told of it before is older
  const mine = at.subject, answer = await ask(server.first_call, { subject: mine, noun: event.target.value.trim() });
  if (answer && mine === at.subject) { keep({ own: answer.someone }); show(); }
});
window.addEventListener("lk:first", begin);
document.addEventListener("click", event => { if (event.target.closest("[data-lk-opens=first]")) { event.preventDefault(); begin(); } });
// It opens where there is nothing yet, and goes on where a reload cut it short.
const begun = () => at.step > 1 && at.subject && !at.result;
function welcome() { if (!at.skipped && !open && (props.value === true || begun())) begin(); }
watch("value", welcome);
welcome();
show();
takeUp(OWN);
