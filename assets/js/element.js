// Build and update page elements. Text goes in as text, so a name somebody typed is never markup.

const SVG = new Set("svg path g line rect circle text polyline polygon defs pattern clipPath tspan".split(" "));

// h("div.lk-row.lk-sp", {title: "…", do: "pause"}, "words", h("b", {}, "…"))
// `do` and other data go through attributes, because draw() keeps old elements and their listeners.
function h(what, attrs, ...kids) {
  const [tag, ...classes] = what.split(".");
  const node = SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  if (classes.length) node.setAttribute("class", classes.join(" "));
  for (const [name, value] of Object.entries(attrs || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.setAttribute("class", [...classes, value].join(" ").trim());
    else if (name === "do" || name === "id" || name === "key") node.setAttribute("data-" + name, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...kids.flat(Infinity).filter(kid => kid !== null && kid !== undefined && kid !== false));
  return node;
}

// Make root's children look like `kids`, touching only what differs: focus, hover and a press in progress survive.
function draw(root, ...kids) {
  const fresh = kids.flat(Infinity).filter(kid => kid !== null && kid !== undefined && kid !== false)
    .map(kid => kid instanceof Node ? kid : document.createTextNode(kid));
  const keys = new Set(fresh.map(n => n.dataset?.key)), keyed = new Map();
  for (const old of [...root.childNodes]) {
    if (!old.dataset?.key) continue;
    if (keys.has(old.dataset.key)) keyed.set(old.dataset.key, old);
    else old.remove();
  }
  fresh.forEach((next, at) => {
    let old = root.childNodes[at];
    const same = next.dataset?.key && keyed.get(next.dataset.key);
    if (same && same !== old) { root.insertBefore(same, old || null); old = same; }
    if (!old) root.append(next);
    else morph(old, next);
  });
  while (root.childNodes.length > fresh.length) root.lastChild.remove();
}

function morph(old, next) {
  if (old.nodeType !== next.nodeType || old.nodeName !== next.nodeName || old.dataset?.key !== next.dataset?.key) {
    old.replaceWith(next);
  } else if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== next.data) old.data = next.data;
  } else {
    for (const { name } of [...old.attributes]) if (!next.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    if (old.nodeName === "INPUT" || old.nodeName === "TEXTAREA") {
      const wanted = next.nodeName === "INPUT" ? next.getAttribute("value") : next.textContent;
      if (wanted !== null && document.activeElement !== old && old.value !== wanted) old.value = wanted;
    }
    if (old.nodeName === "DETAILS") { if (next.open) old.open = true; }
    draw(old, ...next.childNodes);
  }
}

// One listener for a whole widget: deeds(element, "click", {pause: (target, event) => …}) answers [data-do="pause"].
function deeds(root, event, acts) {
  root.addEventListener(event, happened => {
    const target = happened.target.closest("[data-do]");
    if (target && root.contains(target) && acts[target.dataset.do]) acts[target.dataset.do](target, happened);
  });
}

// Space and Enter press whatever has a role and a deed but is not a button already.
function pressable(root) {
  root.addEventListener("keydown", event => {
    if ((event.key === "Enter" || event.key === " ") && event.target.matches("[role][data-do]:not(button, input, a)")) {
      event.preventDefault();
      event.target.click();
    }
  });
}

// True while letters belong to a field, so that one-key verbs stay quiet.
function typing(event) {
  return event.ctrlKey || event.metaKey || event.altKey || !!event.target.closest?.("input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable=true]");
}
