const root = element.querySelector(".lk-board");
let filter = { what: "picture", subject: "", recipe: "", base: "", words: "", order: "newest", starred: false, bin: false };
let index = { days: [], counts: {}, subjects: [], recipes: [], bases: [], bytes: 0 }, ready = false;
let drawn = "", plan = layOut([], 600, 128), tiles = [], asked = new Map(), picked = null, serial = 0;
let place = null, whole = 0;                        // where what is looked at stood, and among how many
let stale = false, opened = false, sure = false;    // news while nobody looked, filters over a narrow page, the bin's last question
const held = new Set();                             // several, chosen together
let wished = +localStorage.getItem("lk-tile") || 128;
const ORDER_NAMES = [["newest", "Newest"], ["likeness", "Likeness"], ["prompt", "Prompt"]];

async function load(keep) {
  if (keep && !element.offsetParent) { stale = true; return; }
  const mine = ++serial, answer = await ask(server.board_index, { filter });
  if (!answer || mine !== serial) return;
  index = answer;
  ready = true;
  if (!keep) { tiles = []; held.clear(); }
  asked = new Map();
  arrange();
  if (!keep) root.querySelector(".lk-grid").scrollTop = 0;
}

const mixed = () => filter.bin || filter.starred;   // these hold things of every kind

function arrange() {
  frame();
  const grid = root.querySelector(".lk-grid");
  if (grid.clientWidth < 10) return;
  const inner = grid.clientWidth - 32;
  plan = layOut(index.days, inner, innerWidth <= 820 ? inner / 3 : wished, mixed() || filter.what !== "picture");
  tiles.length = Math.min(tiles.length, plan.total);
  see();
}

function severalView() {
  const tool = (deed, words, sign) => h("button.lk-btn.s", { do: "treat", "data-deed": deed, key: deed, "aria-label": words }, icon(sign, "s"), h("span.lk-wide", {}, words));
  return [h("span.lk-b.lk-12", { key: "several", role: "status" }, `${held.size} chosen`),
    filter.bin ? tool("restore", "Take back", "undo") : [tool("star", "Star", "star"), tool("bin", "Put in the bin", "bin")],
    h("button.lk-ib", { do: "letgo", key: "letgo", "aria-label": "Choose none, Esc", title: "Choose none  Esc" }, icon("close")), h("span.sep", { key: "held" })];
}

function binView() {
  const count = index.counts.bin || 0;
  if (!filter.bin || !count || held.size) return [];
  return [sure ? [h("button.lk-btn.s.d", { do: "empty", key: "empty" }, icon("bin", "s"), `Delete ${many(count, "thing")} for good`), h("button.lk-btn.s.g", { do: "unsure", key: "unsure" }, "Keep them")]
    : h("button.lk-btn.s", { do: "sure", key: "sure" }, icon("bin", "s"), "Empty the bin"), h("span.sep", { key: "bin" })];
}

function frame() {
  root.classList.toggle("filters", opened);
  draw(root, rail(filter, index), h("main.lk-pane", {},
    h("div.lk-tools", {},
      h("button.lk-ib.m.narrow", { do: "filters", key: "filters", "aria-label": "Filters", title: "Filters", "aria-expanded": String(opened) }, icon("layers")),
      h("label.lk-in.s.srch", { key: "search" }, icon("search", "s"), h("input", { type: "search", "aria-label": "Search", placeholder: "words, seed, id, or drop a picture to find its settings", name: "words" })),
      h("button.lk-ib", { do: "open", key: "open", "aria-label": "Open a picture to find its settings", title: "Open a picture to find its settings" }, icon("upload")),
      filter.what === "artefact" && !filter.bin && h("button.lk-btn.s", { do: "newcomer", key: "newcomer", "aria-label": "Take over a file", "aria-expanded": String(!!arrival), title: "Take over a LoRA or an embedding of another program" }, icon("file", "s"), h("span.lk-wide", {}, "Take over a file")),
      h("span.lk-grow", { key: "grow" }), held.size ? severalView() : [], binView(),
      h("div.lk-seg", { role: "group", "aria-label": "Order", key: "order" }, ORDER_NAMES.map(([order, name]) => h("button", { do: "order", "data-order": order, "aria-pressed": String(filter.order === order) }, name))),
      h("span.sep", { key: "size" }), h("label.lk-row.size", { key: "slider" }, icon("picture", "s"), h("input", { type: "range", name: "size", min: 72, max: 256, value: wished, style: `--v:${(wished - 72) / 184 * 100}%`, "aria-label": "Picture size" }))),
    arrivalView(),
    h("div.lk-grid", { key: "grid", role: "listbox", "aria-label": "Pictures", tabindex: "0" })));
}

