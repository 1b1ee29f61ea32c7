const drawer = element.querySelector(".lk-queue");
const logs = {};                       // job → its log, once asked for
let open = false, back = null, told = loadTold(), dragged = null;

const order = async (deed, id, before) => { if (await ask(server.queue_do, { do: deed, id, before: before || "" })) nudge(); };
const jobs = () => window.likeness?.jobs || [];
const by = (...states) => jobs().filter(job => states.includes(job.state));
const small = (deed, id, label, sign) => h("button.lk-ib", { "aria-label": label, title: label, do: deed, id }, icon(sign));
const button = (deed, id, words, sign, kind) => h("button.lk-btn.s", { class: kind, do: deed, id }, sign && icon(sign, "s"), words);
const thumb = job => job.image ? h("img", { src: job.image, alt: "" }) : h("span.none", {}, icon({ sample: "picture", compare: "wall", fetch: "save" }[job.kind] || "disc"));

function show() {
  if (!open) { draw(drawer); return; }
  const begun = job => job.started !== null;        // one held back before its turn keeps its place in the line
  const running = by("running", "paused").filter(job => job.state === "running" || begun(job));
  const next = by("queued", "paused").filter(job => !running.includes(job)), away = new Set(putAway());
  const needs = by("failed", "lost").filter(job => !away.has(job.id));
  const done = by("finished", "cancelled");
  const idle = !running.length && !next.length;
  draw(drawer, h("div.scrim", { do: "close" }),
    h("aside.drawer", { role: "dialog", "aria-modal": "true", "aria-label": "Queue", tabindex: "-1" },
      h("div.lk-head", {}, h("h2", {}, "Queue"), h("span.lk-12.lk-3c.lk-el", {}, end(running, next)), h("span.lk-grow"),
        !idle && ([...running, ...next].every(job => job.state === "paused")
          ? button("resume_all", "", "Go on", "play", "g") : button("pause_all", "", "Pause all", "pause", "g")),
        small("close", "", "Close, Esc", "close")),
      h("div.lk-scroll", {}, idle && empty(done), running.map(big),
        group("Next", next, (job, at) => waiting(job, at, running, next)), group("Needs you", needs, trouble), group("Done today", done, past)),
      h("div.lk-foot", {}, h("span.lk-11.lk-3c.lk-grow", {}, "Jobs go on when this page is closed."),
        h("button.lk-chk.plain", { class: told ? "on" : "", do: "tell", role: "switch", "aria-checked": String(told) }, h("span.lk-sw"), "Tell me when done"))));
}

// Until it has a pace of its own, a job is believed to take what was forecast.
const left = job => job.left ?? (job.forecast && Math.max(0, job.forecast - (job.spent || 0)));

function end(running, next) {
  const all = [...running.filter(j => j.state === "running" && !stopping(j)).map(left), ...next.filter(j => j.state === "queued").map(j => j.forecast)];
  if (!all.length || all.some(s => s === null || s === undefined)) return "";
  const sum = all.reduce((a, b) => a + b, 0);
  return `all done in about ${seconds(sum < 90 ? sum : Math.round(sum / 60) * 60)}, at ${clock(Date.now() / 1000 + sum)}`;
}

function big(job) {
  const ends = stopping(job), paused = job.state === "paused" && !ends, held = paused || pausing(job), share = job.total ? 100 * job.step / job.total : 0;
  const figures = [["likeness", score(job.values.likeness)], ["prompt", score(job.values.prompt_following, "prompt_following")],
    ["loss", score(job.values.loss, "loss")], ["memory", bytes(job.values.memory)]].filter(pair => pair[1]);
  return h("div.run", { key: "run" + job.id },
    h("div.lk-row.top", {},
      h("div.lv", {}, job.image ? h("img", { src: job.image, alt: "Newest frame" }) : h("span.none", {}, icon("disc", "l")),
        job.image && job.pictured ? h("span.cap.lk-m", {}, String(job.pictured)) : ""),
      h("div.lk-grow", {},
        h("div.lk-row.lk-sp", {}, h("div.lk-15.lk-b.lk-el", {}, job.title),
          paused ? h("span.lk-tag", {}, "paused") : h("span.lk-tag.live", {}, h("span.lk-live-dot"), ends ? "stopping" : held ? "pausing" : "running")),
        h("div.lk-12.lk-2c.at", {}, [job.total ? `step ${job.step} of ${job.total}` : "getting ready", job.note, job.device].filter(Boolean).join(" · ")),
        h("div.lk-bar", {}, h("i", { style: `width:${share.toFixed(1)}%` + (paused ? ";background:var(--lk-text-3)" : "") })),
        h("div.lk-row.lk-sp.lk-12", {}, h("span.lk-b", {}, paused ? "paused" : ends && job.kind === "tune" && job.step ? "what it learnt is being saved" : job.left !== null && !job.wished ? seconds(job.left) + " left" : ""),
          h("span.lk-3c", {}, [job.total && Math.round(share) + " %", job.spent && seconds(job.spent) + " so far"].filter(Boolean).join(" · "))),
        figures.length > 0 && h("div.lk-row.figs", {}, figures.map(([name, value]) => h("span", {}, h("span.lk-11.lk-3c", {}, name), h("b", {}, value)))))),
    h("div.lk-row.acts", {},
      held ? button("resume", job.id, "Go on", "play") : !ends && job.can.includes("pause") && button("pause", job.id, "Pause", "pause"),
      !ends && button("cancel", job.id, job.kind === "tune" ? "Stop and keep" : "Stop", "stop"), h("span.lk-grow"), logButton(job),
      job.page && button("open", job.id, "Open in " + job.page, "go", "g")), logView(job));
}

