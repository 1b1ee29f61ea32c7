// Where each subject was looked for: attention maps drawn over the picture, as contour lines or as a glow.

const LEVELS = [[0.25, 1.1], [0.5, 1.6], [0.75, 2.4]];
const mapsRead = new Map();   // address → Promise of {w, h, values 0 to 1}

function readMap(address) {
  if (!mapsRead.has(address)) mapsRead.set(address, new Promise((done, failed) => {
    const image = new Image();
    image.onload = () => {
      const board = document.createElement("canvas"), side = 96;
      board.width = board.height = side;
      const pen = board.getContext("2d", { willReadFrequently: true });
      pen.drawImage(image, 0, 0, side, side);
      const data = pen.getImageData(0, 0, side, side).data, values = Float32Array.from({ length: side * side }, (_, i) => data[i * 4] / 255);
      const most = Math.max(...values) || 1;
      done({ w: side, h: side, values: values.map(v => v / most) });
    };
    image.onerror = failed;
    image.src = address;
  }));
  return mapsRead.get(address);
}

// Contours at a quarter, half and three quarters, with the region's number on the highest point of the middle one.
async function mapLines({ number, image }, W, H) {
  const map = await readMap(image), n = tint(number);
  const loops = LEVELS.map(([level, width]) => {
    const mask = packed(map.values.map(v => v >= level ? 1 : 0), map.w, map.h);
    const d = outline(mask).filter(loop => loop.length > 7).map(loop => "M" + loop.map(([u, v]) => `${(u * W / map.w).toFixed(1)} ${(v * H / map.h).toFixed(1)}`).join("L") + "Z").join("");
    return [h("path", { d, stroke: "#000", "stroke-opacity": 0.6, "stroke-width": width + 2 }), h("path", { d, stroke: `var(--lk-p${n})`, "stroke-width": width })];
  });
  const middle = outline(packed(map.values.map(v => v >= 0.5 ? 1 : 0), map.w, map.h)).flat();
  const top = middle.reduce((best, p) => p[1] < best[1] ? p : best, [map.w / 2, map.h / 2]);
  const x = within(top[0] * W / map.w, 9, W - 9), y = within(top[1] * H / map.h - 10, 9, H - 9);
  return h("g", { key: "map-" + number, fill: "none", "stroke-linejoin": "round" }, loops,
    h("rect", { x: x - 9, y: y - 9, width: 18, height: 18, rx: 4, fill: `var(--lk-p${n})`, stroke: "#111", "stroke-width": 1.5 }),
    h("text", { x, y: y + 4, "text-anchor": "middle", "font-size": 11, "font-weight": 700, fill: ON[n] || "#111" }, label(number)));
}

// The picture goes grey and dark; every subject glows in its colour.
async function mapGlow(board, maps) {
  const pen = board.getContext("2d"), style = getComputedStyle(board);
  pen.clearRect(0, 0, board.width, board.height);
  pen.imageSmoothingEnabled = true;
  for (const { number, image } of maps) {
    const map = await readMap(image), tile = document.createElement("canvas");
    tile.width = map.w; tile.height = map.h;
    const inside = tile.getContext("2d"), paint = inside.createImageData(map.w, map.h);
    const colour = style.getPropertyValue(`--lk-p${tint(number)}`).trim().match(/[0-9a-f]{2}/gi).map(two => parseInt(two, 16));
    map.values.forEach((v, i) => paint.data.set([...colour, Math.round(230 * Math.pow(v, 1.4))], i * 4));
    inside.putImageData(paint, 0, 0);
    pen.drawImage(tile, 0, 0, board.width, board.height);
  }
}
