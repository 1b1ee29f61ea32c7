// Runs before everything else on the page. Where the studio cannot be reached, Gradio gives up every later event and
// loads the page anew once the studio is back: what was drawn or typed meanwhile would be gone. Here what a person did
// waits and goes out when the studio is back; pictures that did not come are asked for again.
(() => {
  const send = window.fetch.bind(window), studio = window.likeness ??= {};
  const EVENT = /\/gradio_api\/(run|call|queue\/join|upload)\b/, PAUSE = 1000, LONG = 600_000; // milliseconds
  const SAID = /[^\\]"once":"([\w-]{1,64})"/;
  const HERE = new URL("gradio_api/app_id", document.baseURI);   // answers to anybody, with a number
  const line = [], sleepers = new Set(), missing = new Set();

  function wake() { for (const rise of sleepers) rise(); sleepers.clear(); }
  function nap() { return new Promise(rise => { sleepers.add(rise); setTimeout(rise, PAUSE); }); }

  // One try. That it failed need not be the studio's doing: a file that is gone fails as a lost connection does, and a
  // request may have been called off. So a small question is asked before anything is believed.
  async function attempt(what, how) {
    try {
      const answer = await send(what, how);
      if (studio.away) back();
      return answer;
    } catch (error) {
      if (!how?.signal?.aborted && error instanceof TypeError) {
        const here = await send(HERE, { cache: "no-store" }).then(answer => answer.ok, () => false);
        if (!here) studio.away = true;
        else if (studio.away) back();
      }
      throw error;
    }
  }

  function back() {
    studio.away = false;
    wake();
    window.dispatchEvent(new Event("lk:back"));
    for (const picture of missing) if (picture.isConnected && picture.src) picture.src = picture.src;
    missing.clear();
  }

  // The same name goes with every try: the studio answers from memory what it has done already (app/once.py), so that
  // a second try is safe though only the answer was lost. Whoever tries again by itself says the name with its question.
  function named(how, name = Date.now().toString(36) + Math.random().toString(36).slice(2) + Math.random().toString(36).slice(2)) {
    const headers = new Headers(how.headers);
    headers.set("x-likeness-once", name);
    return { ...how, headers };
  }

  async function patiently(what, asked) {
    const mine = {}, until = Date.now() + LONG, how = named(asked);
    let again = true;
    try {
      for (;;) {
        if (!line.length || line[0] === mine) {
          try { return await attempt(what, how); } catch (error) {
            if (how.signal?.aborted || Date.now() > until || !studio.away && !again) throw error;
            again = studio.away;
          }
        }
        if (!line.includes(mine)) line.push(mine);
        await nap();
      }
    } finally {
      const at = line.indexOf(mine);
      if (at >= 0) line.splice(at, 1);
      wake();
    }
  }

  window.fetch = (what, how) => {
    const address = new URL(what?.url || what, location.href);
    if (address.origin !== location.origin) return send(what, how);
    const event = how?.method === "POST" && EVENT.test(address.pathname);
    if (event) return patiently(what, how);
    const said = typeof how?.body === "string" && SAID.exec(how.body);
    return attempt(what, said ? named(how, said[1]) : how);
  };
  window.addEventListener("online", wake);
  window.addEventListener("error", event => {
    if (event.target instanceof HTMLImageElement && missing.size < 1000) missing.add(event.target);
  }, true);
})();
