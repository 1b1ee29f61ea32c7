// Two fingers on a picture: by how much they spread since last asked, where their middle is, and how far it went.

function pinching() {
  const fingers = new Map();
  let apart = 0, middle = null;
  const pair = () => {
    const [a, b] = [...fingers.values()];
    return [Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), (a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2];
  };
  return {
    // True when this finger is the second one.
    down(event) {
      fingers.set(event.pointerId, event);
      if (fingers.size !== 2) return false;
      const [d, x, y] = pair();
      apart = d; middle = [x, y];
      return true;
    },
    // {by, x, y, dx, dy} in pixels of the screen while two fingers are down, else null.
    move(event) {
      if (fingers.has(event.pointerId)) fingers.set(event.pointerId, event);
      if (fingers.size !== 2) return null;
      const [d, x, y] = pair(), told = { by: d / (apart || 1), x, y, dx: x - middle[0], dy: y - middle[1] };
      apart = d; middle = [x, y];
      return told;
    },
    up(event) { fingers.delete(event.pointerId); },
    // Where fingers may have been lifted elsewhere.
    clear() { fingers.clear(); },
  };
}
