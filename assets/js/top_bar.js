const bar = element.querySelector(".lk-top");
const LOGO = [h("circle", { cx: 8.6, cy: 11, r: 6.6, fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-dasharray": "2.6 2" }),
  h("circle", { cx: 13.6, cy: 11, r: 6.6, fill: "currentColor" })];
const FULL = 0.92;                // share of the memory from which the chip warns
let chip = null, since = Date.now();

const tabs = () => [...document.querySelectorAll("#lk-pages > .tab-wrapper button[role=tab]")];
const slug = tab => tab.textContent.trim().toLowerCase();

// ---- theme: what the person chose, else what the system says
const dark = () => document.body.classList.contains("dark");
function wear(theme) {
  document.body.classList.toggle("dark", theme === "dark");
  localStorage.setItem("lk-theme", theme);
  show();
}

// ---- page: kept in the address, so that reload, back and bookmarks work
function visit() {
  const wanted = tabs().find(tab => "#" + slug(tab) === location.hash);
  if (wanted && wanted.getAttribute("aria-selected") !== "true") wanted.click();
}
function note() {
  const current = tabs().find(tab => tab.getAttribute("aria-selected") === "true");
  current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (current && location.hash !== "#" + slug(current)) history.pushState(null, "", "#" + slug(current));
  document.title = current ? `${current.textContent.trim()} · Likeness` : "Likeness";
}

// ---- the model chip
function memory(chip) {
  if (!chip.total) return [];
  const share = Math.min(1, chip.used / chip.total);
  return [h("span.mem", {}, h("i", { style: `width:${(100 * share).toFixed(0)}%` })),
    h("span.dev", {}, `${(chip.used / 2 ** 30).toFixed(1)} of ${(chip.total / 2 ** 30).toFixed(1)} GB`)];
}

function words(chip) {
  const waited = Math.round((Date.now() - since) / 1000);
  if (chip.state === "starting") return [h("span.dev", {}, `starting${waited > 1 ? `, ${waited} s` : ""}`)];
  if (chip.state === "restarting") return [h("span.dev", {}, "starting again, jobs are safe")];
  if (chip.state === "broken") return [h("span.dev", {}, "not running")];
  if (chip.state === "missing") return [h("span.dev", {}, chip.total ? `missing, get ${bytes(chip.total)}` : chip.device)];
  if (chip.state === "loading") return [h("span.dev", {}, `loading${waited > 1 ? `, ${waited} s` : ""}`), ...memory(chip)];
  return [h("span.dev", {}, chip.device), ...memory(chip)];
}

function model() {
  if (!chip) return null;
  const full = chip.state !== "missing" && chip.total && chip.used / chip.total > FULL;
  const sign = chip.state === "broken" ? "octagon" : full || chip.state === "missing" ? "warn" : "chip";
  return h("button.lk-model", { do: "models", class: full ? "is-full" : "is-" + chip.state, title: chip.note,
    "aria-label": `Base model ${chip.model}, ${chip.state === "ready" ? chip.device : chip.state === "missing" && chip.total ? `missing, get ${bytes(chip.total)}` : chip.state}` }, icon(sign), h("span.lk-el", {}, chip.model), words(chip));
}

function show() {
  const going = (window.likeness?.jobs || []).filter(job => ["queued", "running", "paused"].includes(job.state)).length;
  const queue = going ? `Queue, ${many(going, "job")}` : "Queue";
  const tool = (deed, label, sign, more) => h("button.lk-ib.m", { do: deed, "aria-label": label, title: label, ...more }, icon(sign), deed === "queue" && going ? h("span.cnt", {}, String(going)) : null);
  draw(bar,
    h("a.lk-skip", { href: "#lk-pages", do: "skip" }, "Skip to the page"),
    h("a.lk-logo", { href: "#", do: "home", "aria-label": "Likeness, first page" }, h("svg", { viewBox: "0 0 22 22", "aria-hidden": "true" }, LOGO.map(c => c.cloneNode())), h("span", {}, "Likeness")),
    h("div.lk-top-r", {}, model(),
      document.querySelector("#lk-queue") ? tool("queue", queue, "queue", { "data-lk-opens": "queue" }) : null,
      tool("theme", dark() ? "Light" : "Dark", dark() ? "sun" : "moon"),
      tool("help", "Keyboard and help, ?", "help", { "data-lk-opens": "help" })));
}

async function ask() {
  let wait = 3000;
  try {
    const answer = await inTime(server.chip_now({}));
    if (answer.chip.state !== chip?.state) since = Date.now();
    chip = answer.chip;
    if (chip.state !== "ready") wait = 1000;
  } catch { wait = 5000; }
  show();
  setTimeout(ask, document.hidden ? 10000 : wait);
}

deeds(bar, "click", {
  theme: () => wear(dark() ? "light" : "dark"),
  models: () => window.likeness?.go?.("Models", chip.state === "missing" ? { model: chip.id } : null),
  home: (target, event) => { event.preventDefault(); tabs()[0]?.click(); },
  skip: (target, event) => { event.preventDefault(); document.querySelector("#lk-pages > [role=tabpanel]:not([style*=none])")?.querySelector("button, input, textarea, [tabindex]")?.focus(); },
});

let went = 0;                     // when G was pressed
document.addEventListener("keydown", event => {
  if (typing(event)) return;
  if (event.key === "g") went = Date.now();
  else if (Date.now() - went < 1500 && /^[1-9]$/.test(event.key)) { tabs()[event.key - 1]?.click(); went = 0; }
});
// A file that misses the place it was meant for must not take the place of the page.
for (const name of ["dragover", "drop"]) window.addEventListener(name, event => {
  if (event.defaultPrevented || ![...event.dataTransfer?.types || []].includes("Files") || event.target.closest?.("input[type=file]")) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
});
window.addEventListener("popstate", visit);
window.addEventListener("lk:jobs", show);

// Gradio draws its tabs after this bar, and chooses the theme by itself: watch both.
const seen = new MutationObserver(() => {
  if (!tabs().length) return;
  seen.disconnect();
  visit();
  note();
  for (const row of document.querySelectorAll("#lk-pages > .tab-wrapper"))
    new MutationObserver(note).observe(row, { subtree: true, attributes: true, attributeFilter: ["aria-selected"] });
});
seen.observe(document.body, { childList: true, subtree: true });
const chosen = localStorage.getItem("lk-theme");
if (chosen) wear(chosen);
new MutationObserver(() => show()).observe(document.body, { attributes: true, attributeFilter: ["class"] });
show();
ask();
