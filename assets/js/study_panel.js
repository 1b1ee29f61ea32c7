// Others vote on the wall: a link to give away, and how people and the automatic score rank the methods.

const root = element.querySelector(".lk-studypane"), LOCAL = ["localhost", "127.0.0.1", "[::1]"];
const signed = v => v.toFixed(2).replace("-", "−");
const NAMES = { likeness: "Likeness", prompt_following: "Prompt" };
let value = props.value || {}, told = null, question = "";

const { poll, afresh } = poller({
  call: server.study_now, value: () => value, busy: () => !!told?.study?.open, wait: 3000,
  got: answer => { told = answer; show(); },
});

// Where others find the page: where this browser found it, unless that is a name only this computer has.
function link() {
  const here = location.origin + location.pathname.replace(/\/$/, "");
  return `${LOCAL.includes(location.hostname) ? told.reach.address || here : here}/vote/${told.study.id}`;
}

const head = tag => h("header.lk-row.lk-sp", { key: "head" }, h("h3.lk-12.lk-b", {}, "Ask others"), tag);
const noteView = words => words && h("p.lk-11.lk-3c", { key: "warn" }, words);

function beginView() {
  const asked = question || Object.keys(told.questions)[0];
  return [
    head(),
    h("p.lk-12.lk-2c", { key: "says" }, "People vote between two pictures and never learn whose they are."),
    h("div.lk-row.lk-studyask", { key: "ask" }, h("select.lk-in.s", { do: "question", "aria-label": "What is asked" }, Object.entries(told.questions).map(([key, words]) => h("option", { value: key, selected: key === asked }, words))),
      h("button.lk-btn.s", { type: "button", do: "open" }, icon("link", "s"), "Make a link")),
    noteView(told.reach.warning),
  ];
}

function openView(study) {
  const address = link();
  return [
    h("div.lk-row.lk-studylink", { key: "link" }, h("input.lk-in.s", { readonly: true, value: address, "aria-label": "Link for voters" }), h("button.lk-btn.s", { type: "button", do: "copy" }, icon("copy", "s"), "Copy")),
    noteView(told.reach.warning),
  ];
}

function rowView(row, low, high) {
  const at = v => (100 * (v - low) / (high - low || 1)).toFixed(1);
  return h("tr", { key: row.key, title: `Won ${row.won} of ${row.of} votes` },
    h("th", { scope: "row" }, h("div.lk-row", {}, h("span.lk-let", {}, row.letter), h("span.lk-el", {}, row.name))),
    h("td", {}, h("div.lk-row", {}, h("span.fig", {}, signed(row.strength)), h("svg.lk-whisker", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
      h("line.tr", { x1: 0, x2: 100, y1: 4, y2: 4 }), h("line.in", { x1: at(row.low), x2: at(row.high), y1: 4, y2: 4 }), h("line.me", { x1: at(row.strength), x2: at(row.strength), y1: 0.5, y2: 7.5 })), h("span.lk-vh", {}, `between ${signed(row.low)} and ${signed(row.high)}`))),
    h("td.fig", {}, row.score === null ? "–" : score(row.score, told.study.against)));
}

function resultView(study) {
  if (value.blind) return [h("p.lk-12.lk-3c", { key: "blind" }, "The ranking is hidden while you vote blind, too.")];
  if (!study.rows.length) return [h("p.lk-12.lk-3c", { key: "note" }, study.note)];
  const low = Math.min(...study.rows.map(r => r.low)), high = Math.max(...study.rows.map(r => r.high)), name = NAMES[study.against];
  const rank = study.kendall === null ? `As long as people, or the ${name.toLowerCase()} score, put all methods level, there is no order to compare.` : `How far the ${name.toLowerCase()} score ranks them as people do, from −1 to 1: Kendall’s τ ${signed(study.kendall)}, Spearman’s ρ ${signed(study.spearman)}, over ${many(study.rows.length, "method")}.`;
  return [
    h("table.lk-studytable", { key: "table", "aria-label": "Methods as people rank them" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Method"), h("th", { scope: "col", title: "Bradley-Terry log strength, 95 % interval; 0 is the mean" }, "People"), h("th", { scope: "col", title: "Mean of the automatic score over the whole wall" }, name))),
      h("tbody", {}, study.rows.map(row => rowView(row, low, high)))),
    h("p.lk-11.lk-3c", { key: "rank" }, rank),
  ];
}

function show() {
  if (!told || !value.wall) return draw(root);
  const study = told.study;
  if (!study) return draw(root, beginView());
  const tag = h("span.lk-row", {}, h("span.lk-tag", { class: study.open ? "live" : "" }, study.open && h("span.lk-live-dot"), `${many(study.votes, "vote")}, ${many(study.voters, "voter")}`), study.open && h("button.lk-btn.s.g", { type: "button", do: "close" }, "End"));
  draw(root, [head(tag), h("p.lk-12.lk-2c", { key: "question" }, study.question), study.open ? openView(study) : [], resultView(study), study.open ? [] : beginView().slice(1)].flat().filter(Boolean));
}

async function act(call, more) {
  if (await ask(call, { wall: value.wall, ...more })) afresh();
}

deeds(element, "click", {
  open: () => act(server.study_begin, { question: question || Object.keys(told.questions)[0] }),
  close: () => act(server.study_end),
  copy: () => {
    navigator.clipboard?.writeText(link());
    root.querySelector(".lk-studylink input").select();
    toast("ok", "The link is copied", link());
  },
});
deeds(element, "change", { question: target => { question = target.value; } });
watch("value", () => {
  const next = props.value || {};
  if (JSON.stringify(next) === JSON.stringify(value)) return;
  value = next;
  afresh();
});
show();
poll();
