// A page whose fields the studio fills when it first comes up: until they are filled nothing on it can be used, because
// what somebody chose meanwhile would be written over. `ready` asks for the fields; the page's listener says
// likeness.opened(id of the widget) when they are there. Without an answer the page opens by itself.

const LONG = 30_000; // milliseconds

function opening() {
  const panel = element.closest("[role=tabpanel]");
  if (panel) shut(panel, true);
  setTimeout(() => panel && uncover(panel), LONG);
  trigger("ready");
}

function uncover(panel) {
  shut(panel, false);
  panel.dataset.filled = "";
  window.dispatchEvent(new Event("lk:filled"));
}

function shut(panel, closed) {
  panel.inert = closed;
  if (closed) panel.setAttribute("aria-disabled", "true"); else panel.removeAttribute("aria-disabled");
}

(window.likeness ??= {}).opened = id => {
  const panel = document.getElementById(id)?.closest("[role=tabpanel]");
  if (panel) uncover(panel);
};
