// Enlarged pictures of the wall: one, two, or all methods of a column, zoomed and moved in step.

// desk: {dialog, look() → {chosen, against, blind, shown, rowsShown}, cell(row, column), column(key), star(key)}
function viewer(desk) {
  const { dialog } = desk;
  const fingers = pinching();
  let mode = "one", zoom = 1, pan = [0, 0], drag = null;

  const parts = key => { const cut = key.lastIndexOf(":"); return [key.slice(0, cut), key.slice(cut + 1)]; };

  function pictures() {
    const { chosen, against, rowsShown } = desk.look(), [row, column] = parts(chosen), cell = desk.cell(row, column);
    if (!cell) return [];
    const all = rowsShown.map(one => desk.cell(one.key, column)).filter(c => c?.image);
    if (mode === "all") return all;
    const other = desk.cell(...parts(against)) || all.find(c => c.key !== chosen);
    return mode === "two" && other ? [cell, other] : [cell];
  }

  function show() {
    const look = desk.look(), { chosen, rowsShown, blind, shown } = look, cell = desk.cell(...parts(chosen));
    if (!cell) return dialog.close();
    const column = desk.column(cell.column), list = pictures();
    const modes = [["one", "One"], ["two", "Two"], ["all", "All methods"]];
    draw(dialog, h("div.lk-tools", {}, h("span.lk-b.lk-el", {}, column.label), h("span.lk-11.lk-3c.lk-m", {}, "seed " + column.seed), h("span.lk-grow"),
        h("span.lk-seg", { role: "group", "aria-label": "How many" }, modes.map(([name, words]) => h("button", { type: "button", do: "mode", "data-mode": name, "aria-pressed": String(mode === name) }, words))),
        h("button.lk-btn.s", { type: "button", do: "fit" }, zoom === 1 ? "Fits" : Math.round(zoom * 100) + " %"),
        h("button.lk-ib", { type: "button", do: "starone", class: cell.starred ? "set" : "", "aria-label": cell.starred ? "Remove star" : "Star", title: "Star  *" }, icon("star")),
        h("button.lk-ib", { type: "button", do: "close", "aria-label": "Close", title: "Close  Esc" }, icon("close"))),
      h("div.lk-viewgrid", { role: "group", tabindex: "0", "aria-label": "Pictures", class: "n" + Math.min(list.length, 6) + (zoom > 1 ? " near" : ""), style: `--z:${zoom};--x:${pan[0] * 100}%;--y:${pan[1] * 100}%` }, list.map(c => {
        const row = rowsShown.find(r => r.key === c.row) || { letter: "", name: "" };
        return h("figure", { key: c.key }, h("div.lk-viewpic", {}, h("img", { src: c.image, alt: cellWords(c, row, column, look), draggable: "false" })),
          h("figcaption", {}, h("span.lk-let", {}, row.letter), !blind && h("span.lk-b.lk-el", {}, [row.name, row.detail].filter(Boolean).join(", ")), h("span.lk-grow"),
            !blind && h("span.lk-m.lk-2c", { title: everyScore(c, look.metrics) || null }, shown.map(m => score(c.scores[m.key], m.key)).join("  "))));
      })));
  }

  function open(all) {
    if (all) mode = all;
    zoom = 1; pan = [0, 0]; drag = null;
    fingers.clear(); // a finger that was down when the dialog closed was lifted where nobody heard of it
    show();
    if (!dialog.open) dialog.showModal();
  }

  const hold = () => { const most = (zoom - 1) / 2 / zoom; pan = pan.map(p => Math.min(Math.max(p, -most), most)); show(); };
  // Zoom so that what lies under a point of the screen stays there.
  function towards(by, x, y, at) {
    const before = zoom, from = [(x - at.left) / at.width - 0.5, (y - at.top) / at.height - 0.5];
    zoom = Math.min(Math.max(zoom * by, 1), 12);
    pan = pan.map((p, i) => p + from[i] * (1 / zoom - 1 / before));
    hold();
  }
  dialog.addEventListener("wheel", event => {
    const pic = event.target.closest(".lk-viewpic");
    if (!pic) return;
    event.preventDefault();
    towards(Math.exp(-event.deltaY / 300), event.clientX, event.clientY, pic.getBoundingClientRect());
  }, { passive: false });
  dialog.addEventListener("pointerdown", event => {
    const pic = event.target.closest(".lk-viewpic");
    if (!pic) return;
    const second = fingers.down(event);
    drag = { from: [event.clientX, event.clientY], pan, size: pic.getBoundingClientRect(), still: second || zoom === 1 };
    pic.setPointerCapture(event.pointerId);
  });
  dialog.addEventListener("pointermove", event => {
    const two = drag && fingers.move(event);
    if (two) {
      pan = [pan[0] + two.dx / drag.size.width / zoom, pan[1] + two.dy / drag.size.height / zoom];
      return towards(two.by, two.x, two.y, drag.size);
    }
    if (!drag || drag.still) return;
    pan = [drag.pan[0] + (event.clientX - drag.from[0]) / drag.size.width / zoom, drag.pan[1] + (event.clientY - drag.from[1]) / drag.size.height / zoom];
    hold();
  });
  for (const end of ["pointerup", "pointercancel"]) dialog.addEventListener(end, event => { fingers.up(event); drag = null; });
  dialog.addEventListener("dblclick", event => { if (event.target.closest(".lk-viewpic")) { zoom = zoom > 1 ? 1 : 3; hold(); } });
  deeds(dialog, "click", {
    mode: target => { mode = target.dataset.mode; show(); },
    fit: () => { zoom = 1; pan = [0, 0]; show(); },
    starone: () => desk.star(desk.look().chosen),
    close: () => dialog.close(),
  });
  dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });
  const cycle = () => { mode = { one: "two", two: "all", all: "one" }[mode]; show(); };
  return { open, show, cycle, magnify: by => { zoom = Math.min(Math.max(zoom * by, 1), 12); hold(); } };
}
