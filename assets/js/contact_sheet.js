// The wall: asks Python how it stands, draws what of it is in sight, and says which cell is looked at.

const board = element.querySelector(".lk-wallboard"), dialog = element.querySelector("dialog");
const kept = name => localStorage.getItem("lk-wall-" + name) || "", keep = (name, what) => localStorage.setItem("lk-wall-" + name, what);
let value = props.value || {}, sheet = null, cells = new Map(), columns = [], columnBy = new Map(), focus = "", wish = "", told = "", answered = false;
let order = kept("order") || "both", scores = kept("scores").split(" "), mode = "pictures", table = null, by = "", beside = "", seen = "";

const { poll, afresh } = poller({
  call: asked => server.look({ ...asked, window: wanted() }), value: () => value, wait: calm(150),
  busy: () => sheet && (sheet.reading || ["running", "queued", "paused"].includes(sheet.state)),
  got: answer => {
    answered = true;
    know(answer.sheet);
    brought = "";
    learn(answer.cells || []);
  },
});

function learn(found) {
  cells = new Map(found.map(c => [c.key, c]));
  settleChoice();
  if (cells.has(wish)) choose(wish);
  show();
  tell();
}

// The plot and the pair beside the wall follow what is finished, not every frame.
function tell() {
  const mark = sheet ? JSON.stringify([sheet.wall, sheet.subject, sheet.blind, sheet.done, sheet.rows, value.chosen, value.against]) : "";
  if (mark === told) return;
  told = mark;
  trigger("refresh");
  if (mode === "scores") bringScores();
}

function turn(facts, event) {
  wish = "";
  value = { ...value, ...facts };
  props.value = value;
  show();
  if (event) trigger(event);
}

// A cell that is gone is no longer chosen; without a choice the first finished column is.
function settleChoice() {
  const done = key => cells.get(key)?.state === "done", rows = rowsShown();
  let { chosen, against } = value;
  if (!done(chosen)) chosen = columns.flatMap(c => rows.map(r => cellAt(r.key, c.key))).find(c => c?.state === "done")?.key || "";
  const column = cells.get(chosen)?.column;
  if (!done(against) || against === chosen || cells.get(against).column !== column)
    against = rows.map(r => cellAt(r.key, column)).find(c => c?.state === "done" && c.key !== chosen)?.key || "";
  if (chosen !== value.chosen || against !== value.against) { value = { ...value, chosen, against }; props.value = value; }
  if (!cells.has(focus)) focus = chosen || cells.keys().next().value || "";
}

const cellAt = (row, column) => cells.get(`${row}:${column}`);
function know(found) {
  sheet = found;
  const seeds = sheet?.seeds || [];
  columns = (sheet?.prompts || []).flatMap((p, n) => seeds.map((seed, k) => ({ ...p, key: `${n}-${seed}`, seed, seeds: seeds.length, at: n * seeds.length + k, first: k === 0 })));
  columnBy = new Map(columns.map(c => [c.key, c]));
}

// The two scores that are shown: those somebody chose, where the wall has them.
const shown = () => [0, 1].map(place => sheet.metrics.find(m => m.key === scores[place]) || sheet.metrics[place]);
const worth = (row, metric) => metric.key in row.scores ? (metric.better === "less" ? -1 : 1) * row.scores[metric.key] : -9;
const most = key => Math.max(...sheet.rows.map(r => r.scores[key] ?? 0));
const ORDERS = {
  first: row => -worth(row, shown()[0]), second: row => -worth(row, shown()[1]), time: row => row.seconds ?? 1e9,
  both: row => -shown().reduce((sum, m) => sum + worth(row, m) / (most(m.key) || 1), 0),
};
if (!(order in ORDERS)) order = "both";
const sort = name => { order = name; keep("order", name); show(); };
const orders = () => [...shown().map((m, place) => [["first", "second"][place], short(m), m.label]), ["both", "Both"], ["time", "Time"]];

function rowsShown() {
  const rows = (sheet?.rows || []).filter(r => !r.hidden || sheet.blind);
  return sheet?.blind ? rows : [...rows].sort((a, b) => b.pinned - a.pinned || ORDERS[order](a) - ORDERS[order](b));
}

