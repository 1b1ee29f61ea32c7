const root = element.querySelector(".lk-run");
const runs = {};                  // job → what is known of it
let chosen = props.value || null, asking = false, again = false, at = null, seen = null;

const fresh = () => ({ after: 0, points: {}, samples: [], warnings: [], marks: {}, best: null, copying: null, weighed: [] });
const tunes = () => (window.likeness?.jobs || []).filter(job => job.kind === "tune");
const order = async (deed, id, title, words) => { if (!await ask(server.run_do, { do: deed, id })) return; nudge(); if (title) toast("ok", title, words); };

// The run on show: the one asked for, else the one under way, else the newest that ended.
function current() {
  const list = tunes();
  return list.find(job => job.id === chosen) || list.find(job => ["running", "paused"].includes(job.state))
    || list.filter(job => job.ended).sort((a, b) => b.ended - a.ended)[0] || list[0] || null;
}

async function catchUp(job) {
  if (asking || !job) { again = asking; return; }
  asking = true;
  const run = runs[job.id] ??= fresh();
  const news = await server.run_news({ job: job.id, after: run.after }).catch(() => null);
  asking = false;
  if (news?.ok) hearNews(run, news);
  if (again) { again = false; catchUp(current()); }   // another run was chosen, or this one went on
}

function hearNews(run, news) {
  run.after = news.after;
  for (const [step, values] of news.measures)
    for (const [name, value] of Object.entries(values)) (run.points[name] ??= []).push([step, value]);
  run.samples.push(...news.samples);
  run.warnings.push(...news.warnings);
  for (const [name, lines] of Object.entries(news.marks)) run.marks[name] = { ...run.marks[name], ...lines };
  run.best = news.best ?? run.best;
  run.copying = news.copying;
  run.weighed = news.weighed;
  show();
}

function tag(job) {
  const at = job.total ? `step ${job.step} of ${job.total}` : job.note || "getting ready";
  if (stopping(job)) return h("span.lk-tag.live", {}, h("span.lk-live-dot"), job.step ? "stopping, it is being saved" : "stopping");
  if (pausing(job)) return h("span.lk-tag.live", {}, h("span.lk-live-dot"), "pausing");
  if (job.state === "running") return h("span.lk-tag.live", {}, h("span.lk-live-dot"), at);
  if (job.state === "finished") return h("span.lk-tag.ok", {}, icon("tick"), "done");
  if (job.state === "failed") return h("span.lk-tag.err", {}, icon("octagon"), "did not finish");
  if (job.state === "lost") return h("span.lk-tag.warn", {}, icon("warn"), "interrupted");
  return h("span.lk-tag", {}, { paused: "paused at " + job.step, queued: "waiting", cancelled: "stopped at " + job.step }[job.state]);
}

function head(job) {
  const list = tunes(), small = (deed, words, sign) => h("button.lk-ib.m", { do: deed, id: job.id, key: deed, "aria-label": words, title: words }, icon(sign)), button = (deed, words, sign, why) => h("button.lk-btn.s", { do: deed, id: job.id, key: deed, "aria-label": why, title: why }, icon(sign, "s"), words);
  const running = job.state === "running" && !job.wished, ends = stopping(job);
  return h("div.lk-head", {}, list.length > 1
    ? h("div.lk-who", {}, h("h2.lk-el", { title: job.title }, job.title), icon("down", "s"), h("select", { "aria-label": "Run", do: "none" }, list.map(one => h("option", { value: one.id, selected: one.id === job.id || null }, one.title))))
    : h("h2.lk-el", { title: job.title }, job.title), tag(job), h("span.lk-grow"), h("span.lk-row.acts", {},
    running && job.can.includes("sample") && button("sample", "Sample", "picture", "Sample now"), running && job.can.includes("save") && button("save", "Save", "file", "Save now"),
    running && job.can.includes("pause") && small("pause", "Pause", "pause"), !ends && (job.state === "paused" || pausing(job)) && button("resume", "Go on", "play"),
    !ends && ["running", "paused"].includes(job.state) && small("cancel", "Stop and keep what is learnt", "stop"),
    job.state === "finished" && h("button.lk-btn.s.p", { do: "lead", key: "lead" }, "Put it somewhere"),
    ["failed", "lost", "cancelled"].includes(job.state) && button("retry", job.state === "lost" && job.step && job.can.includes("carry_on") ? `Carry on from ${job.step}` : "Run it again", "again")));
}

