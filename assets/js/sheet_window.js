// Which part of a wall is in sight. A small wall is all there; of a large one only what can be seen, and a bit around it.

const ALL = 400;                                    // cells that are drawn at once
const GAP_ACROSS = 6, GAP_DOWN = 4, STEP = 4;       // between cells, in pixels, as compare.css has it; a window moves so many columns
const size = { head: 252, wide: 82, tall: 130 };    // of the heads at the left, a column, a row; measured once something is drawn

// From which row and column, up to before which: {top, bottom, first, last}.
function inSight(board, rows, columns) {
  if (rows * columns <= ALL) return { top: 0, bottom: rows, first: 0, last: columns };
  const across = Math.ceil(Math.max(board.clientWidth - size.head, 300) / size.wide), down = Math.ceil(Math.max(board.clientHeight, 400) / size.tall);
  const left = Math.floor(board.scrollLeft / size.wide / STEP) * STEP, top = Math.floor(board.scrollTop / size.tall);
  return {
    top: Math.max(0, top - 2), bottom: Math.min(rows, top + down + 2),
    first: Math.max(0, left - 2 * STEP), last: Math.min(columns, left + Math.ceil(across / STEP + 3) * STEP),
  };
}

// How large things have come out; whether that is news.
function measure(board) {
  const head = board.querySelector(".lk-wallrow"), cell = board.querySelector(".lk-cell");
  if (!head?.offsetWidth || !cell) return false;
  const tall = Math.max(...[...board.querySelectorAll(".lk-wallrow > :last-child")].map(last => last.offsetTop + last.offsetHeight), cell.offsetHeight) + GAP_DOWN;
  const now = { head: head.offsetWidth + GAP_ACROSS, wide: cell.offsetWidth + GAP_ACROSS, tall };
  const news = Math.abs(now.tall - size.tall) > 2 || now.wide !== size.wide || now.head !== size.head;
  Object.assign(size, now);
  return news;
}
