const bar = element.querySelector(".lk-makebar");
let resting = 0;

function show() {
  draw(bar,
    h("button.lk-btn.p.w", { type: "button", do: "make" }, props.label, h("kbd", {}, "Ctrl ↵")),
    props.dice && h("button.lk-ib.m", { type: "button", do: "dice", class: props.value ? "set" : "", "aria-pressed": String(!!props.value),
      "aria-label": "New seed each time", title: "New seed each time" }, icon("dice")),
    props.note && h("span.lk-12.lk-2c.lk-makenote", {}, props.note));
}

// A second press within a third of a second is a slip of the finger.
function make() {
  if (Date.now() - resting < 350) return;
  resting = Date.now();
  document.activeElement?.dispatchEvent(new Event("change", { bubbles: true }));
  setTimeout(() => trigger("make"), 30);
}

deeds(element, "click", { make, dice: () => { props.value = !props.value; show(); trigger("input"); } });
document.addEventListener("keydown", event => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !bar.offsetParent || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  make();
});
watch(["value", "label", "note"], show);
show();