// What has to be known of the wall: what is in sight, and all of the column that is looked at.
function wanted() {
  const rows = rowsShown(), { top, bottom, first, last } = inSight(board, rows.length, columns.length);
  return { rows: rows.slice(top, bottom).map(r => r.key), first, last, column: (value.chosen || "").split(":").at(-1) };
}

// Ask for cells in sight that are not known; what has gone out of sight is forgotten.
let bringing = false, brought = "";
async function bring() {
  if (!sheet) return;
  const window = wanted(), mark = JSON.stringify(window), column = window.column && columnBy.get(window.column);
  const places = [...window.rows.flatMap(r => columns.slice(window.first, window.last).map(c => `${r}:${c.key}`)), ...(column ? sheet.rows.map(r => `${r.key}:${column.key}`) : [])];
  if (bringing || mark === brought || places.every(key => cells.has(key))) return;
  [bringing, brought] = [true, mark];
  const asked = value, answer = await ask(server.sheet_cells, { value, window });
  bringing = false;
  if (!answer || asked.wall !== value.wall || asked.subject !== value.subject || asked.blind !== value.blind) return;
  learn(answer.cells);
}

async function bringScores() {
  const answer = await ask(server.sheet_scores, { value, against: beside });
  if (!answer) return;
  table = answer.table;
  show();
}

function boardView() {
  if (!answered) return [];  // whether there is a wall is not known yet
  if (!sheet) return [h("div.lk-empty", { key: "empty" }, h("div.lk-15.lk-b", {}, "Same subject, several methods"), h("p.lk-2c", {}, "Tick two recipes, write a few prompts: the wall fills itself."),
    h("button.lk-btn", { type: "button", do: "go", "data-event": "more" }, icon("go"), "Choose recipes"))];
  const fault = sheet.message && h("div.lk-note.err", { key: "fault", role: "alert" }, icon("octagon"), h("div", {}, h("b", {}, sheet.message), " ", sheet.advice));
  const aged = sheet.aged && !sheet.blind && h("div.lk-note", { key: "aged" }, icon("info"), h("div.lk-grow", {}, h("b", {}, "These scores are old."), " Photos, judges or the way to score have changed since they were read. No picture has to be made again."),
    h("button.lk-btn.s", { type: "button", do: "go", "data-event": "rescore" }, "Read them again"));
  if (mode === "scores" && !sheet.blind) return [fault, aged, ...sheetScores({ sheet, table, by, rows: rowsShown() })].filter(Boolean);
  const rows = rowsShown(), { top, bottom, first, last } = inSight(board, rows.length, columns.length), part = rows.length * columns.length > ALL;
  const next = ["running", "queued"].includes(sheet.state) ? [...cells.values()].find(c => c.state === "waiting")?.key : "";
  const look = { ...value, ...looking(), focus, note: sheet.note, next }, near = columns.slice(first, last);
  const style = `--n:${columns.length};grid-template-rows:auto repeat(${rows.length}, minmax(${part ? size.tall - GAP_DOWN : 0}px, auto))`;
  return [
    fault, aged,
    h("div.lk-wall", { key: "wall", role: "grid", "aria-label": "Methods by prompts", "aria-rowcount": rows.length + 1, "aria-colcount": columns.length + 1, class: sheet.blind ? "blind" : "", style },
      h("div", { role: "row", class: "lk-line", key: "heads", "aria-rowindex": 1 }, cornerView(sheet.blind ? [] : sheet.metrics, look.shown), near.map((c, k) => columnView(c, c.first || k === 0))),
      rows.slice(top, bottom).map((row, k) => h("div", { role: "row", class: "lk-line", key: "line" + row.key, "aria-rowindex": top + k + 2 }, rowView(row, top + k, most, look), near.map(c => cellView(cellAt(row.key, c.key), row, top + k, c, look))))),
  ].filter(Boolean);
}

const looking = () => ({ blind: sheet.blind, shown: shown(), metrics: sheet.metrics });

