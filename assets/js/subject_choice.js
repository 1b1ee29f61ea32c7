const root = element.querySelector(".lk-choice");
let subjects = [], open = false, known = false;
const chosen = () => (Array.isArray(props.value) ? props.value : []).map(id => subjects.find(one => one.id === id)).filter(Boolean);

async function load() {
  const answer = await server.choice_now({}).catch(() => null);
  if (!answer?.ok) return;
  subjects = answer.subjects;
  known = true;
  const still = (Array.isArray(props.value) ? props.value : []).filter(id => subjects.some(one => one.id === id));
  const next = still.length || !subjects.length ? still : [subjects[0].id];
  if (JSON.stringify(next) !== JSON.stringify(props.value)) props.value = next;
  show();
  trigger("loaded");
}

const masked = one => one.masks === one.photos ? many(one.masks, "mask") : one.masks ? `${one.masks} of ${one.photos} masks` : "no masks";
const about = one => [one.noun, one.trigger, many(one.photos, "photo"), masked(one)].join(" · ");
const thumbs = (one, count) => h("span.lk-row.th", {}, one.images.slice(0, count).map(src => h("img.lk-pic", { src, alt: "", loading: "lazy" })));

function show() {
  const list = chosen();
  if (known && !subjects.length) {
    draw(root, h("section.lk-sec", {}, h("div.lk-row", {}, h("div.lk-grow", {}, h("div.lk-b", {}, "Show it one thing first"), h("div.lk-11.lk-3c", {}, "Three to eight photos, different angles, different places.")), h("button.lk-btn", { do: "make" }, icon("upload"), "Choose photos"))));
    return;
  }
  const names = list.length > 2 ? `${list.length} subjects` : list.map(one => one.name).join(" and ");
  const hints = [...new Map(list.filter(one => one.hint).map(one => [one.hint, one])).values()];
  draw(root, h("section.lk-sec", {},
    h("button.lk-row.line", { do: "open", "aria-expanded": String(open), "aria-label": "Subjects: " + names }, h("span.lk-grow.lk-el", {}, h("span.lk-b", {}, names || "No subject chosen"), h("span.lk-11.lk-3c.lk-el", {}, list.length === 1 ? about(list[0]) : list.map(one => one.trigger).join(" "))),
      list.length === 1 ? thumbs(list[0], 4) : h("span.lk-row.th", {}, list.slice(0, 4).map(one => one.images[0] && h("img.lk-pic", { src: one.images[0], alt: "" }))), h("span.lk-ib.m", {}, icon(open ? "up" : "down"))),
    open && h("div.list", { role: "listbox", "aria-label": "Subjects", "aria-multiselectable": String(props.many) }, subjects.map(one => {
      const on = list.includes(one);
      return h("button.it", { do: "pick", id: one.id, key: one.id, role: "option", "aria-selected": String(on), class: on ? "on" : "" }, h("span.lk-box", { class: on ? "on" : "" }, icon("tick")),
        one.images[0] ? h("img.lk-pic", { src: one.images[0], alt: "" }) : h("span.lk-pic"), h("span.lk-grow.lk-el", {}, h("span.lk-b", {}, one.name), " ", h("span.lk-11.lk-3c", {}, about(one))));
    })),
    hints.map(one => h("div.lk-note.hint", { role: "note" }, icon("info"), h("div.lk-grow", {}, one.hint, one.hint_page && h("div", {}, h("button.lk-btn.s", { do: "hint", "data-page": one.hint_page }, one.hint_page)))))));
}

function pick(id) {
  const now = chosen().map(one => one.id);
  props.value = !props.many ? [id] : now.includes(id) ? now.filter(one => one !== id) : [...now, id];
  if (!props.many) open = false;
  show();
}

deeds(element, "click", { open: () => { open = !open; show(); }, pick: t => pick(t.dataset.id), make: () => go(props.empty_page), hint: t => go(t.dataset.page) });
document.addEventListener("click", event => { if (open && !element.contains(event.target)) { open = false; show(); } });
element.addEventListener("keydown", event => { if (event.key === "Escape" && open) { open = false; show(); root.querySelector(".line").focus(); } });
let fresh = true;  // it is looked for now; the observer's first word is only how things are
new IntersectionObserver(seen => { if (!fresh && seen.some(one => one.isIntersecting)) load(); fresh = false; }).observe(element);
window.addEventListener("lk:library", event => { if (event.detail?.what === "subject" && element.offsetParent) load(); });
watch("value", show);
if (props.page) taken(props.page, hand => { if (hand.subjects) { props.value = hand.subjects; load(); } }, true);
load();
