// Ctrl Enter presses Start, as long as that button is on screen and nothing lies over the page.

const SLIP = 350;   // milliseconds: a second press within them is a slip of the finger
let pressed = 0;

document.addEventListener("keydown", event => {
  const start = document.getElementById(element.querySelector("[data-starts]").dataset.starts);
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat || !start?.offsetParent) return;
  if (document.querySelector("dialog[open]") || document.body.classList.contains("lk-first-open")) return;
  event.preventDefault();
  if (Date.now() - pressed < SLIP) return;
  pressed = Date.now();
  document.activeElement?.dispatchEvent(new Event("change", { bubbles: true }));   // what was being typed counts
  setTimeout(() => start.click(), 30);
});
