// The region canvas: holds the layout, its undo steps and its selection; draws stage, tools and list; tells Python.

const TOOLS = [["move", "Move", "V"], ["box", "Box", "R"], ["brush", "Brush", "B"], ["lasso", "Lasso", "L"], ["erase", "Erase", "E"]];
const ASPECTS = ["1:1", "3:2", "2:3"];
const session = Math.random().toString(36).slice(2, 12), uid = "lk-p-" + session;
const svg = element.querySelector("svg.lk-regionboard"), stage = element.querySelector(".lk-stage"), paper = element.querySelector(".lk-canvas");
const list = h("section.lk-sec.lk-regions", { "aria-label": "Regions" });
const state = {
  layout: props.value || blank(), selected: null, tool: "move", brush: 0.06, thirds: true, behind: true, layouts: false, open: new Set(),
  subjects: props.subjects || [], untaught: [], templates: props.templates || [], notations: props.notations || [], moving: false, lines: null, ink: null, hover: null, refused: null,
};
let rev = state.layout.rev, size = [1, 1], past = [], future = [], lastMerge = null, telling = 0, frame = 0, listed = false;

// ---- telling Python: the value at once, the event a moment later
function tell(soon) {
  rev++;
  state.layout = { ...state.layout, rev, session };
  props.value = state.layout;
  clearTimeout(telling);
  telling = setTimeout(() => trigger("input"), soon ? 0 : 250);
}

function settle(next, selected, was = state.layout, merge = null) {
  Object.assign(state, { selected, refused: null });
  if (JSON.stringify(next) === JSON.stringify(was)) { state.layout = was; return show(); }   // no step without a change
  if (next.regions.length > props.most) {
    Object.assign(state, { layout: was, selected: null });
    toast("warn", `A layout holds ${props.most} regions.`, "Remove one first.");
    return show();
  }
  if (!merge || merge !== lastMerge?.key || Date.now() - lastMerge.at > 900) remember(was);
  lastMerge = merge && { key: merge, at: Date.now() };
  future = [];
  state.layout = next;
  tell(!merge);
  show();
}

function remember(layout) { past.push(layout); past = past.slice(-KEPT); }

function rewind(from, to) {
  if (!from.length) return;
  to.push(state.layout);
  state.layout = from.pop();
  if (!state.layout.regions.some(r => r.id === state.selected)) state.selected = null;
  state.refused = lastMerge = null;
  tell(true);
  show();
}

watch("value", () => {
  const next = props.value || blank();
  if (next.session === session && next.rev <= rev) return;
  if (past.length || state.layout.regions.length) remember(state.layout);   // what the page opens with is no step
  future = [];
  state.layout = next;
  rev = Math.max(rev, next.rev);
  state.selected = null;
  show();
});
watch("elsewhere", () => {
  show();
  const { top } = element.getBoundingClientRect();
  if (props.elsewhere && (top < -60 || top > innerHeight)) toast("warn", "Another window changed this scene.", "Choose above the canvas which of the two stays.");
});
watch(["subjects", "untaught", "backdrop", "base", "cells", "unused"], () => { heard(); show(); });

// What the page knows: who there is, which base paints, and the picture behind with what was seen in it.
function heard() {
  const { drawn = null, seen = {} } = props.backdrop || {};
  Object.assign(state, { subjects: props.subjects || [], untaught: props.untaught || [], base: props.base || null, cells: props.cells || 0, unused: props.unused || {}, before: drawn, seen });
}
heard();

// ---- drawing
function fit() {
  const next = fitted(stage, ratio(state.layout), props.unit || 64);
  if (next[0] === size[0] && next[1] === size[1]) return;
  size = next;
  paper.style.width = size[0] + "px";
  paper.style.height = size[1] + "px";
}

// The list stands in its slot; a slot elsewhere on the page may come later than the canvas.
function house() {
  const home = props.slot ? document.getElementById(props.slot) : element.querySelector(".lk-list");
  if (home && list.parentNode !== home) home.append(list);
  if (!home) setTimeout(show, 50);
}

// While a hand moves over the canvas the list beside it stays as it is: `show(false)` leaves it out.
function show(list) {
  if (list !== false) listed = false;
  frame ||= requestAnimationFrame(() => { frame = 0; render(); });
}