function show() {
  draw(element.querySelector(".lk-tools"), sheetTools({ sheet, mode, order, orders: sheet ? orders() : [] }));
  draw(board, boardView());
  seen = JSON.stringify(wanted());
  const chosen = (what, is) => { const select = element.querySelector(`select[data-do="${what}"]`); if (select) select.value = is; };
  if (sheet) {
    chosen("wall", sheet.wall);
    chosen("against", table?.against);
    for (const select of element.querySelectorAll('[data-do="score"]')) select.value = shown()[select.dataset.place].key;
  }
  if (dialog.open) view.show();
  const words = sheet ? `${sheet.done} of ${sheet.total} pictures` : "", live = element.querySelector(":scope .lk-wallpane > .lk-vh");
  if (words !== live.textContent && (!sheet || sheet.done % 5 === 0 || sheet.done === sheet.total)) live.textContent = words;
  if (mode === "pictures" && measure(board) && sheet && JSON.stringify(wanted()) !== seen) return show();
  bring();
}

// What is in sight changes as the wall is moved under the window.
let moved = false;
board.addEventListener("scroll", () => {
  if (moved) return;
  moved = true;
  requestAnimationFrame(() => { moved = false; if (sheet && JSON.stringify(wanted()) !== seen) show(); });
});
new ResizeObserver(() => { if (sheet && JSON.stringify(wanted()) !== seen) show(); }).observe(board);

async function mark(what, key, on) {
  const answer = await ask(server.mark, { wall: sheet.wall, what, key, on });
  if (!answer) return;
  if (what === "star") cells.set(key, { ...cells.get(key), starred: on });
  else sheet.rows = sheet.rows.map(r => r.key === key ? { ...r, [what === "hide" ? "hidden" : "pinned"]: on } : r);
  settleChoice();
  show();
  tell();
}

const looked = () => cells.get(focus);
async function use() {
  const cell = looked(), answer = cell && await ask(server.settings, { value, key: cell.key });
  if (!answer) return;
  dialog.close();
  go("Compose", { scene: answer.scene, base: answer.base });
  if (answer.back) toast("ok", "Its tuned file is back in the Library", "It had been deleted, and this picture speaks with it.");
}
// What is not made yet comes with all that is missing; a finished picture is made once more, beside the wall.
async function remake() {
  const cell = looked();
  if (!cell) return;
  if (cell.state !== "done") return ["running", "queued", "paused"].includes(sheet.state) || trigger("again");
  const answer = await ask(server.remake, { value, key: cell.key });
  if (!answer) return;
  nudge();
  const more = answer.back ? " Its tuned file had been deleted: it is back there too." : "";
  toast("ok", "It is being made again", "Same seed, same words: it should look the same. It goes into the Library." + more);
}
function copy(said, what) {
  const cell = looked();
  if (!cell) return;
  navigator.clipboard?.writeText(String(what(cell)));
  toast("ok", said, String(what(cell)));
}

async function save(button) {
  button.disabled = true;
  const answer = await ask(server.export, { value });
  button.disabled = false;
  if (answer) h("a", { href: answer.address, download: answer.name }).click();
}

const star = key => cells.has(key) && mark("star", key, !cells.get(key).starred);
const view = viewer({ dialog, star, cell: cellAt, column: key => columnBy.get(key), look: () => ({ rowsShown: rowsShown(), ...value, ...looking() }) });

// The first click looks at a cell, the next on the same enlarges it; with Shift it becomes the opponent. What is clicked
// before it is known is looked at when it comes.
function choose(key, opponent) {
  const cell = cells.get(key);
  wish = cell ? "" : key;
  if (!cell) return;
  focus = key;
  if (cell.state !== "done") return show();
  if (opponent && key !== value.chosen) {
    const column = cells.get(value.chosen)?.column;
    if (cell.column === column) return turn({ against: key }, "select");
  }
  const row = cells.get(value.against)?.row, old = cells.get(value.chosen);
  const rival = [row, old?.row].filter(r => r && r !== cell.row).map(r => cellAt(r, cell.column)).find(c => c?.state === "done");
  value = { ...value, chosen: key, against: rival?.key || "" };
  settleChoice();
  turn({}, "select");
}

function move(down, across) {
  const rows = rowsShown(), at = cells.get(focus);
  if (!at) return;
  const row = rows[rows.findIndex(one => one.key === at.row) + down], column = columns[columnBy.get(at.column).at + across];
  if (!row || !column || !cellAt(row.key, column.key)) return;
  choose(cellAt(row.key, column.key).key);
  board.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus();
  if (dialog.open) view.show();
}

