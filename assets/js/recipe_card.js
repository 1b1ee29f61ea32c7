const root = element.querySelector(".lk-card");
let large = props.large, sheets = sheetsOn(large);

function show() {
  const sheet = sheets.find(one => one.name === props.value), why = props.off[props.value];
  draw(root, sheet && h("section.lk-sec", {},
    h("div.lk-row", { style: "align-items:baseline" }, h("h2.lk-20.lk-b", {}, sheet.title),
      h("span.lk-12.lk-3c", {}, sheet.family + " · ",
        h("a.lk-3c", { href: "https://arxiv.org/abs/" + sheet.paper, target: "_blank", rel: "noopener" }, "arXiv " + sheet.paper))),
    h("p.lk-2c", { style: "margin:2px 0 8px;max-width:66ch" }, sheet.learns + " " + sheet.choose),
    why && h("div.lk-noteline.warn", { role: "note", style: "margin:0 0 8px" }, icon("warn", "s"), h("span", {}, "Not here: " + why)),
    h("div.lk-plan", {}, sheet.tags.map(([kind, idea]) => h("span.op", {}, h("i", {}, kind), h("b", {}, idea))))));
}

watch(["value", "off", "large"], () => {
  if (props.large !== large) sheets = sheetsOn(large = props.large);
  show();
});
show();
