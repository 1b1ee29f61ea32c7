const root = element.querySelector(".lk-cost");

function show() {
  const cost = props.value;
  if (!cost) { draw(root); return; }
  const about = value => value && (cost.from_runs ? "" : "≈ ") + value;   // what was never seen here is a guess
  const box = (name, value, below) => h("div", {}, h("div.k", {}, name), h("div.v", {}, about(value) || "not known yet"), below);
  const source = cost.from_runs ? `from ${many(cost.from_runs, "run")} on this computer` + (cost.from_runs > 1 ? `, ± ${Math.max(1, Math.round(cost.spread * 100))} %` : "") : "a guess, never run here";
  draw(root, h("section.lk-sec", {}, h("header", {}, h("h3", {}, "What it will cost"), h("span.lk-end.lk-11.lk-3c", {}, source)),
    h("div.lk-fore", {},
      box("Time", cost.seconds && seconds(cost.seconds), cost.runs > 1 && cost.total && h("div.lk-11.lk-3c", {}, `${cost.runs} runs: ${seconds(cost.total)}`)),
      box("Memory", bytes(cost.memory), cost.memory && cost.memory_there && [h("div.lk-bar.ink", {}, h("i", { style: `width:${Math.min(100, 100 * cost.memory / cost.memory_there).toFixed(0)}%` })), h("div.lk-11.lk-3c", {}, `of ${bytes(cost.memory_there)}`)]),
      box("File", bytes(cost.size), cost.disk_free && h("div.lk-11.lk-3c", {}, bytes(cost.disk_free) + " free"))),
    cost.warning && h("div.lk-note.warn", { role: "note" }, icon("warn"), h("div", {}, h("b", {}, cost.warning), " ", cost.advice,
      cost.instead && h("div.lk-row", { style: "margin-top:6px" }, h("button.lk-btn.s", { type: "button", do: "instead" }, `Take ${cost.instead_title}`))))));
}

deeds(element, "click", { instead: () => go("Tune", { recipe: props.value.instead }) });

watch("value", show);
show();