const EMPTY = { picture: ["Everything you make is kept here, with how it was made", "Make a first picture", "Compose"],
  artefact: ["Tuned files are kept here, best step first", "Teach it something", "Tune"], wall: ["Comparisons are kept here", "Compare two methods", "Compare"] };

function empty() {
  const sought = filter.words || filter.subject || filter.recipe || filter.base;
  if (sought || filter.starred || filter.bin) return h("div.nil", {}, icon("search", "l"), h("div.lk-15.lk-b", {}, sought ? "Nothing here fits" : filter.bin ? "The bin is empty" : filter.starred ? "Nothing is starred" : "Nothing here fits"), h("button.lk-btn", { do: "clear" }, "Show everything"));
  const [words, deed, page] = EMPTY[filter.what];
  return h("div.nil", {}, icon("picture", "l"), h("div.lk-15.lk-b", {}, words), h("button.lk-btn.p", { do: "leave", "data-page": page }, deed));
}

function cell({ at, x, y }) {
  const tile = tiles[at], style = `transform:translate(${x.toFixed(1)}px,${y.toFixed(1)}px);width:${plan.side.toFixed(1)}px;height:${plan.tall.toFixed(1)}px`;
  if (!tile) return h("div.lk-cell.wait", { key: "w" + at, style }, h("div.ph"));
  const on = tile.id === picked, among = held.has(tile.id);
  const node = h("div.lk-cell", { key: tile.id, style, class: (on ? "sel" : "") + (among ? " held" : ""), role: "option", "aria-selected": String(held.size ? among : on), "aria-label": tile.title, title: tile.title, do: "pick", "data-at": at },
    tile.image ? h("img", { src: tile.image, alt: "", loading: "lazy", decoding: "async", draggable: "false" }) : h("div.ph", {}, icon({ picture: "picture", wall: "wall" }[tile.what] || "disc", "l")),
    tile.starred && h("span.mk", {}, icon("star")), among && h("span.among", {}, icon("tick")), (mixed() || filter.what !== "picture") && h("div.cp.lk-el", {}, tile.title));
  node.id = "tile-" + tile.id;   // what the grid calls the one looked at
  return node;
}

function see() {
  const grid = root.querySelector(".lk-grid");
  if (!ready) return;
  grid.setAttribute("role", plan.total ? "listbox" : "group");
  plan.total ? grid.setAttribute("aria-multiselectable", "true") : grid.removeAttribute("aria-multiselectable");
  if (!plan.total) { draw(grid, empty()); return; }
  const from = grid.scrollTop - 400, { cells, heads } = inSight(plan, from, from + grid.clientHeight + 800);
  const now = [serial, picked, [...held].join(" "), plan.side, plan.height, cells[0]?.at, cells.at(-1)?.at, cells.filter(one => tiles[one.at]).length].join();
  if (now === drawn && grid.firstChild?.matches?.(".room")) return;
  drawn = now;
  draw(grid, h("div.room", { style: `height:${plan.height.toFixed(0)}px`, role: "presentation" },
    heads.map(group => h("div.day", { key: "d" + group.day, style: `transform:translateY(${group.top}px)` }, h("b", {}, dayName(group.day)), h("span", {}, many(group.count, mixed() ? "thing" : { picture: "picture", artefact: "file", wall: "wall" }[filter.what])))),
    cells.map(cell)));
  grid.querySelector(`[id="tile-${picked}"]`) ? grid.setAttribute("aria-activedescendant", "tile-" + picked) : grid.removeAttribute("aria-activedescendant");
  for (const one of cells) fetchPage(Math.floor(one.at / props.page));
}

// Ask for a page of tiles once, whoever waits for it; what was known of it stands until the answer comes.
function fetchPage(page) {
  if (!asked.has(page)) asked.set(page, bringPage(page));
  return asked.get(page);
}

