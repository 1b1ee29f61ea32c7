// The edge of a mask as an SVG path in a 0 to 320 square: walks round every patch of white, keeping it at its right.

const OUTLINE_SIDE = 320;

async function outline(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const n = 160, canvas = Object.assign(document.createElement("canvas"), { width: n, height: n }), paper = canvas.getContext("2d", { willReadFrequently: true });
  paper.drawImage(image, 0, 0, n, n);
  const data = paper.getImageData(0, 0, n, n).data, inside = (x, y) => x >= 0 && y >= 0 && x < n && y < n && data[4 * (y * n + x)] > 127;
  return edges(inside, n).map(loop => "M" + thinned(loop).map(([x, y]) => `${(x * OUTLINE_SIDE / n).toFixed(1)} ${(y * OUTLINE_SIDE / n).toFixed(1)}`).join("L") + "Z").join("");
}

// Closed loops of grid corners between inside and outside.
function edges(inside, n) {
  const next = new Map(), at = (x, y) => y * (n + 1) + x, link = (a, b) => next.has(a) ? next.get(a).push(b) : next.set(a, [b]);
  for (let y = 0; y < n; y++) for (let x = 0; x < n; x++) {
    if (!inside(x, y)) continue;
    if (!inside(x, y - 1)) link(at(x, y), at(x + 1, y));
    if (!inside(x + 1, y)) link(at(x + 1, y), at(x + 1, y + 1));
    if (!inside(x, y + 1)) link(at(x + 1, y + 1), at(x, y + 1));
    if (!inside(x - 1, y)) link(at(x, y + 1), at(x, y));
  }
  const loops = [];
  while (next.size) {
    const start = next.keys().next().value, loop = [];
    let here = start;
    do {
      loop.push([here % (n + 1), Math.floor(here / (n + 1))]);
      const ways = next.get(here), step = ways.pop();
      if (!ways.length) next.delete(here);
      here = step;
    } while (here !== start && next.has(here));
    if (loop.length > 12) loops.push(loop);
  }
  return loops;
}

// The middle of every edge, every other one: steps of a staircase become slopes.
function thinned(loop) {
  const middles = loop.map(([x, y], i) => { const [u, v] = loop[(i + 1) % loop.length]; return [(x + u) / 2, (y + v) / 2]; });
  return middles.map((_, i) => [-2, -1, 0, 1, 2].reduce(([x, y], d) => { const [u, v] = middles.at((i + d) % middles.length); return [x + u / 5, y + v / 5]; }, [0, 0])).filter((_, i) => i % 2 === 0);
}
