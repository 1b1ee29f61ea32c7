const sheet = element.querySelector("dialog");

const KEYS = [
  ["Everywhere", [["Ctrl Enter", "start or make"], ["Esc", "close, cancel, clear"], ["G 1", "first page, G 2 the second"], ["Q", "queue"],
    ["Shift Space", "pause the running job"], ["Ctrl Z", "undo"], ["Ctrl Shift Z", "redo"], ["?", "this sheet"]]],
  ["Mask", [["Click", "add to the subject"], ["Alt Click", "take away"], ["Drag", "box"], ["Tab", "next reading"], ["B", "brush"], ["E", "erase"],
    ["L", "lasso"], ["[ ]", "brush size"], ["S", "find everything, then pick"], ["Shift V", "invert"], ["Enter", "accept"], ["N", "next photo"], ["↑ ↓ ← →", "move a point, Enter sets it"]]],
  ["Regions", [["V", "move"], ["R", "box"], ["B", "brush"], ["L", "lasso"], ["E", "erase"], ["← →", "1 %, with Shift 10 %"], ["Alt →", "resize"],
    ["Alt [ ]", "order"], ["Del", "remove"], ["H", "attention off, lines, heat"]]],
  ["Wall and viewer", [["← →", "move"], ["Enter", "enlarge"], ["C", "swap"], ["M", "next view"], ["1 2 0", "left, right, same"], ["*", "star"],
    ["A", "make again"], ["R", "use its settings"], ["S", "its seed"], ["P", "its prompt"]]],
];

const key = text => text.split(" ").map(part => h("kbd", {}, part));

function open() {
  draw(sheet,
    h("div.lk-head", {}, h("h2", {}, "Keyboard"), h("span.lk-12.lk-3c", {}, "Quiet while you type"), h("span.lk-grow"),
      h("button.lk-ib", { do: "close", "aria-label": "Close, Esc" }, icon("close"))),
    h("div.lk-keys", {}, KEYS.map(([where, rows]) =>
      h("section", {}, h("h3", {}, where), h("dl", {}, rows.map(([keys, words]) => [h("dt", {}, key(keys)), h("dd", {}, words)]))))),
    h("div.lk-foot", {}, h("button.lk-btn", { do: "first", "data-lk-opens": "first" }, icon("play"), "Your first picture, in four clicks")));
  if (!sheet.open) sheet.showModal();
}

// The first run listens for its own door; here the sheet only makes way for it.
deeds(sheet, "click", { close: () => sheet.close(), first: () => sheet.close() });
sheet.addEventListener("click", event => { if (event.target === sheet) sheet.close(); });
document.addEventListener("click", event => { if (event.target.closest("[data-lk-opens=help]")) open(); });
document.addEventListener("keydown", event => {
  if (event.key === "?" && !typing(event)) { event.preventDefault(); open(); }
});
