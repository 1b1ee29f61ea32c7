// Who is where in a finished picture: every region with what was found in it, drawn over the picture.

// One region: {number, box, tone, name, own, bleed, by}. Amber where something is amiss; the words say what.
function whoView(place, W, H) {
  const { number, box: [x, y, w, height], tone, name, own, bleed, by } = place, n = tint(number);
  const said = [own === null ? name : `${name} ${score(own)}`.trim()];
  if (tone === "warn" && by) said.push(`some of ${by} ${score(bleed)}`);
  else if (tone === "warn") said.push("hardly there");
  const font = '12px "Segoe UI", Roboto, "Liberation Sans", sans-serif', lines = said.filter(Boolean);
  const width = 28 + Math.max(0, ...lines.map(words => measured(words, font) + 8)), tall = 6 + 16 * Math.max(1, lines.length);
  const left = within(x * W, 0, Math.max(0, W - width)), top = within((y + height) * H - tall, 0, H - tall);
  const outline = { x: x * W, y: y * H, width: w * W, height: height * H, fill: "none" };
  return h("g", { key: "who-" + number, class: "lk-found" },
    h("rect", { ...outline, stroke: "#000", "stroke-width": 4 }),
    h("rect", { ...outline, stroke: `var(--lk-p${n})`, "stroke-width": 2, "stroke-dasharray": tone === "warn" ? "6 4" : null }),
    h("g", { transform: `translate(${left.toFixed(1)} ${top.toFixed(1)})` },
      h("rect", { width: width.toFixed(1), height: tall, fill: "#111" }),
      h("rect", { x: 2, y: 2, width: 18, height: 18, fill: `var(--lk-p${n})` }),
      h("text", { x: 11, y: 15.5, "text-anchor": "middle", "font-size": 12, "font-weight": 700, fill: ON[n] || "#111" }, label(number)),
      lines.map((words, i) => h("text", { x: 26, y: 15 + 16 * i, "font-size": 12, fill: i ? "#F5C15C" : "#fff" }, words))));
}