async function bringPage(page) {
  const mine = serial, answer = await ask(server.board_tiles, { filter, offset: page * props.page });
  if (mine !== serial) return;
  if (!answer) { asked.delete(page); return; }
  answer.tiles.forEach((tile, i) => { tiles[page * props.page + i] = tile; });
  drawn = "";
  const first = page * props.page, here = picked === null ? -1 : tiles.findIndex(tile => tile?.id === picked);
  if (!picked && page === 0 && tiles[0] && innerWidth > 820) pick(0, true);
  else if (here >= 0) [place, whole] = [here, plan.total];
  else if (plan.total < whole && place !== null && place >= first && place <= first + answer.tiles.length) pick(Math.min(place, plan.total - 1), true);
  see();
}

// Everybody hears at once what is looked at: a key pressed next means that.
function look(id) {
  picked = id;
  props.value = { picked };
  (window.likeness ??= {}).picked = id;
  window.dispatchEvent(new CustomEvent("lk:picked", { detail: id }));
}

function pick(at, quietly) {
  const tile = tiles[at];
  if (!tile) return;
  [place, whole] = [at, plan.total];
  look(tile.id);
  if (!quietly) {
    const grid = root.querySelector(".lk-grid"), y = placeOf(plan, at);
    if (y < grid.scrollTop) grid.scrollTop = y - DAY;
    else if (y + plan.tall > grid.scrollTop + grid.clientHeight) grid.scrollTop = y + plan.tall - grid.clientHeight + 12;
  }
  see();
}

// ---- several at once: Ctrl adds one, Shift all up to one; a long press on a touch screen begins
function hold(at, on) {
  const id = tiles[at]?.id;
  if (id) (on ?? !held.has(id)) ? held.add(id) : held.delete(id);
}

async function choose(at, event) {
  const from = tiles.findIndex(tile => tile?.id === picked);
  if (event.shiftKey && from >= 0) {
    const [low, high] = [Math.min(from, at), Math.max(from, at)];
    const mine = serial, first = Math.floor(low / props.page), count = Math.floor(high / props.page) - first + 1;
    await Promise.all(Array.from({ length: count }, (_, i) => fetchPage(first + i)));
    if (mine !== serial) return;
    for (let one = low; one <= high; one++) hold(one, true);
    return arrange();
  }
  if (event.ctrlKey || event.metaKey || held.size) {
    if (!held.size && from >= 0 && from !== at) hold(from, true);
    hold(at);
    arrange();
  }
  pick(at);
}

function letgo() { held.clear(); arrange(); }

async function treat(deed) {
  const ids = [...held], back = async () => { if (await ask(server.board_do, { do: "restore", ids })) load(true); };
  if (!ids.length || !await ask(server.board_do, { do: deed, ids })) return;
  held.clear();
  load(true);
  if (deed === "bin") toast("ok", `${many(ids.length, "thing is", "things are")} in the bin`, "They stay there for 30 days.", { label: "Take back", run: back });
}

async function empty_bin() {
  sure = false;
  const answer = await ask(server.board_do, { do: "empty", ids: [] });
  const gone = answer && `${many(answer.count, "thing is", "things are")} gone for good.`;
  if (answer?.left) toast("warn", "Not all went", `${gone} ${many(answer.left, "is", "are")} being made again, and stay${answer.left === 1 ? "s" : ""}.`);
  else if (answer) toast("ok", "The bin is empty", gone);
  load();
}

function change(next) { filter = next; picked = place = null; sure = opened = false; load(); }

