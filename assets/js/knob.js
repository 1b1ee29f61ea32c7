// One knob: label, the default when changed, a field to type in, a slider where there is a range.

const NOTCHES = 1000;
const HELP = "help-" + Math.random().toString(36).slice(2, 8);
const told = new Set();   // knobs whose help stays open, because their name was tapped

function tell(name) { if (!told.delete(name)) told.add(name); }

// What a knob does, for all: read out with its field, shown while that has the focus or once the name was tapped.
function helpView(knob) {
  const said = knob.help && h("div.lk-knobhelp", {}, knob.help);
  if (said) said.setAttribute("id", `${HELP}-${knob.name}`);
  return said;
}

// Where a value lies on its slider, 0 to NOTCHES, and back.
function notch(knob, value) {
  const { low, high } = knob, at = knob.scale === "log" ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.round(NOTCHES * Math.min(1, Math.max(0, at)));
}
function atNotch(knob, place) {
  const { low, high } = knob, share = place / NOTCHES;
  if (knob.scale === "log") return Math.min(high, Math.max(low, +(low * (high / low) ** share).toPrecision(2)));
  const value = low + (high - low) * share;
  if (knob.kind === "number") return +value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(high - low))));
  const stride = high - low > 400 ? 10 : 1;
  return place === NOTCHES ? high : place === 0 ? low : Math.max(low, Math.min(high, Math.round(value / stride) * stride));
}

// What was typed, as the knob's own type; undefined when it is not such a value.
function read(knob, typed) {
  if (knob.kind === "text") return typed;
  const words = String(typed).trim().replace(",", "."), value = Number(words);
  if (words === "" || !isFinite(value) || (knob.kind === "whole" && !Number.isInteger(value))) return undefined;
  return value;
}

function fault(knob, value) {
  if (knob.kind === "tick" || knob.kind === "text" || (knob.kind === "choice" && knob.choices.includes(value))) return "";
  if (typeof value === "number" && (knob.low === null || value >= knob.low) && (knob.high === null || value <= knob.high)) return "";
  const whole = knob.kind === "whole" ? "A whole number" : "A number";
  const range = knob.low === null || knob.high === null ? `${whole}.` : `${typeof value === "number" ? "Between" : whole + " between"} ${figure(knob.low)} and ${figure(knob.high)}.`;
  return `${range} The default is ${figure(knob.value)}.`;
}

// `off` says why it is of no use now, empty where it is.
function knobView(knob, value, off) {
  const changed = value !== knob.value, wrong = off ? "" : fault(knob, value), id = "knob-" + knob.name;
  const name = { "data-knob": knob.name, "aria-label": knob.label, disabled: off || null, "aria-invalid": wrong ? "true" : null, "aria-describedby": knob.help ? `${HELP}-${knob.name}` : null };
  const usual = changed && h("button.lk-usual", { do: "usual", "data-knob": knob.name, title: "Back to the default" }, "default: " + (knob.kind === "tick" ? (knob.value ? "on" : "off") : figure(knob.value)));
  const label = h("label", { title: knob.help || null, class: knob.help ? "tells" : "", do: "label", "data-knob": knob.name }, knob.label, usual && " ", usual);
  const below = wrong ? h("div.err", {}, icon("warn", "s"), wrong) : off ? h("div.lk-11.lk-3c", {}, off) : "";
  const frame = (...inside) => h("div.lk-knob", { key: id, class: `${off ? "off" : ""} ${told.has(knob.name) ? "told" : ""}`.trim() }, ...inside, helpView(knob), below);
  if (knob.kind === "tick") return frame(h("div.lk-row.lk-sp", {}, label,
    h("button.lk-chk.plain", { ...name, class: value ? "on" : "", role: "switch", "aria-checked": String(!!value), do: "switch" }, h("span.lk-sw"))));
  if (knob.kind === "choice" && knob.choices.join("").length < 30) return frame(h("div.lk-lab", {}, label),
    h("div.lk-seg.w", { role: "group", "aria-label": knob.label, "aria-describedby": name["aria-describedby"] }, knob.choices.map(choice =>
      h("button", { do: "choose", "data-knob": knob.name, "data-choice": choice, "aria-pressed": String(choice === value), disabled: off || null }, choice))));
  if (knob.kind === "choice") return frame(h("div.lk-lab", {}, label),
    h("select.lk-in", name, knob.choices.map(choice => h("option", { value: choice, selected: choice === value || null }, choice))));
  if (knob.kind === "text") return frame(h("div.lk-lab", {}, label), h("input.lk-in", { ...name, value }));
  const ranged = knob.low !== null && knob.high !== null, place = ranged && typeof value === "number" ? notch(knob, value) : 0;
  return frame(h("div.lk-slider", {}, label,
    h("input.lk-in.s.num", { ...name, class: wrong ? "bad" : "", inputmode: "decimal", value: figure(value) }),
    ranged && h("input", { ...name, type: "range", min: 0, max: NOTCHES, value: place, style: `--v:${place / NOTCHES * 100}%`, "aria-valuetext": figure(value) })));
}
