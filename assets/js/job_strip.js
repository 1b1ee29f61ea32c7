const root = element.querySelector(".lk-jobs");
const shown = {};                 // job → its likeness when last drawn, to say where it is going
let best = null, clock0 = 0;

const ORDINALS = ["next", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"];
const SOLD = 60;                  // seconds a finished job stays on the strip

// The one job worth the strip: what runs, else what needs the person, else what was done, else what waits.
function pick(jobs) {
  const away = new Set(putAway());
  const by = (...states) => jobs.filter(job => states.includes(job.state) && !away.has(job.id));
  const age = job => Date.now() / 1000 - (job.ended || 0);
  return by("running")[0] || by("paused")[0] || by("failed", "lost").filter(j => age(j) < 86400)[0]
    || by("finished", "cancelled").filter(j => age(j) < SOLD)[0] || by("queued")[0] || null;
}

function heading(job) {
  if (window.likeness.offline) return ["The page lost the studio", "Jobs go on without it; what you do waits until it is back."];
  const at = job.total ? `step ${job.step} of ${job.total}` : job.note || "getting ready";
  if (stopping(job)) return [job.title, job.kind === "tune" && job.step ? "stopping, what it learnt is being saved" : "stopping after this step"];
  if (pausing(job)) return [job.title, job.step ? `pausing after step ${job.step}` : "pausing"];
  if (job.state === "queued") {
    const waiting = window.likeness.jobs.filter(j => j.state === "queued");
    const place = waiting.findIndex(j => j.id === job.id);
    return [job.title, place > 0 && place < 9 ? ORDINALS[place] + " in the queue" : "next in the queue"];
  }
  if (job.state === "running") return [job.title, [at, job.total && job.note, trend(job)].filter(Boolean).join(" · ")];
  if (job.state === "paused") return [job.title, job.step ? `paused at ${job.step}${job.saved ? ", saved" : ""}` : "paused"];
  if (job.state === "finished") return [job.title + " is ready", outcome(job)];
  if (job.state === "cancelled") return [job.title, job.kept ? `stopped at step ${job.step}, what it learnt is kept` : "stopped"];
  if (job.state === "lost") return [job.title, job.message || `the computer restarted at step ${job.step}`];
  return [job.title + (job.step ? ` stopped at step ${job.step}` : " did not finish"), job.message];
}

function trend(job) {
  const value = job.values.likeness;
  if (typeof value !== "number") return typeof job.values.loss === "number" ? "loss " + score(job.values.loss, "loss") : "";
  const past = shown[job.id] ??= { value, going: "" };
  if (value !== past.value) {
    past.going = value > past.value + 0.005 ? ", rising" : value < past.value - 0.005 ? ", falling" : ", standing still";
    past.value = value;
  }
  return "likeness " + score(value) + past.going;
}

function outcome(job) {
  return [job.facts.best_step && `best at step ${job.facts.best_step}`,
    job.spent && seconds(job.spent) + (job.forecast ? `, forecast ${seconds(job.forecast)}` : ""), job.kept].filter(Boolean).join(" · ");
}

const COLOURS = { paused: "var(--lk-text-3)", finished: "var(--lk-ok)", failed: "var(--lk-err)", lost: "var(--lk-warn)", cancelled: "var(--lk-text-3)" };

function strip(job) {
  const [title, words] = heading(job);
  const share = job.state === "finished" ? 100 : job.total ? 100 * job.step / job.total : 0;
  const next = window.likeness.jobs.find(j => j.state === "queued" && j.id !== job.id);
  return h("aside.lk-strip", { "aria-label": "Running job", class: "is-" + job.state },
    h("div.line", {}, h("i", { style: `width:${share.toFixed(1)}%;` + (COLOURS[job.state] ? `background:${COLOURS[job.state]}` : "") })),
    job.image ? h("img.th", { src: job.image, alt: "Newest frame", key: "th" }) : h("span.th.none", { key: "none" }, icon("disc")),
    h("div.lk-el", { key: "words" }, h("div.tt.lk-el", {}, title), h("div.sb.lk-el", {}, words)),
    h("span.lk-grow"), ...right(job),
    next && h("span.sep.wide", { key: "sep" }),
    next && h("div.wide.lk-el.next", { key: "next" }, h("div.sb", {}, "Next"),
      h("div.lk-12.lk-el", {}, next.title + (next.forecast ? ", about " + seconds(next.forecast) : ""))),
    h("button.lk-btn.s.wide", { do: "queue", key: "all" }, "Queue", icon("up", "s")));
}

function right(job) {
  const button = (deed, words, sign, kind) => h("button.lk-btn.s", { class: kind, do: deed, id: job.id, key: deed }, sign && icon(sign, "s"), words);
  const small = (deed, label, sign) => h("button.lk-ib.m", { "aria-label": label, title: label, do: deed, id: job.id, key: deed }, icon(sign));
  const close = small("away", "Put away", "close");
  if (window.likeness.offline) return [];
  if (job.state === "queued") return [job.left || job.forecast ? h("div.eta.lk-12", { key: "eta" }, "about " + seconds(job.forecast)) : ""];
  if (stopping(job)) return [];
  if (pausing(job)) return [button("resume", "Go on", "play"), small("cancel", job.kind === "tune" ? "Stop and keep what is learnt" : "Stop", "stop")];
  if (job.state === "running") return [
    job.left !== null && h("div.eta", { key: "eta" }, h("div.lk-b", {}, seconds(job.left)), h("div.sb", {}, "left")),
    h("div.lk-row", { style: "gap:2px", key: "acts" }, job.can.includes("pause") && small("pause", "Pause", "pause"),
      small("cancel", job.kind === "tune" ? "Stop and keep what is learnt" : "Stop", "stop"))];
  if (job.state === "paused") return [button("resume", "Go on", "play"), small("cancel", job.kind === "tune" ? "Stop and keep what is learnt" : "Stop", "stop")];
  if (job.state === "finished") return [LEADS_ON[job.kind] && button("lead", LEADS_ON[job.kind], null, "p"), close];
  if (job.state === "lost") return [button("retry", job.step && job.can.includes("carry_on") ? `Carry on from ${job.step}` : "Start again"), close];
  if (job.state === "failed") return [button("queue", "What happened"), button("retry", "Try again"), close];
  return [close];
}

function show(jobs) {
  best = pick(jobs) || (window.likeness.offline ? { id: "", state: "lost", title: "", values: {}, facts: {}, can: [] } : null);
  document.documentElement.style.setProperty("--lk-strip", best ? "56px" : "0px");
  draw(root, best && strip(best));
  const open = jobs.filter(job => ["running", "paused", "queued"].includes(job.state)).length;
  for (const count of document.querySelectorAll("[data-lk-jobs]")) {
    count.textContent = open || "";
    count.hidden = !open;
  }
  speak(best);
}

// Say where the job stands to a screen reader, at most every five seconds and only when it moved.
const voice = h("div.lk-vh", { "aria-live": "polite" });
element.append(voice);
function speak(job) {
  if (!job || Date.now() - clock0 < 5000) return;
  const words = heading(job).join(", ") + (job.left ? `, about ${seconds(job.left)} left` : "");
  if (voice.textContent !== words) { voice.textContent = words; clock0 = Date.now(); }
}

const order = async (deed, id) => { if (await ask(server.jobs_do, { do: deed, id })) nudge(); };
deeds(element, "click", {
  pause: t => order("pause", t.dataset.id), resume: t => order("resume", t.dataset.id),
  cancel: t => order("cancel", t.dataset.id), retry: t => order("retry", t.dataset.id),
  away: t => putAwayJob(t.dataset.id), lead: () => { leadOn(best); putAwayJob(best.id); },
  queue: () => window.dispatchEvent(new Event("lk:queue")),
});
document.addEventListener("keydown", event => {
  if (event.shiftKey && event.code === "Space" && !typing(event) && best && !event.target.matches?.("button, [role]")) {
    event.preventDefault();
    order(best.state === "paused" ? "resume" : "pause", best.id);
  }
});
setInterval(() => { if (best && ["finished", "cancelled"].includes(best.state)) show(window.likeness.jobs || []); }, 5000);
hear(show);
feed(server.jobs_now);
