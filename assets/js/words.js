// How the studio writes times, sizes and figures.

function seconds(value, short) {
  if (value === null || value === undefined || !isFinite(value)) return "";
  const min = short ? " m" : " min";
  if (value < 0.95) return Math.max(0.1, value).toFixed(1) + " s";
  const s = Math.round(value);
  if (s < 60) return s + " s";
  if (short && s >= 600 && s < 3570) return Math.round(s / 60) + min;
  if (s < 3600) return Math.floor(s / 60) + min + (s % 60 || short ? " " + String(s % 60).padStart(2, "0") + " s" : "");
  return Math.floor(s / 3600) + " h " + String(Math.floor(s % 3600 / 60)).padStart(2, "0") + min;
}

function bytes(value) {
  if (value === null || value === undefined) return "";
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["KB", 1e3]])
    if (value >= size) return (value / size < 9.95 && unit !== "KB" ? (value / size).toFixed(1) : Math.round(value / size)) + " " + unit;
  return Math.round(value) + " B";
}

// Scores have two decimals, prompt-following three.
function score(value, name) {
  if (typeof value !== "number") return "";
  const shown = value.toFixed(name === "prompt_following" || name === "loss" ? 3 : 2);
  return +shown ? shown.replace("-", "−") : shown.replace("-", "");  // a cosine may be a little below nothing
}

// A knob's value: whole numbers whole, small ones as powers of ten, the rest short.
function figure(value) {
  if (typeof value !== "number") return String(value);
  if (value === 0 || Number.isInteger(value)) return String(value);
  if (Math.abs(value) < 0.01) return value.toExponential().replace(/\.?0+e/, "e").replace("e+", "e");
  return String(+value.toPrecision(3));
}

function clock(epoch) {
  return new Date(epoch * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
}

function many(count, one, several) { return count + " " + (count === 1 ? one : several || one + "s"); }