const logButton = job => h("button.lk-ib", { do: "log", id: job.id, class: job.id in logs ? "on" : "", "aria-label": "Log", title: "Log: what it said, line by line", "aria-expanded": String(job.id in logs) }, icon("info"));
const logView = job => job.id in logs && h("div.adv", { key: "log" }, h("pre.log", { tabindex: "0", "aria-label": "Log of " + job.title }, logs[job.id]),
  h("button.lk-link.lk-11", { do: "copylog", id: job.id }, "Copy the log"));

function group(name, list, row) {
  return list.length ? [h("div.grp", { key: name }, name + " ", h("span", {}, String(list.length))), ...list.map(row)] : [];
}

function line(job, words, end, below, extra) {
  return h("div.lk-job", { key: job.id, class: job.state === "lost" ? "wraps" : "", ...extra }, thumb(job),
    h("div.lk-grow.lk-el", {}, h("div.tt.lk-el", {}, job.title), h("div.sb.lk-el", {}, words)), h("div.lk-row", { style: "gap:2px" }, end), below);
}

function waiting(job, at, running, next) {
  const held = job.state === "paused";
  const before = [...running.map(left), ...next.slice(0, at).filter(j => j.state === "queued").map(j => j.forecast)];
  const start = before.some(s => s === null || s === undefined) ? null : before.reduce((a, b) => a + b, 0);
  const words = [job.forecast && "about " + seconds(job.forecast), held ? "held back" : start > 1 && "starts in " + seconds(start), job.note].filter(Boolean).join(" · ");
  return line(job, words || "waiting", [held ? button("resume", job.id, "Go on", "play") : small("pause", job.id, "Hold back", "pause"), at > 0 && small("earlier", job.id, "Earlier", "up"), small("cancel", job.id, "Remove", "close")],
    null, { draggable: "true", tabindex: "0", "data-wait": job.id });
}

const others = job => job.instead.map((one, at) => h("button.lk-btn.s", { do: "instead", id: job.id, "data-at": at, key: "instead" + at }, one.title));

function trouble(job) {
  const when = [job.ended && clock(job.ended), job.step && `stopped at step ${job.step}`].filter(Boolean).join(" · ");
  if (job.state === "lost") return line(job, [job.ended && clock(job.ended), job.message || `the computer restarted at step ${job.step}`].filter(Boolean).join(" · "),
    [button("retry", job.id, job.step && job.can.includes("carry_on") ? `Carry on from ${job.step}` : "Start again"), logButton(job), small("remove", job.id, "Remove", "close")],
    [job.instead.length > 0 && h("div.adv.lk-row.fix", { key: "instead" }, others(job)), logView(job)]);
  return line(job, when, [h("span.lk-tag.err", {}, icon("octagon"), "did not finish")],
    h("div.adv", {}, h("div.lk-note.err", { role: "note" }, icon("octagon"), h("div.lk-grow", {}, h("b", {}, job.message), " ", job.advice,
      h("div.lk-row.fix", {}, ...others(job), button("retry", job.id, "Try again"), (job.mend || job.page) && button("open", job.id, job.mend ? "Go to " + job.mend : "Change it in " + job.page, null, "g"), button("remove", job.id, "Remove", null, "g")),
      h("button.lk-link.lk-11", { do: "log", id: job.id, "aria-expanded": String(job.id in logs) }, `Details for a bug report: the log of job ${job.id}`), logView(job)))));
}

function past(job) {
  const words = [job.spent && seconds(job.spent) + (job.forecast ? `, forecast was ${seconds(job.forecast)}` : ""), job.kept].filter(Boolean).join(" · ");
  const tag = job.state === "finished" ? h("span.lk-tag.ok", {}, icon("tick"), "done") : h("span.lk-tag", {}, "stopped");
  return line(job, words, [tag, logButton(job), job.state === "finished" && LEADS_ON[job.kind] && small("lead", job.id, "Open", "go")], logView(job), { tabindex: "0" });
}

