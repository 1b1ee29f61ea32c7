// Pointer work on the photo: click, drag a box, paint, pan, zoom, pinch. Calls back; keeps only the gesture in progress.

// desk: {svg, stage, state, work(), size() → [W, H], show(), sketch(), click(x, y, label), drag(box, done), paint(points, tool, away),
//        drop(point), zoom(factor, x, y), pan(dx, dy), rest(x, y)}; x and y are shares of the photo.
function maskPointing(desk) {
  const { svg, stage, state } = desk, fingers = pinching();
  let gesture = null;

  const share = event => {
    const at = svg.getBoundingClientRect();
    return [(event.clientX - at.left) / at.width, (event.clientY - at.top) / at.height];
  };
  const inside = ([x, y]) => [Math.min(1, Math.max(0, x)), Math.min(1, Math.max(0, y))];
  const painting = () => ["brush", "erase", "lasso"].includes(state.tool);
  const away = event => event.altKey || event.button === 2;

  stage.addEventListener("pointerdown", event => {
    if (!desk.work() || event.target.closest("button, input, textarea, .lk-float, .lk-pal")) return;
    if (fingers.down(event)) return void abandon();
    if (gesture || event.button === 1 && !desk.zoomed()) return;
    const at = share(event), handle = event.target.dataset?.handle, point = event.target.closest?.("[data-point]");
    try { stage.setPointerCapture(event.pointerId); } catch { /* a pointer that is already gone needs no capture */ }
    svg.parentNode.classList.add("is-pointed");
    svg.parentNode.focus({ preventScroll: true });
    event.preventDefault();
    gesture = { from: at, x: event.clientX, y: event.clientY, moved: false, away: away(event) };
    if (event.button === 1 || state.panning) gesture.kind = "pan";
    else if (handle && !painting()) Object.assign(gesture, { kind: "resize", handle, box: desk.work().now.box });
    else if (point && !painting()) Object.assign(gesture, { kind: "point", point: +point.dataset.point });
    else if (painting()) Object.assign(gesture, { kind: "paint", points: [at] });
    else if (at[0] >= 0 && at[0] <= 1 && at[1] >= 0 && at[1] <= 1) gesture.kind = "box";
    else gesture = null;
    if (gesture?.kind === "paint") follow(event);
  });

  function follow(event) {
    const at = share(event), dx = event.clientX - gesture.x, dy = event.clientY - gesture.y;
    if (Math.hypot(dx, dy) > (event.pointerType === "touch" ? 8 : 4)) gesture.moved = true;
    if (gesture.kind === "pan") {
      desk.pan(dx, dy);
      gesture.x = event.clientX; gesture.y = event.clientY;
    } else if (gesture.kind === "paint") {
      gesture.points.push(...(event.getCoalescedEvents?.() || []).map(share), at);
      state.ink = stroke(gesture.points, gesture.away);
      state.cursor = null;
      desk.sketch();
    } else if (gesture.moved && gesture.kind === "resize") desk.drag(pulled(gesture.box, gesture.handle, inside(at)), false);
    else if (gesture.moved && gesture.kind === "box") {
      const [x0, y0] = inside(gesture.from), [x1, y1] = inside(at);
      desk.drag([Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)], false);
    }
  }

  // The stroke in progress, in pixels of the screen.
  function stroke(points, removed) {
    const [W, H] = desk.size(), lasso = state.tool === "lasso", erase = state.tool === "erase" || removed;
    const d = "M" + points.map(([x, y]) => `${(x * W).toFixed(1)} ${(y * H).toFixed(1)}`).join("L") + (points.length === 1 ? "h.01" : "");
    return { d: lasso ? d + "Z" : d, kind: (lasso ? "lasso " : "") + (erase ? "off" : "on"), width: lasso ? 1.5 : state.brush * W };
  }

  function pulled(box, handle, [x, y]) {
    let [x0, y0, x1, y1] = desk.shares(box);
    if (handle.includes("w")) x0 = Math.min(x, x1 - 0.01);
    if (handle.includes("e")) x1 = Math.max(x, x0 + 0.01);
    if (handle.includes("n")) y0 = Math.min(y, y1 - 0.01);
    if (handle.includes("s")) y1 = Math.max(y, y0 + 0.01);
    return [x0, y0, x1, y1];
  }

  stage.addEventListener("pointermove", event => {
    const two = fingers.move(event);
    if (two) { desk.pan(two.dx, two.dy); return desk.zoom(two.by, two.x, two.y); }
    if (gesture) return follow(event);
    if (!desk.work() || event.pointerType === "touch") return;
    const [x, y] = share(event), [W, H] = desk.size();
    state.cursor = painting() && state.tool !== "lasso" ? { x: x * W, y: y * H, r: state.brush * W / 2 } : null;
    if (!painting()) desk.rest(x, y);
    desk.sketch();
  });

  function finish(event) {
    fingers.up(event);
    const done = gesture;
    gesture = null;
    if (!done || done.kind === "pan") return;
    state.ink = null;
    if (done.kind === "paint") desk.paint(done.points, state.tool, done.away);
    else if (done.kind === "point") desk.drop(done.point);
    else if (done.moved) desk.drag(null, true);
    else if (done.kind === "box" && state.tool !== "frame") desk.click(...done.from, done.away || state.tool === "remove" ? 0 : 1);
    desk.show();
  }
  stage.addEventListener("pointerup", finish);
  stage.addEventListener("pointercancel", event => { fingers.up(event); abandon(); });
  stage.addEventListener("contextmenu", event => { if (event.target.closest("svg")) event.preventDefault(); });
  stage.addEventListener("pointerleave", () => { state.cursor = null; desk.rest(null); desk.show(); });

  // Esc, or a second finger, in the middle of a gesture takes it back.
  function abandon() {
    if (!gesture) return false;
    gesture = null;
    state.ink = null;
    desk.drag(null, false);
    desk.show();
    return true;
  }

  stage.addEventListener("wheel", event => {
    if (!desk.work() || !event.ctrlKey && !matchMedia("(min-width: 1181px)").matches) return;
    event.preventDefault();
    desk.zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) * 0.0035), event.clientX, event.clientY);
  }, { passive: false });
  return { abandon };
}