function notes(job, run) {
  const note = (kind, sign, words, deed) => h("div.lk-note", { class: kind, role: "note" }, icon(sign),
    h("div.lk-row.lk-sp.lk-grow", { style: "align-items:flex-start;gap:12px" }, h("div", {}, words), deed));
  const stop = run.best !== null && !stopping(job) && ["running", "paused"].includes(job.state) && h("button.lk-btn.s", { do: "cancel", id: job.id }, `Stop, keep ${run.best}`);
  const others = job.instead.map((one, at) => h("button.lk-btn.s", { do: "instead", id: job.id, "data-at": at, key: "instead" + at }, one.title));
  const mend = job.mend && h("button.lk-btn.s", { do: "mend", key: "mend" }, `Go to ${job.mend}`);
  return [job.state === "failed" && note("err", "octagon", [h("b", {}, job.message), " ", job.advice], [others, mend]),
    job.state === "lost" && note("warn", "warn", [h("b", {}, job.message || `The computer restarted at step ${job.step}.`), " ", job.advice || "What was learnt until the last save is kept."], others),
    run.copying !== null && run.copying !== undefined && note("warn", "warn", [h("b", {}, "It is starting to copy its photos."), " " + copied(run)], stop),
    run.warnings.slice(-2).map(([message, advice]) => note("warn", "warn", [h("b", {}, message), " ", advice]))].flat().filter(Boolean);
}

function copied(run) {
  const fell = ((run.points.prompt_following || []).find(([step]) => step >= run.copying)?.[1] ?? 0) - ((run.points.prompt_following || []).at(-1)?.[1] ?? 0);
  return `Since step ${run.copying} likeness stands still` + (fell > 0.0005 ? ` and prompt-following fell by ${fell.toFixed(3)}.` : ".");
}

function finding(run) {
  const last = name => run.points[name]?.at(-1)?.[1];
  return [typeof last("likeness") === "number" && `Likeness ${score(last("likeness"))}`, typeof last("prompt_following") === "number" && `prompt-following ${score(last("prompt_following"), "prompt_following")}`,
    typeof last("loss") === "number" && `loss ${score(last("loss"), "loss")}`, run.best !== null && `best at step ${run.best}`].filter(Boolean).join(", ") || "Nothing measured yet";
}

// Columns: at most seven steps, always the first, the best and the newest.
function columns(run) {
  const steps = [...new Set(run.samples.map(one => one.step))].sort((a, b) => a - b), most = 7;
  if (steps.length <= most) return steps;
  const keep = new Set([steps[0], steps.at(-1), run.best].filter(step => steps.includes(step)));
  for (let i = 1; keep.size < most && i < most; i++) keep.add(steps[Math.round(i * (steps.length - 1) / (most - 1))]);
  return [...keep].sort((a, b) => a - b);
}

// What tells prompts apart: their words after the ones they all begin with.
function labels(prompts) {
  const words = prompts.map(prompt => prompt.split(" "));
  let same = 0;
  while (prompts.length > 1 && words.every(list => list.length > same + 1 && list[same] === words[0][same])) same++;
  return new Map(prompts.map((prompt, i) => [prompt, words[i].slice(same).join(" ")]));
}

function strips(job, run) {
  if (!run.samples.length) return null;
  const steps = columns(run), prompts = [...new Set(run.samples.map(one => one.prompt))], newest = steps.at(-1), live = job.state === "running", label = labels(prompts);
  const kind = step => step === run.best ? "bst" : live && step === newest ? "now" : "";
  return h("div.strips", { style: `--steps:${steps.length}` }, h("span"),
    steps.map(step => h("span.lk-m.lk-3c.hd", { class: kind(step) }, String(step))),
    prompts.map(prompt => [h("span.lk-11.lk-2c.pr", { title: prompt }, label.get(prompt)), steps.map(step => {
      const one = run.samples.findLast(s => s.step === step && s.prompt === prompt);
      return one ? h("button.frame", { do: "see", "data-step": step, "data-prompt": prompt, class: kind(step) }, h("img.lk-pic", { src: one.image, alt: `step ${step}, ${prompt}`, loading: "lazy" })) : h("span");
    })]));
}

// The photos as bright as the loss weighs them: whether masks were on, and what they did.
function weighed(run) {
  if (!run.weighed.length) return null;
  const share = run.weighed.reduce((sum, [, counts]) => sum + counts, 0) / run.weighed.length;
  return h("section.lk-sec.weighed", {}, h("header", {}, h("h3", {}, "As the loss weighs the photos"), h("span.lk-end.lk-11.lk-3c", {}, `${Math.round(share * 100)} % of the weight inside the masks`)),
    h("div.lk-row", {}, run.weighed.map(([image, counts], i) => h("img.lk-pic", { src: image, alt: `Photo ${i + 1}, ${Math.round(counts * 100)} percent of the weight inside its mask`, loading: "lazy" }))));
}

