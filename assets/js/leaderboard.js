// The table of a benchmark: asks Python how the run stands, draws methods by scores, each score with its interval.

const board = element.querySelector(".lk-wallboard"), live = element.querySelector(".lk-vh");
const open = new Set(["printed0"]);
let value = props.value || {}, table = null, order = "", told = "", answered = false;

const going = () => table && ["running", "queued", "paused"].includes(table.state);

const { poll, afresh } = poller({
  call: server.board_now, value: () => value, busy: going, wait: 400,
  got: answer => { answered = true; table = answer.board; show(); tell(); },
});

// The plot beside the table follows what is finished.
function tell() {
  const mark = table ? JSON.stringify([table.run, table.track, table.lines, value.chosen]) : "";
  if (mark === told) return;
  told = mark;
  trigger("refresh");
}

function turn(facts) {
  value = { ...value, ...facts };
  props.value = value;
  show();
  afresh();
}

const trackName = track => track.key[0].toUpperCase() + track.key.slice(1);

function toolsView() {
  if (!table) return [h("span.lk-b", { style: "padding:0 8px 0 6px" }, "Evaluate")];
  const { state, done, total, left } = table;
  const word = { running: "live", queued: "", paused: "", finished: left ? "warn" : "ok", failed: "err" }[state] ?? "warn";
  const says = { running: `${done} of ${total}`, queued: "waits its turn", finished: left ? `${left} left out` : `all ${done || ""}`.trim() }[state] || `stopped at ${done} of ${total}`;
  return [
    h("span.lk-who", {}, h("span.lk-b.lk-el", {}, table.title), icon("down", "s"), h("select", { do: "run", "aria-label": "Which run" }, table.runs.map(r => h("option", { value: r.key }, r.title)))),
    table.tracks.length === 1 ? h("span.lk-2c", {}, trackName(table.tracks[0])) : h("span.lk-seg", { role: "group", "aria-label": "Track" }, table.tracks.map(t => h("button", { type: "button", do: "track", "data-key": t.key, title: t.words, "aria-pressed": String(t.key === table.track) }, trackName(t)))),
    h("span.lk-tag", { class: word, title: table.note || null }, state === "running" && h("span.lk-live-dot"), word === "ok" && icon("tick"), word === "warn" && icon("warn"), says),
    !going() && (left > 0 || state !== "finished") && h("button.lk-btn.s", { type: "button", do: "again" }, "Make what is missing"),
    h("span.lk-grow"),
    h("button.lk-btn.s", { type: "button", do: "more", "aria-label": "New run" }, icon("plus", "s"), h("span.lk-wide", {}, "New run")),
    h("button.lk-btn.s", { type: "button", do: "pack", disabled: going() || !table.lines.length, title: "A folder with tables, pictures, protocol and hashes" }, icon("export", "s"), "Report"),
  ];
}

const linesShown = () => table.lines.map(line => ({
  ...line, facts: [line.seconds && seconds(line.seconds), line.bytes && bytes(line.bytes), many(line.cells, "picture")].filter(Boolean).join(" · "),
}));

// What others printed: nothing to sort or to test, each table for itself, with where each line was read.
function printedView(one, k) {
  return h("details.lk-printed", { key: "printed" + k, open: open.has("printed" + k) || null }, h("summary", {}, `${one.title}, as printed`), h("p.lk-11.lk-3c", {}, "By other judges and protocols: compare inside this table."),
    h("table.lk-leadtable", { "aria-label": `${one.title}, as printed` },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Method"), one.names.map(name => h("th", { scope: "col" }, name)), h("th", { scope: "col" }, "Read in"))),
      h("tbody", {}, one.lines.map(([method, base, values, source]) => h("tr", {}, h("th", { scope: "row" }, h("div.lk-b.lk-el", { title: method }, method), base && h("div.lk-11.lk-3c", {}, base)),
        values.map(value => value === null ? h("td.none", { "aria-label": "not printed" }, "–") : h("td", {}, h("span.fig", {}, value.toFixed(3)))), h("td.lk-11.lk-3c", {}, source))))));
}

function boardView() {
  if (!answered) return [];  // whether there is a run is not known yet
  if (!table) return [h("div.lk-empty", { key: "empty" }, h("div.lk-15.lk-b", {}, "Which method, honestly"), h("p.lk-2c", {}, "ToyBench draws its subjects, so what every picture should show is known; the benchmarks of the literature lie in folders of yours. Tick methods, and the table fills itself."),
    h("button.lk-btn", { type: "button", do: "more" }, icon("go"), "Choose methods"))];
  const soon = going() ? "The first scores appear in a moment." : "Nothing was scored in this track.";
  const known = table.tracks.find(t => t.key === table.track);
  return [
    table.message && h("div.lk-note.err", { key: "fault", role: "alert" }, icon("octagon"), h("div", {}, h("b", {}, table.message), " ", table.advice)),
    h("p.lk-12.lk-2c", { key: "says" }, known ? known.words[0].toUpperCase() + known.words.slice(1) + "." : ""),
    table.lines.length ? scoreTable({ label: "Methods by scores", columns: table.columns, lines: linesShown(), by: order, lit: value.chosen, base: "the untuned base" })
      : h("p.lk-12.lk-3c.lk-soon", { key: "soon" }, soon),
    table.lines.length > 0 && h("p.lk-11.lk-3c", { key: "legend" }, "Mean over subjects; the line is its 95 % interval. * surely other than the untuned base.", table.judge && ` Judges: ${table.judge}.`),
    table.notes.map((words, k) => h("div.lk-note", { key: "note" + k }, icon("info"), h("div", {}, words))),
    table.failed.map((one, k) => h("div.lk-note.warn", { key: "failed" + k }, icon("warn"), h("div", {}, h("b", {}, `${one.method} on ${one.case}`), " ", one.why))),
    table.published.map(printedView),
  ].flat().filter(Boolean);
}

function show() {
  draw(element.querySelector(".lk-tools"), toolsView());
  draw(board, boardView());
  const select = element.querySelector('[data-do="run"]');
  if (select) select.value = table.run;
  const words = table ? `${table.done} of ${table.total} pictures` : "";
  if (words !== live.textContent && (!table || table.done % 20 === 0 || table.done === table.total)) live.textContent = words;
}

deeds(element, "click", {
  track: t => turn({ track: t.dataset.key, chosen: "" }), by: t => { order = t.dataset.key; show(); },
  more: () => trigger("more"), again: () => { trigger("again"); setTimeout(poll, 600); },
  pack: async t => {
    t.disabled = true;
    const answer = await ask(server.board_pack, { run: table.run });
    t.disabled = false;
    if (answer) h("a", { href: answer.url, download: answer.name }).click();
  },
});
deeds(element, "change", { run: t => turn({ run: t.value, track: "", chosen: "" }) });
board.addEventListener("toggle", event => event.target.open ? open.add(event.target.dataset.key) : open.delete(event.target.dataset.key), true);
board.addEventListener("pointerover", event => window.dispatchEvent(new CustomEvent("lk:method", { detail: event.target.closest("[data-row]")?.dataset.row || "" })));
window.addEventListener("lk:method", event => board.querySelectorAll("[data-row]").forEach(one => one.classList.toggle("lit", one.dataset.row === event.detail)));
watch("value", () => {
  const next = props.value || {};
  if (JSON.stringify(next) === JSON.stringify(value)) return;
  value = next;
  afresh();
});
opening();
show();
poll();
