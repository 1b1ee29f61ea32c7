// Pages do not know each other; they hand things over through the window.
//
// go("Compose", {picture: {...}}) shows the page of that title and hands it the rest; a widget there says
// taken("Compose", hand => …) and is called now, if something already waits, and at every later hand-over. On a page
// that the studio fills when it first comes up (opening.js), fields that it fills take things `afterwards`.

function go(page, hand) {
  const tab = [...document.querySelectorAll("#lk-pages > .tab-wrapper button[role=tab]")].find(b => b.textContent.trim() === page);
  if (tab) tab.click();
  if (!hand) return;
  const studio = window.likeness ??= {};
  (studio.hands ??= {})[page] = { serial: studio.handed = (studio.handed || 0) + 1, hand };
  window.dispatchEvent(new CustomEvent("lk:hand", { detail: page }));
}

// Handlers that Gradio keeps outside of widgets reach it through the window.
(window.likeness ??= {}).go = go;

function taken(page, receive, afterwards) {
  let last = 0;
  const take = () => {
    const waiting = window.likeness?.hands?.[page];
    if (!waiting || waiting.serial === last || afterwards && !("filled" in (element.closest("[role=tabpanel]")?.dataset || { filled: "" }))) return;
    last = waiting.serial;
    receive(waiting.hand);
  };
  window.addEventListener("lk:hand", event => { if (event.detail === page) take(); });
  if (afterwards) window.addEventListener("lk:filled", take);
  take();
}

// A short message at the lower right: what happened, what to do. Errors stay, the rest leave after six seconds.
function toast(kind, title, words, act) {
  let stack = document.querySelector(".lk-toasts");
  if (!stack) document.querySelector(".gradio-container").append(stack = h("div.lk-toasts", { role: "status", "aria-live": "polite" }));
  const sign = { ok: "tick", warn: "warn", err: "octagon" }[kind];
  const close = h("button.lk-ib", { "aria-label": "Close" }, icon("close"));
  const button = act && h("button.lk-btn.s", {}, act.label);
  const card = h("div.lk-toast", { class: kind },
    h("div.lk-row", { style: "align-items:flex-start;gap:10px" }, h("span", { class: "lk-toast-ic" }, icon(sign)),
      h("div.lk-grow", {}, h("div.lk-b", {}, title), words && h("div.lk-12.lk-2c", {}, words), button), close));
  const leave = () => card.remove();
  close.addEventListener("click", leave);
  if (button) button.addEventListener("click", () => { leave(); act.run(); });
  if (kind !== "err") {
    let timer = setTimeout(leave, 6000);
    card.addEventListener("pointerenter", () => clearTimeout(timer));
    card.addEventListener("pointerleave", () => { timer = setTimeout(leave, 3000); });
  }
  for (const old of [...stack.children]) if (!act && old.textContent === card.textContent) old.remove();
  stack.append(card);
  while (stack.children.length > 3) stack.firstChild.remove();
}

// Ask a server function; an answer that says no becomes a toast and null. A question that does not reach the studio is
// asked again, for as long as a short loss of the connection lasts, under the same name (see patience.js): what was done
// is not done twice.
const SHORT = 30_000; // milliseconds
async function ask(call, payload) {
  const once = Array.from(crypto.getRandomValues(new Uint32Array(4)), part => part.toString(36)).join("-");
  for (const until = Date.now() + SHORT; ;) {
    let answer;
    try { answer = await call({ ...payload, once }); } catch { answer = null; }
    if (answer?.ok) return answer;
    if (answer || !window.likeness?.away || Date.now() > until) {
      toast("err", answer?.error || "The studio did not answer.", answer?.advice || "Is it still running? Jobs are safe; reload the page.");
      return null;
    }
    await new Promise(rise => setTimeout(rise, 1000));
  }
}
