// What stands above a wall: which it is, how far it is, what is shown in which order.

const short = column => column.label.split(/[ ,(-]/)[0];

// look: {sheet, mode, order, orders: [[name, words]]}
function sheetTools({ sheet, mode, order, orders }) {
  if (!sheet) return [h("span.lk-b", { style: "padding:0 8px 0 6px" }, "Compare")];
  const { state, done, total } = sheet, hidden = sheet.rows.filter(r => r.hidden).length, at = sheet.reading ? "reading …" : `${done.toLocaleString("en")} of ${total.toLocaleString("en")}`;
  const word = sheet.reading ? "live" : { running: "live", queued: "", paused: "", stopped: "warn", failed: "err" }[state] ?? (done === total ? "ok" : "warn");
  const says = { queued: "waits its turn", running: done === total && "reading scores", paused: `paused at ${at}`, stopped: `stopped at ${at}`, failed: `stopped at ${at}` }[sheet.reading ? "" : state] || at;
  const several = orders.map(([name, words, title]) => h("button", { type: "button", do: "order", "data-name": name, title, "aria-pressed": String(order === name) }, words));
  return [
    h("span.lk-who", {}, h("span.lk-b.lk-el", {}, sheet.title), icon("down", "s"), h("select", { do: "wall", "aria-label": "Which wall" }, sheet.walls.map(w => h("option", { value: w.key }, w.title)))),
    sheet.subjects.length > 1 ? h("span.lk-seg", { role: "group", "aria-label": "Subject" }, sheet.subjects.map(s => h("button", { type: "button", do: "subject", "data-key": s.key, "aria-pressed": String(s.name === sheet.subject) }, s.name))) : h("span.lk-2c", {}, sheet.subject),
    sheet.subjects.length === 1 && h("span.lk-row.lk-wide.lk-faces", { style: "gap:3px;margin:0 6px" }, sheet.photos.map(src => h("img.lk-pic", { src, alt: `photo of ${sheet.subject}`, width: 26, height: 26 }))),
    h("span.lk-tag", { class: word, title: state === "running" ? sheet.note : null }, word === "live" && h("span.lk-live-dot"), word === "ok" && icon("tick"), word === "warn" && icon("warn"), says),
    done < total && !sheet.reading && !["running", "queued", "paused"].includes(state) && !sheet.blind && h("button.lk-btn.s", { type: "button", do: "go", "data-event": "again" }, "Make what is missing"),
    hidden > 0 && !sheet.blind && h("button.lk-btn.s.g", { type: "button", do: "unhide" }, `Show ${many(hidden, "hidden row")}`),
    h("span.lk-grow"),
    !sheet.blind && h("span.lk-seg", { role: "group", "aria-label": "What is shown" }, [["pictures", "Pictures"], ["scores", "Scores"]].map(([name, words]) => h("button", { type: "button", do: "mode", "data-name": name, "aria-pressed": String(mode === name) }, words))),
    !sheet.blind && mode === "pictures" && [h("span.lk-12.lk-2c.lk-wide.lk-orderword", { style: "margin-right:8px" }, "Order"), h("span.lk-seg.lk-wide", { role: "group", "aria-label": "Order of rows" }, several),
      h("select.lk-in.s.lk-narrow", { do: "sort", "aria-label": "Order of rows" }, orders.map(([name, words]) => h("option", { value: name, selected: order === name }, words)))],
    !sheet.blind && h("span.sep.lk-wide"),
    h("button.lk-chk.lk-blindswitch", { type: "button", do: "blind", role: "switch", "aria-checked": String(sheet.blind), class: sheet.blind ? "on" : "" }, h("span.lk-sw"), "Blind vote"), h("span.sep"),
    h("button.lk-btn.s", { type: "button", do: "go", "data-event": "more", "aria-label": "Add methods" }, icon("plus", "s"), h("span.lk-wide", {}, "Add methods")),
    h("button.lk-btn.s", { type: "button", do: "export", disabled: !done || sheet.blind, title: "A folder with a page, a table and every picture" }, icon("export", "s"), "Export"),
  ].flat();
}

// Every score of every method, tested against one of them. look: {sheet, table, by}
function sheetScores({ sheet, table, by, rows }) {
  if (!table) return [h("p.lk-12.lk-3c.lk-soon", { key: "soon" }, "The scores come in a moment.")];
  const names = new Map(sheet.rows.map(r => [r.key, [r.name, r.detail].filter(Boolean).join(", ")]));
  const lines = rows.map(r => ({ key: r.key, letter: r.letter, name: names.get(r.key), facts: [r.seconds && seconds(r.seconds), r.bytes && bytes(r.bytes)].filter(Boolean).join(" · "), reference: false, scores: table.lines[r.key] || [] }));
  const drawn = table.unit === "subject" ? `Mean over ${table.units} subjects; the line is its 95 % interval, from subjects drawn again.`
    : `One subject: mean over ${many(table.units, "prompt")}; the line is its 95 % interval, from prompts drawn again. It says nothing about other subjects.`;
  return [
    h("label.lk-row.lk-12.lk-2c.lk-held", { key: "held" }, "Tested against", h("select.lk-in.s", { do: "against", "aria-label": "Tested against" }, sheet.rows.map(r => h("option", { value: r.key, selected: r.key === table.against }, names.get(r.key))))),
    scoreTable({ label: "Methods by scores", columns: sheet.metrics, lines, by, lit: "", base: names.get(table.against) }),
    h("p.lk-11.lk-3c", { key: "legend" }, drawn, ` * surely other than ${names.get(table.against)} (paired changes of signs, p below .05). Rank: mean place among all rows, 1 the best.`, table.judge && ` Judges: ${table.judge}.`),
  ];
}
