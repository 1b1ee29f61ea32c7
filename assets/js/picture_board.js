const root = element.querySelector(".lk-board");
let filter = { what: "picture", subject: "", recipe: "", base: "", words: "", order: "newest", starred: false, bin: false };
let index = { days: [], counts: {}, subjects: [], recipes: [], bases: [], bytes: 0 }, ready = false;
let drawn = "", plan = layOut([], 600, 128), tiles = [], asked = new Set(), picked = null, serial = 0;
let wished = +localStorage.getItem("lk-tile") || 128;
const ORDER_NAMES = [["newest", "Newest"], ["likeness", "Likeness"], ["prompt", "Prompt"]];

async function load(keep) {
  const mine = ++serial, answer = await ask(server.board_index, { filter });
  if (!answer || mine !== serial) return;
  index = answer;
  ready = true;
  if (!keep) tiles = [];
  asked = new Set();
  arrange();
  if (!keep) root.querySelector(".lk-grid").scrollTop = 0;
}

function arrange() {
  frame();
  const grid = root.querySelector(".lk-grid");
  if (grid.clientWidth < 10) return;
  const inner = grid.clientWidth - 32;
  plan = layOut(index.days, inner, innerWidth <= 820 ? inner / 3 : wished, filter.what !== "picture");
  see();
}

function frame() {
  draw(root, rail(filter, index), h("main.lk-pane", {},
    h("div.lk-tools", {},
      h("label.lk-in.s.srch", {}, icon("search", "s"), h("input", { type: "search", "aria-label": "Search", placeholder: "words, seed, id, or drop a picture to find its settings", name: "words" })),
      h("span.lk-grow"),
      h("div.lk-seg", { role: "group", "aria-label": "Order" }, ORDER_NAMES.map(([order, name]) => h("button", { do: "order", "data-order": order, "aria-pressed": String(filter.order === order) }, name))),
      h("span.sep"), h("label.lk-row.size", {}, icon("picture", "s"), h("input", { type: "range", name: "size", min: 72, max: 256, value: wished, style: `--v:${(wished - 72) / 184 * 100}%`, "aria-label": "Picture size" }))),
    h("div.lk-grid", { key: "grid", role: "listbox", "aria-label": "Pictures", tabindex: "0" })));
}

const EMPTY = { picture: ["Everything you make is kept here, with how it was made", "Make a first picture", "Compose"],
  artefact: ["Tuned files are kept here, best step first", "Teach it something", "Tune"], wall: ["Comparisons are kept here", "Compare two methods", "Compare"] };

function empty() {
  const narrow = filter.words || filter.subject || filter.recipe || filter.base || filter.starred || filter.bin;
  if (narrow) return h("div.nil", {}, icon("search", "l"), h("div.lk-15.lk-b", {}, filter.bin ? "The bin is empty" : "Nothing here fits"), h("button.lk-btn", { do: "clear" }, "Show everything"));
  const [words, deed, page] = EMPTY[filter.what];
  return h("div.nil", {}, icon("picture", "l"), h("div.lk-15.lk-b", {}, words), h("button.lk-btn.p", { do: "leave", "data-page": page }, deed));
}

function cell({ at, x, y }) {
  const tile = tiles[at], style = `transform:translate(${x.toFixed(1)}px,${y.toFixed(1)}px);width:${plan.side.toFixed(1)}px;height:${plan.tall.toFixed(1)}px`;
  if (!tile) return h("div.lk-cell.wait", { key: "w" + at, style }, h("div.ph"));
  const on = tile.id === picked;
  return h("div.lk-cell", { key: tile.id, style, class: on ? "sel" : "", role: "option", "aria-selected": String(on), "aria-label": tile.title, title: tile.title, do: "pick", "data-at": at, id: "tile-" + tile.id },
    tile.image ? h("img", { src: tile.image, alt: "", loading: "lazy", decoding: "async", draggable: "false" }) : h("div.ph", {}, icon(filter.what === "wall" ? "wall" : "disc", "l")),
    tile.starred && h("span.mk", {}, icon("star")), filter.what !== "picture" && h("div.cp.lk-el", {}, tile.title));
}

