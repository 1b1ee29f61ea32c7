// A picture while it comes into being: the newest frame, the steps so far, and the takes made before. Never dims.

const stage = element.querySelector(".lk-stage"), paper = element.querySelector(".lk-canvas"), shown = paper.querySelector("img");
const lines = paper.querySelector("svg"), glow = paper.querySelector("canvas"), shelf = h("section.lk-takes", { "aria-label": "Takes" });
const ENDED = ["done", "stopped", "failed"], STRIP = 7;
const frames = {}, images = {}, strips = {};       // by job: number of the newest frame, the frame, the steps kept
let takes = [], rev = "", chosen = null, peek = null, timer = null, asking = false, misses = 0, attention = "off", span = "mean", off = new Set(), spoken = 0;

const took = s => s !== null && s < 10 ? s.toFixed(1) + " s" : seconds(s);
// Who is looked at: the one that was chosen, else the one that runs, else the next in line, else the newest that has
// something to see or to say: behind a take that is stopped, others may never have begun.
const current = () => takes.find(t => t.job === chosen) || takes.find(t => t.state === "running")
  || takes.findLast(t => !ENDED.includes(t.state)) || takes.find(t => t.image || t.message) || takes[0];

async function poll() {
  if (asking) return;
  asking = true;
  clearTimeout(timer);
  try {
    const answer = await inTime(server.look({ rev, frames }));
    if (!answer?.ok) throw new Error(answer?.error);
    misses = 0;
    if (!answer.same) { rev = answer.rev; hear(answer.takes); }
  } catch { misses++; }
  asking = false;
  const busy = takes.some(t => !ENDED.includes(t.state));
  if (busy || misses) timer = setTimeout(poll, misses ? Math.min(500 * misses, 5000) : document.hidden ? 2000 : calm(0));
}

function hear(fresh) {
  const past = current();
  const running = fresh.find(t => t.state === "running"), before = takes.find(t => t.state === "running");
  if (running && running.job !== before?.job) chosen = null;
  for (const take of fresh) {
    if (take.image) { images[take.job] = take.image; frames[take.job] = take.frame; keepStep(take); }
    take.image = images[take.job] || "";
  }
  const known = new Set(fresh.map(t => t.job));
  for (const job of Object.keys(images)) if (!known.has(job)) { delete images[job]; delete frames[job]; delete strips[job]; }
  takes = fresh;
  show();
  const now = current();
  if (now?.state === "done" && (now.job !== past?.job || past.state !== "done")) trigger("select", { job: now.job });
}

// Of all frames keep about seven, evenly through the run; the newest is always the last.
function keepStep(take) {
  if (take.state === "done" || !take.total) return;
  const strip = strips[take.job] ??= [], every = take.total / STRIP;
  const last = strip[strip.length - 1];
  if (last && Math.floor(last.step / every) === Math.floor(take.step / every)) strip.pop();
  strip.push({ step: take.step, image: take.image, maps: take.maps });
}

// What can be laid over a take, and what key H turns through.
const LAID = ["off", "lines", "heat"];
function modesOf(take) {
  return [...LAID.slice(0, take?.maps?.length ? 3 : 1), ...(take?.places?.length ? ["who"] : [])];
}

function words(take) {
  if (!take) return ["", ""];
  const at = take.step, of = take.total;
  return {
    waiting: ["", "waits its turn"], running: ["live", at ? `step ${at} of ${of}` : "starting"], paused: ["", `paused at ${at} of ${of}`],
    done: ["ok", `done in ${took(take.seconds)}`], stopped: ["", at ? `stopped at ${at}` : "stopped"], failed: ["err", at ? `stopped at ${at} of ${of}` : "not made"],
  }[take.state];
}