// One prompt through time, large, with a slider over its steps.
function viewer(run) {
  if (seen === null) return null;
  const list = run.samples.filter(one => one.prompt === seen.prompt).sort((a, b) => a.step - b.step);
  if (!list.length) return null;
  const place = Math.max(0, list.findLastIndex(one => one.step <= seen.step)), one = list[place];
  return h("div.view", { key: "view" }, h("img", { src: one.image, alt: `step ${one.step}, ${one.prompt}` }),
    h("div.lk-grow", {}, h("div.lk-row.lk-sp", {}, h("span.lk-b", {}, one.prompt), h("button.lk-ib", { do: "unsee", "aria-label": "Close" }, icon("close"))),
      h("div.lk-12.lk-2c", {}, ["step " + one.step, typeof one.values.likeness === "number" && "likeness " + score(one.values.likeness), typeof one.values.prompt_following === "number" && "prompt " + score(one.values.prompt_following, "prompt_following")].filter(Boolean).join(" · ")),
      h("input", { type: "range", min: 0, max: list.length - 1, value: place, "data-scrub": "1", "aria-label": "Through time", "aria-valuetext": "step " + one.step, style: `--v:${list.length > 1 ? 100 * place / (list.length - 1) : 100}%` }),
      h("div.lk-row.lk-sp.lk-11.lk-3c", {}, h("span", {}, "step " + list[0].step), h("span", {}, "step " + list.at(-1).step))));
}

function show() {
  const job = current();
  if (!job) { draw(root, teach()); return; }
  const run = runs[job.id] || fresh();
  draw(root, head(job), h("div.lk-scroll", {},
    h("section.lk-sec.charts", {}, curves({ ...run, total: job.total, at, over: !!job.ended }, finding(run), root.clientWidth > 0 && root.clientWidth < 480)),
    h("section.lk-sec.more", {}, notes(job, run), viewer(run), strips(job, run),
      !run.samples.length && h("p.lk-12.lk-3c", {}, job.state === "queued" ? "It starts when the job before it is done." : job.ended ? "No sample was taken." : "Samples appear here as it learns.")),
    weighed(run)));
}

function teach() {
  return h("div.teach", {}, icon("disc", "l"), h("div.lk-15.lk-b", {}, "Watch it learn"),
    h("p.lk-2c", {}, "Likeness should rise and prompt-following should hold. When it stops rising and the other falls, it has learnt enough."));
}

deeds(element, "click", {
  pause: t => order("pause", t.dataset.id), resume: t => order("resume", t.dataset.id), cancel: t => order("cancel", t.dataset.id),
  retry: t => order("retry", t.dataset.id), 
  sample: t => order("sample", t.dataset.id, "A sample comes after this step.", "It goes on afterwards."),
  save: t => order("save", t.dataset.id, "What is learnt so far is saved after this step.", "It can be used in Compose while this goes on."),
  mend: () => go(current().mend), lead: () => leadOn(current()), instead: t => insteadOf(current(), +t.dataset.at), unsee: () => { seen = at = null; show(); },
  see: t => { seen = { prompt: t.dataset.prompt, step: +t.dataset.step }; at = seen.step; show(); },
});
element.addEventListener("change", event => {
  if (event.target.matches(".lk-who select")) look(event.target.value);
});
element.addEventListener("input", event => {
  if (!event.target.dataset.scrub) return;
  const list = runs[current().id].samples.filter(one => one.prompt === seen.prompt).sort((a, b) => a.step - b.step);
  seen.step = at = list[+event.target.value].step;
  show();
});
element.addEventListener("pointermove", event => {
  const svg = event.target.closest("svg.lk-chart");
  if (!svg || !event.buttons) return;
  at = stepAt(svg, event.clientX);
  if (seen) seen.step = at;
  show();
});
element.addEventListener("pointerdown", event => {
  const svg = event.target.closest("svg.lk-chart"), run = runs[current()?.id];
  if (!svg || !run) return;
  at = stepAt(svg, event.clientX);
  if (run.samples.length) seen = { prompt: seen?.prompt || run.samples[0].prompt, step: at };
  show();
});
function look(job) { chosen = job; seen = at = null; show(); catchUp(current()); }
watch("value", () => props.value && look(props.value));
taken("Tune", hand => hand.job && look(hand.job));
let mark = "";
hear(() => {
  const job = current(), now = job && `${job.id} ${job.state} ${job.step} ${job.frame}`;
  if (job && now !== mark) catchUp(job);
  mark = now;
  show();
});
show();
