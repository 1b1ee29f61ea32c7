// The wall: asks Python how it stands, draws it, and says which cell is looked at.

const board = element.querySelector(".lk-wallboard"), dialog = element.querySelector("dialog");
let value = props.value || {}, sheet = null, byKey = new Map(), order = localStorage.getItem("lk-wall-order") || "both", focus = "", told = "", answered = false;

const { poll, afresh } = poller({
  call: server.look, value: () => value, busy: () => sheet && ["running", "queued", "paused"].includes(sheet.state), wait: calm(150),
  got: answer => {
    answered = true;
    know(answer.sheet);
    settleChoice();
    show();
    tell();
  },
});

// The plot and the pair beside the wall follow what is finished, not every frame.
function tell() {
  const mark = sheet ? JSON.stringify([sheet.wall, sheet.subject, sheet.blind, sheet.done, sheet.rows, value.chosen, value.against]) : "";
  if (mark === told) return;
  told = mark;
  trigger("refresh");
}

function turn(facts, event) {
  value = { ...value, ...facts };
  props.value = value;
  show();
  if (event) trigger(event);
}

// A cell that is gone is no longer chosen; without a choice the first finished column is.
function settleChoice() {
  const keys = new Set((sheet?.cells || []).filter(c => c.state === "done").map(c => c.key)), rows = rowsShown();
  let { chosen, against } = value;
  if (!keys.has(chosen)) chosen = (sheet?.columns || []).flatMap(c => rows.map(r => cellAt(r.key, c.key))).find(c => c && keys.has(c.key))?.key || "";
  const column = byKey.get(chosen)?.column;
  if (!keys.has(against) || against === chosen || byKey.get(against).column !== column)
    against = rows.map(r => cellAt(r.key, column)).find(c => c && keys.has(c.key) && c.key !== chosen)?.key || "";
  if (chosen !== value.chosen || against !== value.against) { value = { ...value, chosen, against }; props.value = value; }
  if (!byKey.has(focus)) focus = chosen || sheet?.cells[0]?.key || "";
}

const cellAt = (row, column) => byKey.get(`${row}:${column}`);
function know(found) {
  sheet = found;
  byKey = new Map((sheet?.cells || []).map(c => [c.key, c]));
}
const both = row => (row.likeness ?? -1) + (row.prompt_following ?? -1) / (Math.max(...sheet.rows.map(r => r.prompt_following ?? 0)) || 1);
const ORDERS = {
  likeness: row => -(row.likeness ?? -1), prompt: row => -(row.prompt_following ?? -1), both: row => -both(row), time: row => row.seconds ?? 1e9,
};
if (!(order in ORDERS)) order = "both";
const sort = name => { order = name; localStorage.setItem("lk-wall-order", order); show(); };
const orderName = name => name[0].toUpperCase() + name.slice(1);

function rowsShown() {
  const rows = (sheet?.rows || []).filter(r => !r.hidden || sheet.blind);
  return sheet?.blind ? rows : [...rows].sort((a, b) => b.pinned - a.pinned || ORDERS[order](a) - ORDERS[order](b));
}

