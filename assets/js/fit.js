// How large a picture is shown: as large as its stage allows, at a whole multiple of its own pixels where there is room.

function fitted(stage, ratio, unit) {
  const room = stage.getBoundingClientRect(), edge = room.width > 420 ? 24 : 0;
  const high = matchMedia("(max-width: 1180px)").matches ? Infinity : room.height - edge;
  let width = Math.min(room.width - edge, high * ratio);
  if (width > unit * 2) width -= width % unit;
  return [Math.max(width, 64), Math.max(width / ratio, 64)].map(Math.round);
}