function empty(done) {
  return h("div.nil", { key: "nil" }, icon("clock", "l"), h("div.lk-15.lk-b", {}, "Nothing is running"),
    h("p.lk-2c", {}, "Line up as much as you like, then close the page. Jobs go on without it."));
}

// Tell the person through the system when a job that ran here has ended.
function loadTold() { return localStorage.getItem("lk-tell") === "yes" && "Notification" in window && Notification.permission === "granted"; }
async function switchTold() {
  if (told) told = false;
  else if (!("Notification" in window) || await Notification.requestPermission() !== "granted")
    toast("warn", "The browser does not allow notices from this page", "Allow them beside the address, then switch this on again.");
  else told = true;
  localStorage.setItem("lk-tell", told ? "yes" : "no");
  show();
}
const under = new Map();
function notice() {
  for (const job of jobs()) {
    if (told && document.hidden && under.has(job.id) && ["finished", "failed"].includes(job.state) && under.get(job.id) !== job.state)
      new Notification(job.state === "finished" ? job.title + " is ready" : job.title + " did not finish", { body: job.message || "" });
    under.set(job.id, job.state);
  }
}

function turn(wanted) {
  if (wanted === open) return;
  open = wanted;
  if (open) back = document.activeElement;
  show();
  if (open) drawer.querySelector(".drawer").focus();
  else if (back?.isConnected) back.focus();
}

deeds(element, "click", {
  close: () => turn(false), tell: switchTold,
  pause: t => order("pause", t.dataset.id), resume: t => order("resume", t.dataset.id), cancel: t => order("cancel", t.dataset.id),
  retry: t => order("retry", t.dataset.id), remove: t => order("remove", t.dataset.id), earlier: t => order("earlier", t.dataset.id),
  pause_all: () => order("pause_all", ""), resume_all: () => by("paused").forEach(job => order("resume", job.id)),
  copylog: t => navigator.clipboard?.writeText(logs[t.dataset.id]).then(() => toast("ok", "The log is copied"), () => toast("err", "The browser does not allow copying here", "Select the lines instead.")),
  open: t => { const job = jobs().find(j => j.id === t.dataset.id); turn(false); job.state === "failed" && job.mend ? go(job.mend) : go(job.page, { job: job.id }); },
  instead: t => { turn(false); insteadOf(jobs().find(j => j.id === t.dataset.id), +t.dataset.at); },
  lead: t => { turn(false); leadOn(jobs().find(j => j.id === t.dataset.id)); },
  log: async t => {
    const id = t.dataset.id;
    if (id in logs) delete logs[id];
    else await readLog(id);
    show();
  },
});

async function readLog(id) { const answer = await ask(server.queue_log, { id }); if (answer) logs[id] = answer.text; }

// What is read of a job that goes on is kept up to date.
let reading = 0;
async function reread() {
  const going = by("running").filter(job => job.id in logs);
  if (!open || !going.length || Date.now() - reading < 2000) return;
  reading = Date.now();
  for (const job of going) await readLog(job.id);
  show();
}
element.addEventListener("dragstart", event => { dragged = event.target.closest("[data-wait]")?.dataset.wait || null; });
element.addEventListener("dragover", event => {
  const over = dragged && event.target.closest("[data-wait]");
  for (const row of element.querySelectorAll(".lk-job.over")) row.classList.remove("over");
  if (over && over.dataset.wait !== dragged) { event.preventDefault(); over.classList.add("over"); }
});
element.addEventListener("drop", event => {
  const over = event.target.closest("[data-wait]");
  if (over && dragged) { event.preventDefault(); order("before", dragged, over.dataset.wait); }
  dragged = null;
});
document.addEventListener("keydown", event => {
  if (event.key === "Escape" && open) { event.stopPropagation(); turn(false); }
  else if (event.key === "q" && !typing(event)) turn(!open);
  else if (event.key === "Tab" && open) {
    const stops = [...drawer.querySelectorAll("button:not([disabled]), [tabindex='0']")];
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (document.activeElement === edge || !drawer.contains(document.activeElement)) {
      event.preventDefault();
      (event.shiftKey ? stops.at(-1) : stops[0]).focus();
    }
  } else if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
    const row = document.activeElement?.closest?.("[data-wait]");
    if (row) { event.preventDefault(); order(event.key === "ArrowUp" ? "earlier" : "later", row.dataset.wait); }
  }
});
document.addEventListener("click", event => { if (event.target.closest("[data-lk-opens=queue]")) turn(!open); });
window.addEventListener("lk:queue", () => turn(!open));
hear(() => { notice(); if (open) { show(); reread(); } });
