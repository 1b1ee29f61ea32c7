// Pointer work on the region canvas: draw, drag, resize, paint. Calls back with whole layouts; keeps nothing of its own
// but the gesture in progress, which is one finger's: another that touches meanwhile does nothing.

// desk: {svg, state, size() → [W, H], show(list), settle(layout, selected), stays(id), point(x, y)}
function pointing(desk) {
  const { svg, state } = desk;
  let gesture = null;

  const share = event => {
    const at = svg.getBoundingClientRect();
    return [(event.clientX - at.left) / at.width, (event.clientY - at.top) / at.height];
  };
  const reach = event => { const [W, H] = desk.size(); return event.ctrlKey || event.metaKey ? [0, 0] : [7 / W, 7 / H]; };
  const others = id => state.layout.regions.filter(r => r.id !== id && !r.hidden).map(r => r.box);
  const painting = () => ["brush", "erase", "lasso"].includes(state.tool);

  svg.addEventListener("pointerdown", event => {
    if (event.button || gesture) return;
    const at = share(event), grip = event.target.closest("[data-grip]")?.dataset.grip;
    const over = event.target.closest("[data-region]")?.dataset.region;
    const current = state.layout.regions.find(r => r.id === state.selected);
    svg.setPointerCapture(event.pointerId);
    event.preventDefault();
    svg.focus({ preventScroll: true });
    gesture = { pointer: event.pointerId, from: at, was: state.layout, wasSelected: state.selected, moved: false };
    if (state.tool === "segment") gesture.kind = "point";
    else if (painting()) Object.assign(gesture, { kind: "paint", points: [at] });
    else if (grip && current) Object.assign(gesture, { kind: "resize", grip, id: current.id, box: current.box });
    else if (over && state.tool === "move") {
      const r = state.layout.regions.find(one => one.id === over);
      state.selected = over;
      Object.assign(gesture, r.locked ? { kind: "none" } : { kind: "move", id: over, box: r.box });
    } else gesture.kind = "new";
    track(event);
  });

  function track(event) {
    const [x, y] = share(event), { from, kind } = gesture, dx = x - from[0], dy = y - from[1], [W, H] = desk.size();
    if (Math.hypot(dx * W, dy * H) > 3) gesture.moved = true;
    if (kind === "paint") {
      gesture.points.push(...(event.getCoalescedEvents?.() || []).map(share), [x, y]);
      const chosen = state.layout.regions.find(r => r.id === target(event));
      const n = tint(chosen ? chosen.number : region(state.layout, [0, 0, 0, 0]).number);
      state.ink = inkOf(gesture.points, state.tool, n, state.brush, W, H);
    } else if (gesture.moved && (kind === "move" || kind === "resize")) {
      const grip = kind === "move" ? "move" : gesture.grip, [bx, by, bw, bh] = gesture.box;
      const box = kind === "move" ? inside([bx + dx, by + dy, bw, bh]) : resized(gesture.box, grip, dx, dy);
      const [next, lines] = snapped(box, grip, others(gesture.id), reach(event));
      state.layout = changed(gesture.was, gesture.id, { box: next });
      Object.assign(state, { moving: true, lines });
    } else if (gesture.moved && kind === "new") {
      gesture.fresh ??= region(gesture.was, [0, 0, 0, 0]);
      const grip = (dy < 0 ? "n" : "s") + (dx < 0 ? "w" : "e");
      const [box, lines] = snapped(fromCorners(...from, x, y), grip, others(""), reach(event));
      state.layout = { ...gesture.was, regions: [...gesture.was.regions, { ...gesture.fresh, box: inside(box) }] };
      Object.assign(state, { moving: true, lines, selected: gesture.fresh.id });
    }
    desk.show(!gesture.moved && kind !== "paint");
  }

  // A brush adds to the selected region, a lasso starts its own unless Shift or Alt is held.
  function target(event) {
    const chosen = state.layout.regions.find(r => r.id === state.selected && !r.locked);
    if (state.tool === "lasso" && !event.shiftKey && !event.altKey) return null;
    return chosen ? chosen.id : null;
  }

  svg.addEventListener("pointermove", event => {
    if (gesture) { if (event.pointerId === gesture.pointer) track(event); }
    else if (painting()) { state.hover = share(event); desk.show(false); }
  });
  svg.addEventListener("pointerleave", () => { if (state.hover) { state.hover = null; desk.show(false); } });
  svg.addEventListener("pointercancel", event => { if (event.pointerId === gesture?.pointer) abandon(); });
  svg.addEventListener("pointerup", event => {
    if (event.pointerId !== gesture?.pointer) return;
    const done = gesture, id = done.kind === "paint" && target(event);
    gesture = null;
    Object.assign(state, { moving: false, lines: null, ink: null });
    if (done.kind === "point") return desk.point(...done.from);
    if (done.kind === "none" && done.moved) return desk.stays(state.selected);
    if (done.kind === "paint") {
      const [W, H] = gridOf(state.layout), away = state.tool === "erase" || (state.tool === "lasso" && event.altKey);
      if (away && !id && state.layout.regions.some(r => r.id === state.selected)) return desk.stays(state.selected);
      const cells = inked(done.points, state.brush, state.tool === "lasso", W, H);
      const [next, selected, thin] = painted(state.layout, id, cells, away);
      if (thin) toast("warn", away ? "Too little would be left of it." : "This is too little for a region.", `A region is at least ${100 * SMALLEST} % of the picture wide and high.${away ? " Erase all of it, or remove it." : ""}`);
      return desk.settle(next, selected, done.was);
    }
    if (done.kind === "new" && !done.moved) state.selected = null;
    desk.settle(state.layout, state.selected, done.was);
  });

  // Esc in the middle of a gesture takes it back.
  function abandon() {
    if (!gesture) return false;
    Object.assign(state, { layout: gesture.was, selected: gesture.wasSelected, moving: false, lines: null, ink: null });
    gesture = null;
    desk.show();
    return true;
  }
  return { abandon };
}