function see() {
  const grid = root.querySelector(".lk-grid");
  if (!ready) return;
  grid.setAttribute("role", plan.total ? "listbox" : "group");
  if (!plan.total) { draw(grid, empty()); return; }
  const from = grid.scrollTop - 400, { cells, heads } = inSight(plan, from, from + grid.clientHeight + 800);
  const now = [serial, picked, plan.side, plan.height, cells[0]?.at, cells.at(-1)?.at, cells.filter(one => tiles[one.at]).length].join();
  if (now === drawn && grid.firstChild?.matches?.(".room")) return;
  drawn = now;
  draw(grid, h("div.room", { style: `height:${plan.height.toFixed(0)}px`, role: "presentation" },
    heads.map(group => h("div.day", { key: "d" + group.day, style: `transform:translateY(${group.top}px)` }, h("b", {}, dayName(group.day)), h("span", {}, many(group.count, { picture: "picture", artefact: "file", wall: "wall" }[filter.what])))),
    cells.map(cell)));
  grid.setAttribute("aria-activedescendant", picked ? "tile-" + picked : "");
  for (const one of cells) if (!tiles[one.at]) fetchPage(Math.floor(one.at / props.page));
}

async function fetchPage(page) {
  if (asked.has(page)) return;
  asked.add(page);
  const mine = serial, answer = await ask(server.board_tiles, { filter, offset: page * props.page });
  if (!answer || mine !== serial) return;
  answer.tiles.forEach((tile, i) => { tiles[page * props.page + i] = tile; });
  if (!picked && page === 0 && tiles[0] && innerWidth > 820) pick(0, true);
  see();
}

function pick(at, quietly) {
  const tile = tiles[at];
  if (!tile) return;
  picked = tile.id;
  props.value = { picked };
  if (!quietly) {
    const grid = root.querySelector(".lk-grid"), y = placeOf(plan, at);
    if (y < grid.scrollTop) grid.scrollTop = y - DAY;
    else if (y + plan.tall > grid.scrollTop + grid.clientHeight) grid.scrollTop = y + plan.tall - grid.clientHeight + 12;
  }
  see();
}

function change(next) { filter = next; picked = null; load(); }

let waiting = 0;
root.addEventListener("scroll", () => { if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; see(); }); }, true);
let typed = 0;
root.addEventListener("input", event => {
  if (event.target.name === "words") { clearTimeout(typed); const words = event.target.value; typed = setTimeout(() => change({ ...filter, words }), 180); }
  if (event.target.name === "size") { wished = +event.target.value; localStorage.setItem("lk-tile", wished); arrange(); }
});
deeds(element, "click", {
  filter: t => change(turned(filter, t.dataset.name, t.dataset.value)), order: t => change({ ...filter, order: t.dataset.order }),
  pick: t => pick(+t.dataset.at), leave: t => go(t.dataset.page),
  clear: () => { root.querySelector("[name=words]").value = ""; change({ ...filter, words: "", subject: "", recipe: "", base: "", starred: false, bin: false }); },
});
root.addEventListener("keydown", event => {
  if (!event.target.matches(".lk-grid")) return;
  const at = tiles.findIndex(tile => tile?.id === picked), go = { ArrowLeft: at - 1, ArrowRight: at + 1 }[event.key];
  const next = go ?? { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  pick(at < 0 ? 0 : go === undefined ? neighbour(plan, at, next) : Math.max(0, Math.min(plan.total - 1, go)));
});
element.addEventListener("dragover", event => { if (event.dataTransfer?.types.includes("Files")) { event.preventDefault(); root.classList.add("over"); } });
element.addEventListener("dragleave", event => { if (!root.contains(event.relatedTarget)) root.classList.remove("over"); });
element.addEventListener("drop", async event => {
  root.classList.remove("over");
  const file = event.dataTransfer?.files[0];
  if (!file) return;
  event.preventDefault();
  const kept = await upload(file).catch(() => null);
  if (!kept) return toast("err", "The picture did not arrive", "It may be too large; 40 MB is the most.");
  const answer = await ask(server.board_dropped, { path: kept.path });
  if (answer) window.dispatchEvent(new CustomEvent("lk:dropped", { detail: { ...answer.settings, name: file.name, preview: URL.createObjectURL(file) } }));
});
window.addEventListener("lk:library", () => load(true));            // something was made, starred, put away
new ResizeObserver(() => { if (ready) arrange(); }).observe(element);
taken("Library", hand => {
  const picture = hand.picture || hand.artefact || null;
  if (picture) { picked = picture; props.value = { picked }; }
  load(true);
});
let done = null;
hear(jobs => {
  const made = jobs.filter(job => job.state === "finished").map(job => job.id).sort().join();
  if (done !== null && made !== done) load(true);
  done = made;
});
frame();
load();