deeds(element, "click", {
  cell: (target, event) => {
    const again = cells.has(target.dataset.key) && target.dataset.key === value.chosen && !event.shiftKey;
    if (again) view.open();
    else choose(target.dataset.key, event.shiftKey);
  },
  hide: target => mark("hide", target.dataset.thing, true),
  pin: target => mark("pin", target.dataset.thing, target.getAttribute("aria-pressed") !== "true"),
  export: target => save(target),
  unhide: () => sheet.rows.filter(r => r.hidden).forEach(r => mark("hide", r.key, false)),
  order: target => sort(target.dataset.name), by: target => { by = target.dataset.key; show(); },
  mode: target => { mode = target.dataset.name; show(); if (mode === "scores") bringScores(); },
  subject: target => { cells = new Map(); turn({ subject: target.dataset.key, chosen: "", against: "" }); poll(); },
  blind: () => { mode = "pictures"; turn({ blind: !sheet.blind, chosen: "", against: "" }, "blind"); poll(); },
  go: target => trigger(target.dataset.event),
});
deeds(element, "change", {
  sort: target => sort(target.value), against: target => { beside = target.value; bringScores(); },
  score: target => { const now = shown().map(m => m.key); now[target.dataset.place] = target.value; scores = now; keep("scores", now.join(" ")); show(); },
  wall: target => { cells = new Map(); beside = ""; table = null; board.scrollTo(0, 0); turn({ wall: target.value, subject: "", chosen: "", against: "" }); poll(); },
});

const KEYS = {
  ArrowLeft: () => move(0, -1), ArrowRight: () => move(0, 1), ArrowUp: () => move(-1, 0), ArrowDown: () => move(1, 0),
  Enter: () => { choose(focus); view.open(); }, "*": () => star(focus),
  c: () => value.against && turn({ chosen: value.against, against: value.chosen }, "select"),
  m: () => view.cycle(), a: () => remake(), r: () => use(), s: () => copy("The seed is copied", c => columnBy.get(c.column).seed), p: () => copy("The words are copied", c => c.words), "+": () => view.magnify(1.3), "-": () => view.magnify(1 / 1.3),
};
for (const root of [board, dialog]) root.addEventListener("keydown", event => {
  const act = !typing(event) && sheet && KEYS[event.key];
  if (!act || event.target.closest("button") && event.key === "Enter") return;
  event.preventDefault();
  event.stopPropagation();
  act();
});
// The plot points at rows, rows point at the plot.
board.addEventListener("pointerover", event => {
  const row = event.target.closest("[data-row]")?.dataset.row || cells.get(event.target.closest("[data-do=cell]")?.dataset.key)?.row;
  window.dispatchEvent(new CustomEvent("lk:method", { detail: row || "" }));
});
// Where a thumb cannot be shown the picture is, and nothing where that cannot be; asked for again when the wall changes.
board.addEventListener("error", event => {
  const cell = cells.get(event.target.closest?.(".lk-cell")?.dataset.key);
  if (cell?.state !== "done") return;
  if (cell.small && cell.small !== cell.image) cell.small = ""; else cell.small = cell.image = "";
  show();
}, true);
window.addEventListener("lk:back", afresh);
window.addEventListener("lk:method", event => board.querySelectorAll("[data-row]").forEach(one => one.classList.toggle("lit", one.dataset.row === event.detail)));

watch("value", () => {
  const next = props.value || {};
  if (JSON.stringify(next) === JSON.stringify(value)) return;
  value = next;
  afresh();
});
// Marks, votes and walls of another browser.
window.addEventListener("lk:library", event => { if (event.detail?.what !== "subject") poll(); });
// A wall started elsewhere, or a job that ended while nobody asked.
let heard = "";
hear(jobs => {
  const walls = jobs.filter(job => job.kind === "compare").map(job => job.id + job.state).join();
  if (walls !== heard) { heard = walls; poll(); }
});
if (props.page) taken(props.page, hand => trigger("hand", hand), true);
opening();
show();
poll();
