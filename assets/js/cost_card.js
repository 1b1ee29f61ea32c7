const root = element.querySelector(".lk-cost");

function show() {
  const cost = props.value;
  if (!cost) { draw(root); return; }
  const box = (name, value, below) => h("div", {}, h("div.k", {}, name), h("div.v", {}, value || "not known yet"), below);
  const source = cost.from_runs ? `from ${many(cost.from_runs, "run")} on this computer` + (cost.from_runs > 1 ? `, ± ${Math.max(1, Math.round(cost.spread * 100))} %` : "") : "a guess, never run here";
  draw(root, h("section.lk-sec", {}, h("header", {}, h("h3", {}, "What it will cost"), h("span.lk-end.lk-11.lk-3c", {}, source)),
    h("div.lk-fore", {},
      box("Time", cost.seconds && (cost.from_runs ? "" : "≈ ") + seconds(cost.seconds), cost.runs > 1 && cost.total && h("div.lk-11.lk-3c", {}, `${cost.runs} runs: ${seconds(cost.total)}`)),
      box("Memory", bytes(cost.memory), cost.memory && cost.memory_there && h("div.lk-bar.ink", { title: `of ${bytes(cost.memory_there)}` }, h("i", { style: `width:${Math.min(100, 100 * cost.memory / cost.memory_there).toFixed(0)}%` }))),
      box("File", bytes(cost.size), cost.disk_free && h("div.lk-11.lk-3c", {}, bytes(cost.disk_free) + " free"))),
    cost.warning && h("div.lk-note.warn", { role: "note" }, icon("warn"), h("div", {}, h("b", {}, cost.warning), " ", cost.advice))));
}

watch("value", show);
show();
