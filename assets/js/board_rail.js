// The rail of filters beside the grid.

const ROOM_NAMES = [["picture", "Pictures", "picture"], ["artefact", "Tuned files", "file"], ["wall", "Walls", "wall"]];

function railEntry(name, value, on, label, count, sign) {
  return h("button.fl", { class: on ? "on" : "", "aria-pressed": String(on), do: "filter", "data-name": name, "data-value": value, key: name + value },
    h("span.lk-grow.lk-el", {}, sign, h("span.lk-el", {}, label)), h("span.lk-3c", {}, String(count ?? "")));
}

function rail(filter, index) {
  const part = (title, name, list) => list.length ? [h("h3", {}, title), h("div", {}, list.map(([id, label, count, image]) =>
    railEntry(name, id, filter[name] === id, label, count, image ? h("img", { src: image, alt: "" }) : name === "subject" ? h("span.ph", {}, icon("layers", "s")) : "")))] : [];
  const room = filter.bin || filter.starred ? "" : filter.what;
  return h("aside.side", { "aria-label": "Filters" },
    h("div.lk-head", {}, h("h2", {}, "Library")),
    h("div.lk-scroll.fls", {}, h("div", {},
      ROOM_NAMES.map(([what, label, sign]) => railEntry("what", what, room === what, label, index.counts[what], icon(sign))),
      railEntry("starred", "yes", filter.starred, "Starred", index.counts.starred, icon("star")), railEntry("bin", "yes", filter.bin, "Bin", index.counts.bin, icon("bin"))),
      part("Subject", "subject", index.subjects), part("Method", "recipe", index.recipes), part("Base model", "base", index.bases)),
    h("div.lk-foot.lk-11.lk-3c", {}, h("div", {}, "bin" in index.counts && [`${many(index.counts.picture || 0, "picture")}, ${bytes(index.bytes) || "0 B"}`, h("br")], "Deleted things stay 30 days.")));
}

// The filter after a click on the rail: a second click on the same entry takes it away again.
function turned(filter, name, value) {
  if (name === "what") return { ...filter, what: value, starred: false, bin: false };
  if (name === "starred" || name === "bin") return { ...filter, starred: false, bin: false, [name]: !filter[name] };
  return { ...filter, [name]: filter[name] === value ? "" : value };
}