function render() {
  fit();
  house();
  if (state.refused !== state.selected) state.refused = null;
  const { layout, selected } = state, [W, H] = size, painting = ["brush", "erase", "lasso"].includes(state.tool);
  const coarse = matchMedia("(pointer: coarse)").matches;
  svg.setAttribute("viewBox", `0 0 ${W} ${H}`);
  svg.setAttribute("aria-label", `Region canvas, ${many(layout.regions.length, "region")}`);
  svg.setAttribute("data-tool", state.tool);
  const look = { W, H, uid, selected, coarse, painting, nameOf: r => nameIn(r, state.subjects), thirds: state.thirds, moving: state.moving, lines: state.lines, ink: state.ink };
  draw(svg, stageView(layout, look), state.hover && painting && state.tool !== "lasso" && !state.ink
    && h("circle", { key: "tip", class: "lk-tip", cx: state.hover[0] * W, cy: state.hover[1] * H, r: state.brush * W / 2 }));
  const picture = paper.querySelector("img");
  picture.hidden = !(state.behind && props.backdrop);
  if (props.backdrop && picture.getAttribute("src") !== props.backdrop.url) picture.setAttribute("src", props.backdrop.url);
  draw(element.querySelector(".lk-elsewhere"), props.elsewhere ? elsewhereView() : []);
  draw(element.querySelector(".lk-tools"), toolsView(painting));
  draw(element.querySelector(".lk-under"), underView(painting));
  draw(element.querySelector(".lk-ghost"), layout.regions.length || state.moving || state.ink ? [] : ghostView());
  if (listed) return;
  listed = true;
  draw(list, rowsView(state));
  list.querySelectorAll("select").forEach((select, i) => { select.value = layout.regions[i].subject || ""; });
  list.querySelectorAll("textarea").forEach(area => { area.style.height = "auto"; area.style.height = Math.min(area.scrollHeight + 2, 90) + "px"; });
}

function tool(name, words, key, sign) {
  return h("button.lk-ib", { type: "button", do: "tool", "data-tool": name, class: state.tool === name ? "on" : "", "aria-label": words, "aria-pressed": String(state.tool === name), title: `${words}  ${key}` }, icon(sign));
}

function toolsView(painting) {
  const verbs = [...TOOLS, ...(server.point && props.backdrop ? [["segment", "Segment: click a thing in the picture behind", "S"]] : [])];
  const toggle = (deed, words, sign, on, off) => h("button.lk-ib", { type: "button", do: deed, class: on ? "set" : "", "aria-label": words, "aria-pressed": String(on), title: words, disabled: off }, icon(sign));
  return [
    ...verbs.map(([name, words, key]) => tool(name, words, key, name === "segment" ? "wand" : name)), h("span.sep"),
    h("button.lk-ib", { type: "button", do: "undo", "aria-label": "Undo", title: "Undo  Ctrl Z", disabled: !past.length }, icon("undo")),
    h("button.lk-ib", { type: "button", do: "redo", "aria-label": "Redo", title: "Redo  Ctrl Shift Z", disabled: !future.length }, icon("redo")),
    h("span.lk-grow"),
    h("span.lk-seg", { role: "group", "aria-label": "Shape of the picture" }, ASPECTS.map(a => h("button", { type: "button", do: "aspect", "data-aspect": a, "aria-pressed": String(state.layout.canvas.aspect === a) }, a.replace(":", " : ")))),
    h("span.sep"), toggle("thirds", "Thirds", "wall", state.thirds), toggle("behind", "Picture behind", "picture", state.behind && !!props.backdrop, !props.backdrop),
  ];
}

function underView(painting) {
  const { regions } = state.layout, at = regions.findIndex(r => r.id === state.selected), r = regions[at];
  const words = !r ? (regions.length ? many(regions.length, "region") : "No regions yet") : `Region ${at + 1} of ${regions.length}, ${whereabouts(r.box)}${state.refused ? ", locked, so it stays as it is" : r.locked ? ", locked" : ""}${r.hidden ? ", hidden" : ""}`;
  const spoken = r ? `, ${Math.round(r.box[2] * 100)} by ${Math.round(r.box[3] * 100)} percent` : "";
  const hint = (key, what) => h("span", {}, h("kbd", {}, key), what);
  return [
    h("span.lk-12.lk-2c.lk-el", { "aria-live": "polite" }, words, h("span.lk-vh", {}, spoken)), h("span.lk-grow"),
    painting && state.tool !== "lasso"
      ? h("label.lk-row.lk-12.lk-2c.lk-brush", {}, "Size", h("input", { type: "range", min: 0.01, max: 0.3, step: 0.01, value: state.brush, do: "brush", style: `--v:${(state.brush - 0.01) / 0.29 * 100}%` }))
      : h("span.lk-hint", {}, r ? [hint("Arrow", "1 %"), hint("Shift", "10 %"), hint("Del", "remove")] : [hint("R", "box"), hint("L", "lasso"), hint("B", "brush")]),
  ];
}

function elsewhereView() {
  return [h("div.lk-note.warn", { role: "alert" }, icon("warn"),
    h("div.lk-grow", {}, h("b", {}, "Another window changed this scene. "), "What is changed here is not kept until you choose."),
    h("button.lk-btn.s", { type: "button", do: "theirs" }, "Show that one"), h("button.lk-btn.s", { type: "button", do: "mine" }, "Keep this one"))];
}

function ghostView() {
  return [h("div.lk-15.lk-b", {}, "Drag a box"), h("div.lk-12", {}, "Each box is one subject."), h("button.lk-btn.s", { type: "button", do: "layouts" }, icon("folder", "s"), "Start from a layout")];
}
