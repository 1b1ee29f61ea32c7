const root = element.querySelector(".lk-models");
let rows = [], sure = null, adding = null;

// What can be pointed to where it lies, by the heading it stands under.
const POINTED = {
  "Base models": ["add", "Use one from a folder or file", "a model folder (with model_index.json in it) or a .safetensors file"],
  "Segmenters": ["add_segmenter", "Use one from a file", "a SAM or MobileSAM file (.pth, .pt or .safetensors)"],
};

async function load() { const answer = await server.models_now({}).catch(() => null); if (answer?.ok) { rows = answer.rows; show(); } }
async function act(deed, id, path) {
  const answer = await ask(server.models_do, { do: deed, id: id || "", path: path || "" });
  if (answer) { rows = answer.rows; nudge(); show(); }
  return answer;
}
const jobOf = row => (window.likeness?.jobs || []).find(job => job.id === row.job && ["queued", "running", "paused"].includes(job.state));

function state(row, job) {
  if (job) return h("span.lk-tag.live", {}, h("span.lk-live-dot"), job.state === "queued" ? "waiting" : "fetching");
  if (row.state === "used") return h("span.lk-tag.ok", {}, icon("tick"), "in use");
  if (row.state === "damaged") return h("span.lk-tag.err", {}, icon("octagon"), "damaged");
  if (row.state === "here") return h("span.lk-tag", {}, "here");
  return h("span.lk-3c.lk-12", {}, "not here");
}

function deedsOf(row, job) {
  const button = (deed, words, kind, sign) => h("button.lk-btn.s", { do: deed, id: row.id, class: kind, key: deed }, sign && icon(sign, "s"), words);
  if (job) return [h("button.lk-btn.s", { do: "stop", id: job.id }, icon("stop", "s"), "Stop")];
  if (row.state === "missing" && !row.size) return [row.own && button("forget", "Forget", "g")];
  if (row.state === "missing" || row.state === "damaged") return sure === row.id
    ? [button("get", "Yes, get " + bytes(row.size), "p"), button("unsure", "No", "g")] : [button("ask", "Get " + bytes(row.size), "", "save")];
  return [row.own && button("forget", "Forget", "g"), row.state === "here" && row.usable && button("use", "Use")];
}

function view(row) {
  const job = jobOf(row), share = job?.total ? 100 * job.step / job.total : 0;
  return h("div.row", { key: row.id, "data-model": row.id, class: row.state === "used" ? "cur" : "" },
    h("div.nm", {}, h("div.lk-b", {}, row.name), h("div.lk-12.lk-2c", {}, row.words), row.place && h("div.lk-m.lk-3c.lk-el", { title: row.place }, row.place)),
    h("div.lk-12.sz", {}, bytes(row.size)),
    h("div.lk-12.li.lk-el", {}, row.licence_url ? h("a", { href: row.licence_url, target: "_blank", rel: "noopener" }, row.licence) : row.licence, row.sure && h("div.lk-11.lk-3c.ck", {}, icon("tick", "s"), "checksum right")),
    h("div.st", {}, state(row, job)), h("div.lk-row.ac", {}, deedsOf(row, job)),
    job && h("div.pg", {}, h("div.lk-bar", {}, h("i", { style: `width:${share.toFixed(1)}%` })),
      h("div.lk-row.lk-sp.lk-11.lk-3c", {}, h("span", {}, [job.note || `${bytes(job.step * 1e6)} of ${bytes(job.total * 1e6)}`].join("")), h("span", {}, job.left ? seconds(job.left) + " left" : ""))),
    sure === row.id && h("div.pg.lk-note", {}, icon("info"), h("div", {}, `This uses the network: ${bytes(row.size)} come from huggingface.co. Nothing of yours is sent. Licence: ${row.licence}. It can be stopped, and goes on from there.`)));
}

function add(group) {
  const [deed, words, what] = POINTED[group];
  if (adding !== deed) return h("button.lk-btn.s.g.more", { do: "adding", key: "add", "data-deed": deed }, icon("folder", "s"), words);
  return h("form.lk-row.more", { key: "adding" }, h("input.lk-in", { name: "path", placeholder: "Path of " + what, "aria-label": "Path of " + what, spellcheck: "false" }), h("button.lk-btn", { type: "submit" }, "Add"), h("button.lk-btn.g", { type: "button", do: "unadd" }, "Cancel"));
}

function show() {
  const groups = [...new Set(rows.map(row => row.group))];
  draw(root, h("div.in", {}, groups.map(group => h("section", { key: group }, h("h2", {}, group), h("div.list", {}, rows.filter(row => row.group === group).map(view)), POINTED[group] && add(group)))));
}

deeds(element, "click", {
  use: t => act("use", t.dataset.id), forget: t => act("forget", t.dataset.id), ask: t => { sure = t.dataset.id; show(); }, unsure: () => { sure = null; show(); },
  get: async t => { sure = null; await act("get", t.dataset.id); }, adding: t => { adding = t.dataset.deed; show(); root.querySelector("form input").focus(); }, unadd: () => { adding = null; show(); },
  stop: async t => { if (await ask(server.models_cancel, { id: t.dataset.id })) nudge(); },
});
element.addEventListener("submit", async event => {
  event.preventDefault();
  if (await act(adding, "", event.target.elements.path.value)) { adding = null; show(); }
});
// Another page asks for a model: its row comes into sight, with the question whether to get it, where it can be got.
taken("Models", async hand => {
  if (!hand.model) return;
  await load();
  const row = rows.find(one => one.id === hand.model);
  if (!row) return;
  if (row.state === "missing" && row.size && !jobOf(row)) sure = row.id;
  show();
  const at = root.querySelector(`.row[data-model="${row.id}"]`);
  at.scrollIntoView({ block: "center" });
  at.querySelector("button")?.focus();
});
let before = "";
hear(jobs => {
  const fetching = jobs.filter(job => job.kind === "fetch"), now = fetching.map(job => job.id + job.state).join();
  if (now !== before) load(); else if (fetching.some(job => job.state === "running")) show();
  before = now;
});
load();
