// The gallery of subjects: draws the cards, tells the page which one is chosen, takes new photos.

const head = element.querySelector(".lk-head"), grid = element.querySelector(".lk-subs"), zone = element.querySelector(".lk-dropzone"), bin = element.querySelector(".lk-removed");
const studio = window.likeness ??= {};
let subjects = null, samples = [], removed = [], away = 0, listed = 0, open = false, chosen = null, bringing = null, waiting = 0;

async function refresh(choose) {
  const answer = await ask(server.shelf_now, listed ? { listed } : {});
  if (!answer) { subjects ??= []; return show(); }
  ({ subjects, samples, removed, away } = answer);
  window.dispatchEvent(new CustomEvent("lk:samples", { detail: samples }));
  const remembered = chosen || localStorage.getItem("lk-subject"), there = id => subjects.some(one => one.id === id);
  const next = choose || (there(remembered) ? remembered : subjects[0]?.id || null);
  if (next !== chosen || !studio.told) tell(next);
  show();
  clearTimeout(waiting);
  if (subjects.some(one => one.busy)) waiting = setTimeout(() => refresh(), 1200);
}

function tell(id) {
  chosen = id;
  studio.told = true;
  studio.subject = id;
  if (id) localStorage.setItem("lk-subject", id);
  window.dispatchEvent(new CustomEvent("lk:subject", { detail: { id } }));
}

// ---- drawing
function card(one) {
  const accepted = one.dots.filter(dot => dot === "f").length, runs = one.runs ? ` · ${many(one.runs, "run")}` : "";
  const words = one.count ? `${one.noun}${runs}` : "no photos yet";
  return h("article.lk-subj", { key: one.id, do: "choose", id: one.id, role: "listitem", tabindex: 0, "aria-current": one.id === chosen ? "true" : null,
    "aria-label": `${one.name}, ${one.noun}, ${many(one.count, "photo")}, ${many(accepted, "mask")} accepted` },
    h("div.sheet", { class: "n" + Math.min(3, one.sheet.length) }, one.sheet.length ? one.sheet.map(src => h("img", { src, alt: "", draggable: "false" })) : h("span.lk-blank", {}, icon("picture", "l")),
      one.busy && h("span.lk-onsheet", {}, h("span.lk-ring.s2"))),
    h("div.nm", {}, h("span.lk-el.lk-grow", {}, one.name), h("button.lk-ib.lk-away", { type: "button", do: "away", id: one.id, "aria-label": `Remove ${one.name}`, title: `Remove ${one.name}` }, icon("bin", "s"))),
    h("div.sub", {}, h("span.lk-el", {}, words), h("span.lk-dots", { "aria-hidden": "true" }, one.dots.slice(0, 8).map(dot => h("i", { class: dot })))));
}

function show() {
  draw(head, h("h2", {}, "Subjects ", subjects?.length ? h("span.n", {}, String(subjects.length)) : ""), h("span.lk-grow"),
    h("button.lk-ib.m", { type: "button", do: "newfolder", "aria-label": "New from a folder", title: "New from a folder, with its captions and masks" }, icon("folder")),
    h("button.lk-btn.s", { type: "button", do: "new" }, icon("plus", "s"), "New"));
  draw(grid, (subjects || []).map(card));
  const words = bringing ? [h("b", {}, bringing.at < bringing.of || !bringing.at ? `Photo ${Math.max(1, bringing.at)} of ${bringing.of}` : "Looking at the photos"), h("br"), "They stay on this computer."]
    : [h("b", {}, "Drop 3 to 8 photos"), subjects?.length ? " to start another subject." : " of one thing.", h("br"), "Different angles and places."];
  draw(zone, h("div.lk-drop", { do: "new", role: "button", tabindex: 0, class: bringing ? "is-busy" : "" }, words));
  draw(bin, removedView());
}

// What was removed, for as long as it can be put back.
function removedView() {
  if (!removed.length) return [];
  return [h("details.lk-acc", { key: "removed", open: open || null }, h("summary", {}, icon("right", "s"), "Removed", h("span.v", {}, removed.length < away ? `${removed.length} of ${away}` : String(away))),
    h("div", {}, removed.map(one => h("div.lk-row", { key: one.id }, one.thumb ? h("img.lk-pic", { src: one.thumb, alt: "", width: 28, height: 28, loading: "lazy" }) : h("span.lk-pic.none", {}, icon("picture", "s")),
      h("span.lk-el.lk-grow", {}, one.name), h("button.lk-btn.s.g", { type: "button", do: "back", id: one.id, "aria-label": `Put ${one.name} back` }, "Put back"))),
      removed.length < away && h("button.lk-btn.s.g", { type: "button", do: "older", key: "older" }, `Show the other ${away - removed.length}`),
      h("p.lk-11.lk-3c", {}, "They stay for 30 days.")))];
}

// ---- deeds
const MADE = { name: "make_subject", call: server.make_subject, done: answer => refresh(answer.subject) };
const take = files => bring(files, upload, MADE, {});
const browse = () => choosing(take);

async function putAway(id) {
  const name = subjects.find(one => one.id === id)?.name;
  if (!await ask(server.put_away, { subject: id })) return;
  if (chosen === id) chosen = null;
  localStorage.removeItem("lk-subject");
  await refresh();
  toast("ok", `${name} was removed.`, "What was made from it stays.", { label: "Put it back", run: async () => { if (await ask(server.take_back, { subject: id })) refresh(id); } });
}

async function putBack(id) {
  const one = removed.find(other => other.id === id), photo = one.kind === "photo";
  if (!await (photo ? ask(server.put_photo_back, { photo: id }) : ask(server.take_back, { subject: id }))) return;
  await refresh(one.subject);
  if (photo) tell(one.subject);
}

deeds(element, "click", {
  older: () => { listed = away; refresh(); },
  back: target => putBack(target.dataset.id),
  choose: target => { tell(target.dataset.id); show(); },
  away: (target, event) => { event.stopPropagation(); putAway(target.dataset.id); },
  new: browse, newfolder: () => choosing(take, true),
});
pressable(element);
bin.addEventListener("toggle", event => { open = event.target.open; }, true);
element.addEventListener("keydown", event => {
  const at = event.target.closest(".lk-subj");
  if (!at || event.target !== at) return;
  if (event.key === "Delete") putAway(at.dataset.id);
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 2, ArrowUp: -2 }[event.key];
  if (step) { event.preventDefault(); const cards = [...grid.children]; cards[Math.min(cards.length - 1, Math.max(0, cards.indexOf(at) + step))]?.focus(); }
});
window.addEventListener("lk:library", event => { if (event.detail?.what === "subject") refresh(); });
window.addEventListener("lk:bringing", event => { bringing = event.detail; show(); });
window.addEventListener("lk:new-subject", async event => {
  const { files, sample } = event.detail || {};
  if (files) return take(files);
  if (!sample) return browse();
  const answer = await ask(server.take_sample, { name: sample });
  if (answer) refresh(answer.subject);
});
taken("Subjects", hand => hand.subject && refresh(hand.subject));
dropping(element.querySelector(".lk-picker"), take);
show();
refresh();
takeUp(MADE);
