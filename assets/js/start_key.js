// Ctrl Enter presses Start, as long as that button is on screen and nothing lies over the page; once the page is filled.

const SLIP = 350;   // milliseconds: a second press within them is a slip of the finger
const startButton = () => document.getElementById(element.querySelector("[data-starts]").dataset.starts);
let pressed = 0;

document.addEventListener("click", event => {
  if (!startButton()?.contains(event.target)) return;
  if (Date.now() - pressed < SLIP) { event.stopImmediatePropagation(); event.preventDefault(); }
  else pressed = Date.now();
}, true);
document.addEventListener("keydown", event => {
  const start = startButton();
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat || !start?.offsetParent) return;
  if (document.querySelector("dialog[open]") || document.body.classList.contains("lk-first-open")) return;
  event.preventDefault();
  document.activeElement?.dispatchEvent(new Event("change", { bubbles: true }));   // what was being typed counts
  setTimeout(function press() { if (start.closest("[inert]")) setTimeout(press, 50); else start.click(); }, 30);
});