function toolsView(take) {
  const [kind, text] = words(take), open = take && !ENDED.includes(take.state), maps = take?.maps || [], places = take?.places || [];
  const modes = modesOf(take);
  const numbers = [...new Set([...maps, ...places].map(one => one.number))].sort((a, b) => a - b);
  return [
    h("span.lk-b", { style: "padding:0 6px" }, "Live"),
    text && h("span.lk-tag", { class: kind }, kind === "live" ? h("span.lk-live-dot") : { ok: icon("tick"), err: icon("octagon") }[kind], text),
    h("span.lk-grow"),
    modes.length > 1 && [
      h("span.lk-11.lk-3c.lk-wide", {}, "Attention"),
      h("span.lk-seg", { role: "group", "aria-label": "Attention, and who is where", title: maps.length ? "Off, lines, heat  H" : null }, modes.map(mode =>
        h("button", { type: "button", do: "attention", "data-mode": mode, "aria-pressed": String(attention === mode) }, mode[0].toUpperCase() + mode.slice(1)))),
      h("span.lk-row", { style: "gap:3px" }, numbers.map(number =>
        h("button.lk-swt", { type: "button", do: "map", "data-number": number, "data-s": tint(number), "aria-pressed": String(!off.has(number)), "aria-label": `Attention of region ${label(number)}`, style: off.has(number) ? "opacity:.35" : null }, label(number)))),
    ],
    open && h("button.lk-ib", { type: "button", do: "stop", "aria-label": "Stop, keep this frame", title: "Stop, keep this frame  Esc" }, icon("stop")),
    h("span.sep"),
    h("a.lk-ib", { class: take?.state === "done" ? "" : "is-off", do: "download", href: take?.state === "done" ? take.image : null, download: take?.file || "picture.png", "aria-label": "Save picture", title: "Save picture", "aria-disabled": String(take?.state !== "done"), role: "button" }, icon("save")),
  ].flat();
}

function underView(take) {
  const strip = strips[take?.job] || [], open = take && !ENDED.includes(take.state);
  const spans = ["lines", "heat"].includes(attention) && (take?.maps || []).some(one => one.now);
  return [
    strip.map((one, i) => h("button.lk-step", { type: "button", key: "s" + one.step, do: "peek", "data-step": one.step, class: (peek ?? take.step) === one.step ? "on" : "", "aria-label": `Show step ${one.step}`, title: `step ${one.step}` }, h("img", { src: one.image, alt: "" }))),
    open && take.total > 0 && h("span.lk-step.ph", { key: "next" }),
    h("span.lk-grow"),
    spans && h("span.lk-seg", { key: "span", role: "group", "aria-label": "Attention of which steps" }, [["mean", "All steps"], ["now", "This step"]].map(([name, said]) =>
      h("button", { type: "button", do: "span", "data-span": name, "aria-pressed": String(span === name) }, said))),
    take?.total > 0 && h("span.lk-11.lk-3c.lk-m", {}, peek ? `${peek} / ${take.total}` : take.state === "done" ? `${take.total} steps` : `${take.step} / ${take.total}`),
  ].flat();
}

function takesView() {
  const now = current();
  return [
    h("div.lk-row.lk-sp", { key: "head" }, h("h3.lk-12.lk-b", {}, "Takes ", h("span.lk-3c", { style: "font-weight:400" }, "seed and time")),
      h("button.lk-btn.s.g", { type: "button", do: "compare" }, icon("go", "s"), "Send to Compare")),
    h("div.lk-takerow", { key: "row" }, takes.map(t => h("button.lk-frame", { type: "button", key: t.job, do: "take", "data-job": t.job, class: t === now ? "sel" : "", "aria-label": `Take with seed ${t.seed}, ${words(t)[1]}`, "aria-current": String(t === now) },
      t.image ? h("img", { src: t.image, alt: "", width: 84, height: 84 }) : h("span.lk-blank", {}, t.state === "failed" ? icon("octagon") : t.state === "waiting" ? "next" : ""),
      h("span.cap", {}, h("span", {}, t.seed), h("span", {}, t.state === "done" ? took(t.seconds) : t.state === "running" && t.total ? `${t.step}/${t.total}` : ""))))),
  ];
}