let waiting = 0;
root.addEventListener("scroll", () => { if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; see(); }); }, true);
root.addEventListener("error", event => {           // a picture that cannot be shown
  const id = event.target.closest?.("[data-at]")?.id, tile = id && tiles.find(one => one && "tile-" + one.id === id);
  if (tile) { tile.image = drawn = ""; see(); }
}, true);
let typed = 0;
root.addEventListener("input", event => {
  if (event.target.name === "words") { clearTimeout(typed); const words = event.target.value; typed = setTimeout(() => change({ ...filter, words }), 180); }
  if (event.target.dataset.word) arrival[event.target.dataset.word] = event.target.value;
  if (event.target.name === "size") { wished = +event.target.value; localStorage.setItem("lk-tile", wished); arrange(); }
});
deeds(element, "click", {
  filters: () => { opened = !opened; arrange(); }, open: browse, treat: t => treat(t.dataset.deed), letgo,
  sure: () => { sure = true; arrange(); }, unsure: () => { sure = false; arrange(); }, empty: empty_bin,
  filter: t => change(turned(filter, t.dataset.name, t.dataset.value)), order: t => change({ ...filter, order: t.dataset.order }),
  pick: (t, event) => { if (!pressed) choose(+t.dataset.at, event); }, leave: t => go(t.dataset.page),
  newcomer: () => { arrival = arrival ? null : { path: "", says: null }; arrange(); root.querySelector(".arrival input")?.focus(); },
  bringfile: bringFile, lookat: lookAt, takeover: takeOver, leavealone: () => { arrival = null; arrange(); },
  clear: () => { root.querySelector("[name=words]").value = ""; change({ ...filter, words: "", subject: "", recipe: "", base: "", starred: false, bin: false }); },
});
root.addEventListener("keydown", event => {
  if (event.key === "Escape" && opened) {
    event.stopPropagation();
    opened = false;
    arrange();
    return root.querySelector("[data-do=filters]")?.focus();
  }
  if (event.key === "Enter" && event.target.dataset.word) return arrival.says ? takeOver() : lookAt();
  if (!event.target.matches(".lk-grid")) return;
  if (held.size && ["Escape", "Delete"].includes(event.key)) {
    event.stopPropagation();
    return event.key === "Escape" ? letgo() : treat(filter.bin ? "restore" : "bin");
  }
  const at = tiles.findIndex(tile => tile?.id === picked), go = { ArrowLeft: at - 1, ArrowRight: at + 1 }[event.key];
  const next = go ?? { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (event.key === " " && at >= 0) { event.preventDefault(); hold(at); return arrange(); }
  if (next === undefined) return;
  event.preventDefault();
  const to = at < 0 ? 0 : go === undefined ? neighbour(plan, at, next) : Math.max(0, Math.min(plan.total - 1, go));
  if (event.shiftKey) { hold(at, true); hold(to, true); arrange(); }
  pick(to);
});
// A long press holds what lies under the finger, and the click that follows it means nothing more.
let pressed = null;
root.addEventListener("pointerdown", event => {
  const at = event.pointerType === "touch" && event.target.closest("[data-at]")?.dataset.at;
  clearTimeout(pressed);
  pressed = null;
  if (!at) return;
  const timer = setTimeout(() => { pressed = timer; hold(+at); arrange(); }, 500);
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { clearTimeout(timer); setTimeout(() => { pressed = null; }, 50); }, { once: true });
});
element.addEventListener("dragover", event => { if (event.dataTransfer?.types.includes("Files")) { event.preventDefault(); root.classList.add("over"); } });
element.addEventListener("dragleave", event => { if (!root.contains(event.relatedTarget)) root.classList.remove("over"); });
element.addEventListener("drop", event => {
  root.classList.remove("over");
  const file = event.dataTransfer?.files[0];
  if (!file) return;
  event.preventDefault();
  if (WEIGHTS.test(file.name)) return welcome(file);
  learn(file);
});

// Ask what a picture from anywhere says of itself.
async function learn(file) {
  const kept = await upload(file).catch(() => null);
  if (!kept) return toast("err", "The picture did not arrive", "It may be too large; 200 MB is the most.");
  const answer = await ask(server.board_dropped, { path: kept.path });
  if (answer) window.dispatchEvent(new CustomEvent("lk:dropped", { detail: { ...answer.settings, name: file.name, preview: URL.createObjectURL(file) } }));
}

function browse() {
  const chooser = h("input", { type: "file", accept: "image/png,image/jpeg,image/webp" });
  chooser.addEventListener("change", () => { if (chooser.files[0]) learn(chooser.files[0]); });
  chooser.click();
}

// Something was made, starred, put away, here or elsewhere; or the connection was lost meanwhile.
for (const news of ["lk:library", "lk:back"]) window.addEventListener(news, () => load(true));
new ResizeObserver(() => {
  if (stale && element.offsetParent) { stale = false; load(true); }
  else if (ready) { opened &&= innerWidth <= 820; arrange(); }
}).observe(element);
taken("Library", hand => {
  const picture = hand.picture || hand.artefact || null;
  if (picture) { place = null; look(picture); }
  load(true);
});
frame();
load();
