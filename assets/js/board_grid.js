// Where every cell of the grid lies, known from the counts alone, so that only what is in sight needs to exist.

const GAP = 6, DAY = 36, CAPTION = 18;

function layOut(days, width, wished, captioned) {
  const columns = Math.max(2, Math.round((width + GAP) / (wished + GAP))), side = (width - GAP * (columns - 1)) / columns;
  const tall = side + (captioned ? CAPTION : 0), groups = [];
  let top = 0, first = 0;
  for (const [day, count] of days) {
    const head = day ? DAY : 2, rows = Math.ceil(count / columns);
    groups.push({ day, count, first, top, head, rows });
    top += head + rows * (tall + GAP);
    first += count;
  }
  return { groups, columns, side, tall, height: top, total: first };
}

// The cells and headings between two heights.
function inSight(plan, from, to) {
  const cells = [], heads = [];
  let low = 0, high = plan.groups.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (plan.groups[middle].top <= from) low = middle; else high = middle - 1;
  }
  for (let g = low; g < plan.groups.length && plan.groups[g].top < to; g++) {
    const group = plan.groups[g], start = group.top + group.head, pitch = plan.tall + GAP;
    if (group.day) heads.push(group);
    const firstRow = Math.max(0, Math.floor((from - start) / pitch)), lastRow = Math.min(group.rows - 1, Math.floor((to - start) / pitch));
    for (let row = firstRow; row <= lastRow; row++)
      for (let column = 0; column < plan.columns && row * plan.columns + column < group.count; column++)
        cells.push({ at: group.first + row * plan.columns + column, x: column * (plan.side + GAP), y: start + row * pitch });
  }
  return { cells, heads };
}

function placeOf(plan, at) {
  const group = plan.groups.findLast(one => one.first <= at) || plan.groups[0];
  return group ? group.top + group.head + Math.floor((at - group.first) / plan.columns) * (plan.tall + GAP) : 0;
}

// The cell above or below, across days.
function neighbour(plan, at, rows) {
  const g = plan.groups.findIndex(one => at >= one.first && at < one.first + one.count), group = plan.groups[g];
  const inside = at - group.first, column = inside % plan.columns, next = inside + rows * plan.columns;
  if (next >= 0 && next < group.count) return group.first + next;
  const other = plan.groups[g + rows];
  if (!other) return at;
  if (rows > 0) return Math.floor(inside / plan.columns) < group.rows - 1 ? group.first + group.count - 1 : other.first + Math.min(column, other.count - 1);
  return other.first + Math.min(other.count - 1, (other.rows - 1) * plan.columns + column);
}

function dayName(day) {
  const then = new Date(day + "T12:00"), days = Math.round((new Date().setHours(12, 0, 0, 0) - then) / 864e5);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days > 1 && days < 7) return then.toLocaleDateString("en-GB", { weekday: "long" });
  return then.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: then.getFullYear() === new Date().getFullYear() ? undefined : "numeric" });
}