function show() {
  const take = current(), step = peek !== null && (strips[take?.job] || []).find(s => s.step === peek), home = document.getElementById(props.slot);
  if (home && shelf.parentNode !== home) home.append(shelf);
  if (props.slot && !home) setTimeout(show, 50);
  const [across, down] = (take?.aspect || props.aspect || "1:1").split(":").map(Number), [W, H] = fitted(stage, across / down, props.unit || 64);
  Object.assign(paper.style, { width: W + "px", height: H + "px" });
  const source = step ? step.image : take?.image || "";
  if (shown.getAttribute("src") !== source) source ? shown.setAttribute("src", source) : shown.removeAttribute("src");
  shown.hidden = !source;
  shown.alt = take ? `${take.title}, ${words(take)[1]}` : "";
  draw(element.querySelector(".lk-tools"), toolsView(take));
  draw(element.querySelector(".lk-under"), underView(take));
  const nothing = { waiting: "Waits its turn", running: "The first frame is coming", paused: "Paused before the first frame", stopped: "Stopped before the first frame" };
  draw(element.querySelector(".lk-none"), source ? [] : [h("span", {}, nothing[take?.state] || "Your picture appears here")]);
  draw(element.querySelector(".lk-fault"), take?.message ? [h("div.lk-note.err", { role: "alert" }, icon("octagon"), h("div.lk-grow", {}, h("b", {}, take.message), " ", take.advice,
    take.mend && h("div.lk-row.fix", {}, h("button.lk-btn.s", { type: "button", do: "mend" }, `Go to ${take.mend}`))))] : []);
  draw(shelf, takes.length ? takesView() : []);
  showMaps(take, step || take, W, H);
  say(take);
}

// Maps of the step that is looked at: of that step alone, or of all up to it.
async function showMaps(take, at, W, H) {
  const told = (at?.maps || []).map(m => ({ number: m.number, image: span === "now" && m.now || m.image }));
  const maps = told.filter(m => !off.has(m.number)), mode = maps.length ? attention : "off";
  paper.classList.toggle("glowing", mode === "heat");
  lines.setAttribute("viewBox", `0 0 ${W} ${H}`);
  const places = attention === "who" ? (take?.places || []).filter(one => !off.has(one.number)) : [];
  draw(lines, mode === "lines" ? await Promise.all(maps.map(m => mapLines(m, W, H))) : places.map(one => whoView(one, W, H)));
  glow.hidden = mode !== "heat";
  if (mode === "heat") { glow.width = W; glow.height = H; await mapGlow(glow, maps); }
}

function say(take) {
  const [, text] = words(take), live = element.querySelector(".lk-vh"), calm = take && ENDED.includes(take.state);
  if (live.textContent !== text && (calm || Date.now() - spoken > 5000)) { spoken = Date.now(); live.textContent = text; }
}

const acts = {
  attention: target => { attention = target.dataset.mode; show(); },
  span: target => { span = target.dataset.span; show(); },
  map: target => { const n = +target.dataset.number; off.has(n) ? off.delete(n) : off.add(n); show(); },
  peek: target => { const step = +target.dataset.step; peek = peek === step ? null : step; show(); },
  take: target => { chosen = target.dataset.job; peek = null; show(); trigger("select", { job: chosen }); },
  stop: () => trigger("stop", { job: current().job }),
  compare: () => go("Compare", { job: current().job }),
  mend: () => go(current().mend),
};
deeds(element, "click", acts);
deeds(shelf, "click", acts);
watch(["value", "aspect"], () => { rev = ""; peek = null; chosen = null; poll(); show(); });
// Esc stops what runs, unless it means something nearer: a field, a dialog, a gesture on the canvas.
document.addEventListener("keydown", event => {
  const open = current() && !ENDED.includes(current().state);
  if (event.key === "Escape" && open && stage.offsetParent && !typing(event) && !document.querySelector("dialog[open]")) acts.stop();
});
document.addEventListener("keydown", event => {
  const modes = LAID.filter(mode => modesOf(current()).includes(mode));
  if (event.key.toLowerCase() !== "h" || event.repeat || !stage.offsetParent || typing(event) || document.querySelector("dialog[open]")) return;
  if (modes.length < 2 && attention === "off") return;
  attention = modes[(modes.indexOf(attention) + 1) % modes.length];
  show();
  element.querySelector(".lk-vh").textContent = `Attention ${attention}`;
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
for (const news of ["online", "lk:back"]) window.addEventListener(news, poll);
new ResizeObserver(show).observe(stage);
show();
poll();
