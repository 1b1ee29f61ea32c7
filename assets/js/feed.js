// The one place that asks how the jobs are. Asks every second while something runs, every four when nothing does,
// every ten when nobody looks; tells everybody through the window's lk:jobs event.

function feed(now) {
  const studio = window.likeness ??= {};
  const frames = {};              // job → number of the newest frame held
  const images = {};              // job → that frame
  const tide = {};                // kind of thing → how often the library's changed
  let rev = "", timer = null, asking = false, misses = 0, again = false;

  async function poll() {
    if (asking) { again = true; return; }
    asking = true;
    clearTimeout(timer);
    try {
      const answer = await inTime(now({ rev, frames }));
      if (!answer?.ok) throw new Error(answer?.error);
      const back = misses > 2;
      misses = 0;
      if (!answer.same) rose(answer.tide);
      if (!answer.same || back) settle(answer.same ? studio.jobs : answer.jobs);
      rev = answer.rev;
    } catch {
      if (++misses === 3) tell(studio.jobs || []);
    }
    asking = false;
    const wait = again ? 50 : misses ? Math.min(8000, 1000 * misses) : document.hidden ? 10000 : busy() ? calm(1000) : 4000;
    again = false;
    timer = setTimeout(poll, wait);
  }

  // Something in the library changed, here or in another browser.
  function rose(fresh) {
    for (const [what, count] of Object.entries(fresh)) {
      if (what in tide && tide[what] !== count) window.dispatchEvent(new CustomEvent("lk:library", { detail: { what } }));
      tide[what] = count;
    }
  }

  function settle(jobs) {
    for (const job of jobs) {
      if (job.image) { images[job.id] = job.image; frames[job.id] = job.frame; }
      else job.image = images[job.id] || null;
    }
    const alive = new Set(jobs.map(job => job.id));
    for (const id of Object.keys(images)) if (!alive.has(id)) { delete images[id]; delete frames[id]; }
    tell(jobs);
  }

  function tell(jobs) {
    studio.jobs = jobs;
    studio.offline = misses > 2;
    window.dispatchEvent(new CustomEvent("lk:jobs", { detail: jobs }));
  }

  const busy = () => (studio.jobs || []).some(job => job.state === "running" || job.state === "queued");
  for (const news of ["lk:nudge", "lk:back", "online"]) window.addEventListener(news, poll);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
  poll();
}

// Run `hear(jobs)` now, if the jobs are known, and whenever they change.
function hear(listen) {
  window.addEventListener("lk:jobs", event => listen(event.detail));
  if (window.likeness?.jobs) listen(window.likeness.jobs);
}

// What a run was asked to do and has not done yet: it ends the step it is at, and saves.
const stopping = job => job.wished === "stop", pausing = job => job.wished === "pause";

function nudge() { window.dispatchEvent(new Event("lk:nudge")); }

// What the person has seen and put away, kept in this browser.
const PUT_AWAY = "lk-put-away";
function putAway() { try { return JSON.parse(localStorage.getItem(PUT_AWAY)) || []; } catch { return []; } }
function putAwayJob(id) {
  localStorage.setItem(PUT_AWAY, JSON.stringify([...putAway().filter(x => x !== id), id].slice(-200)));
  if (window.likeness?.jobs) window.dispatchEvent(new CustomEvent("lk:jobs", { detail: window.likeness.jobs }));
}

// Sets up what would ask for less memory than a run that found it full.
function insteadOf(job, at) { const { recipe, subjects, knobs } = job.instead[at]; go("Tune", { recipe, subjects, knobs }); }

const LEADS_ON = { tune: "Put it somewhere", sample: "Open", compare: "See the wall", toybench: "See the table", fuse: "Put it somewhere", adopt: "Put it somewhere", fetch: "Models" };

// Where a finished job leads: its result, on the page that does the next thing with it.
function leadOn(job) {
  if (["tune", "fuse", "adopt"].includes(job.kind)) go("Compose", { artefact: job.facts.artefact || null });
  else if (job.kind === "sample") go("Library", { picture: job.facts.picture || null });
  else if (job.kind === "compare") go("Compare", { wall: job.facts.wall || null });
  else if (job.kind === "toybench") go("Evaluate");
  else if (job.page) go(job.page, { job: job.id });
}