function toolsView() {
  if (!sheet) return [h("span.lk-b", { style: "padding:0 8px 0 6px" }, "Compare")];
  const { state, done, total } = sheet, hidden = sheet.rows.filter(r => r.hidden).length;
  const word = { running: "live", queued: "", paused: "", stopped: "warn", failed: "err" }[state] ?? (done === total ? "ok" : "warn");
  const says = { queued: "waits its turn", paused: `paused at ${done} of ${total}`, stopped: `stopped at ${done} of ${total}`, failed: `stopped at ${done} of ${total}` }[state] || `${done} of ${total}`;
  return [
    h("span.lk-who", {}, h("span.lk-b.lk-el", {}, sheet.title), icon("down", "s"), h("select", { do: "wall", "aria-label": "Which wall" }, sheet.walls.map(w => h("option", { value: w.key }, w.title)))),
    sheet.subjects.length > 1 ? h("span.lk-seg", { role: "group", "aria-label": "Subject" }, sheet.subjects.map(s => h("button", { type: "button", do: "subject", "data-key": s.key, "aria-pressed": String(s.name === sheet.subject) }, s.name))) : h("span.lk-2c", {}, sheet.subject),
    sheet.subjects.length === 1 && h("span.lk-row.lk-wide", { style: "gap:3px;margin:0 6px" }, sheet.photos.map(src => h("img.lk-pic", { src, alt: `photo of ${sheet.subject}`, width: 26, height: 26 }))),
    h("span.lk-tag", { class: word, title: state === "running" ? sheet.note : null }, state === "running" && h("span.lk-live-dot"), word === "ok" && icon("tick"), word === "warn" && icon("warn"), says),
    done < total && !["running", "queued", "paused"].includes(state) && !sheet.blind && h("button.lk-btn.s", { type: "button", do: "go", "data-event": "again" }, "Make what is missing"),
    hidden > 0 && !sheet.blind && h("button.lk-btn.s.g", { type: "button", do: "unhide" }, `Show ${many(hidden, "hidden row")}`),
    h("span.lk-grow"),
    !sheet.blind && [h("span.lk-12.lk-2c.lk-wide.lk-orderword", { style: "margin-right:8px" }, "Order"), h("span.lk-seg.lk-wide", { role: "group", "aria-label": "Order of rows" }, Object.keys(ORDERS).map(name => h("button", { type: "button", do: "order", "data-name": name, "aria-pressed": String(order === name) }, orderName(name)))),
      h("select.lk-in.s.lk-narrow", { do: "sort", "aria-label": "Order of rows" }, Object.keys(ORDERS).map(name => h("option", { value: name, selected: order === name }, orderName(name)))), h("span.sep.lk-wide")],
    h("button.lk-chk.lk-blindswitch", { type: "button", do: "blind", role: "switch", "aria-checked": String(sheet.blind), class: sheet.blind ? "on" : "" }, h("span.lk-sw"), "Blind vote"), h("span.sep"),
    h("button.lk-btn.s", { type: "button", do: "go", "data-event": "more", "aria-label": "Add methods" }, icon("plus", "s"), h("span.lk-wide", {}, "Add methods")),
    h("button.lk-btn.s", { type: "button", do: "export", disabled: !done || sheet.blind, title: "A folder with a page, a table and every picture" }, icon("export", "s"), "Export"),
  ].flat();
}

function boardView() {
  if (!answered) return [];  // whether there is a wall is not known yet
  if (!sheet) return [h("div.lk-empty", { key: "empty" }, h("div.lk-15.lk-b", {}, "Same subject, several methods"), h("p.lk-2c", {}, "Tick two recipes, write a few prompts: the wall fills itself."),
    h("button.lk-btn", { type: "button", do: "go", "data-event": "more" }, icon("go"), "Choose recipes"))];
  const rows = rowsShown(), best = { likeness: Math.max(...sheet.rows.map(r => r.likeness ?? 0)), prompt_following: Math.max(...sheet.rows.map(r => r.prompt_following ?? 0)) };
  const look = { ...value, focus, blind: sheet.blind, note: sheet.note, next: ["running", "queued"].includes(sheet.state) ? sheet.cells.find(c => c.state === "waiting")?.key : "" };
  const first = column => sheet.columns.find(c => c.prompt === column.prompt) === column;
  return [
    sheet.message && h("div.lk-note.err", { key: "fault", role: "alert" }, icon("octagon"), h("div", {}, h("b", {}, sheet.message), " ", sheet.advice)),
    h("div.lk-wall", { key: "wall", role: "grid", "aria-label": "Methods by prompts", "aria-rowcount": rows.length + 1, class: sheet.blind ? "blind" : "", style: `--n:${sheet.columns.length}` },
      h("div", { role: "row", class: "lk-line", key: "heads" }, h("div", { role: "columnheader", "aria-label": "Method" }), sheet.columns.map(c => columnView(c, first(c)))),
      rows.map(row => h("div", { role: "row", class: "lk-line", key: "line" + row.key }, rowView(row, best, sheet.blind), sheet.columns.map(c => cellView(cellAt(row.key, c.key), row, c, look))))),
  ].filter(Boolean);
}

