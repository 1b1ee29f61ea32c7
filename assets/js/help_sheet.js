const sheet = element.querySelector("dialog");

const key = text => text.split(" ").map(part => h("kbd", {}, part));

function open() {
  draw(sheet,
    h("div.lk-head", {}, h("h2", {}, "Keyboard"), h("span.lk-12.lk-3c", {}, "Quiet while you type"), h("span.lk-grow"),
      h("button.lk-ib", { do: "close", "aria-label": "Close, Esc" }, icon("close"))),
    h("div.lk-keys", {}, props.keys.map(([where, rows]) =>
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