function show() {
  draw(element.querySelector(".lk-tools"), toolsView());
  draw(board, boardView());
  const select = element.querySelector('[data-do="wall"]');
  if (select) select.value = sheet.wall;
  if (dialog.open) view.show();
  const words = sheet ? `${sheet.done} of ${sheet.total} pictures` : "", live = element.querySelector(":scope .lk-wallpane > .lk-vh");
  if (words !== live.textContent && (!sheet || sheet.done % 5 === 0 || sheet.done === sheet.total)) live.textContent = words;
}

async function mark(what, key, on) {
  const answer = await ask(server.mark, { wall: sheet.wall, what, key, on });
  if (!answer) return;
  if (what === "star") know({ ...sheet, cells: sheet.cells.map(c => c.key === key ? { ...c, starred: on } : c) });
  else sheet.rows = sheet.rows.map(r => r.key === key ? { ...r, [what === "hide" ? "hidden" : "pinned"]: on } : r);
  settleChoice();
  show();
  tell();
}

const columnOf = cell => sheet.columns.find(c => c.key === cell.column);
const looked = () => byKey.get(focus);
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

const star = key => mark("star", key, !byKey.get(key).starred);
const view = viewer({ dialog, star, choose, look: () => ({ sheet, rowsShown: rowsShown(), ...value }) });

// The first click looks at a cell, the next on the same enlarges it; with Shift it becomes the opponent.
function choose(key, opponent) {
  const cell = byKey.get(key);
  focus = key;
  if (cell.state !== "done") return show();
  if (opponent && key !== value.chosen) {
    const column = byKey.get(value.chosen)?.column;
    if (cell.column === column) return turn({ against: key }, "select");
  }
  const row = byKey.get(value.against)?.row, old = byKey.get(value.chosen);
  const rival = [row, old?.row].filter(r => r && r !== cell.row).map(r => cellAt(r, cell.column)).find(c => c?.state === "done");
  value = { ...value, chosen: key, against: rival?.key || "" };
  settleChoice();
  turn({}, "select");
}

function move(down, across) {
  const rows = rowsShown(), at = byKey.get(focus);
  if (!at) return;
  const r = rows.findIndex(one => one.key === at.row) + down, c = sheet.columns.findIndex(one => one.key === at.column) + across;
  if (!rows[r] || !sheet.columns[c]) return;
  choose(cellAt(rows[r].key, sheet.columns[c].key).key);
  board.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus();
  if (dialog.open) view.show();
}

deeds(element, "click", {
  cell: (target, event) => {
    const again = target.dataset.key === value.chosen && !event.shiftKey;
    if (again) view.open();
    else choose(target.dataset.key, event.shiftKey);
  },
  hide: target => mark("hide", target.dataset.thing, true),
  pin: target => mark("pin", target.dataset.thing, target.getAttribute("aria-pressed") !== "true"),
  export: target => save(target),
  unhide: () => sheet.rows.filter(r => r.hidden).forEach(r => mark("hide", r.key, false)),
  order: target => sort(target.dataset.name),
  subject: target => { turn({ subject: target.dataset.key, chosen: "", against: "" }); poll(); },
  blind: () => { turn({ blind: !sheet.blind, chosen: "", against: "" }, "blind"); poll(); },
  go: target => trigger(target.dataset.event),
});
deeds(element, "change", { sort: target => sort(target.value), wall: target => { turn({ wall: target.value, subject: "", chosen: "", against: "" }); poll(); } });

const KEYS = {
  ArrowLeft: () => move(0, -1), ArrowRight: () => move(0, 1), ArrowUp: () => move(-1, 0), ArrowDown: () => move(1, 0),
  Enter: () => { choose(focus); view.open(); }, "*": () => star(focus),
  c: () => value.against && turn({ chosen: value.against, against: value.chosen }, "select"),
  m: () => view.cycle(), a: () => remake(), r: () => use(), s: () => copy("The seed is copied", c => columnOf(c).seed), p: () => copy("The words are copied", c => c.words), "+": () => view.magnify(1.3), "-": () => view.magnify(1 / 1.3),
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
  const row = event.target.closest("[data-row]")?.dataset.row || byKey.get(event.target.closest("[data-do=cell]")?.dataset.key)?.row;
  window.dispatchEvent(new CustomEvent("lk:method", { detail: row || "" }));
});
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
if (props.page) taken(props.page, hand => trigger("hand", hand));
opening();
show();
poll();
