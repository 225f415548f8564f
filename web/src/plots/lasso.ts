// Which cells lie inside an outline that was drawn by hand.

export type Place = [number, number];

/** 1 for each point inside the closed outline (even-odd rule, so that a loop inside a loop is outside). */
export function cells_inside(x: Float32Array, y: Float32Array, outline: Place[]): Uint8Array {
  const inside = new Uint8Array(x.length);
  const [x0, x1] = [Math.min(...outline.map((place) => place[0])), Math.max(...outline.map((place) => place[0]))];
  const [y0, y1] = [Math.min(...outline.map((place) => place[1])), Math.max(...outline.map((place) => place[1]))];
  for (let i = 0; i < x.length; ++i) {
    const [px, py] = [x[i], y[i]];
    if (!(px >= x0 && px <= x1 && py >= y0 && py <= y1)) continue; // also NaN
    let odd = 0;
    for (let a = 0, b = outline.length - 1; a < outline.length; b = a++) {
      const [[ax, ay], [bx, by]] = [outline[a], outline[b]];
      if (ay > py !== by > py && px < ((bx - ax) * (py - ay)) / (by - ay) + ax) odd ^= 1;
    }
    inside[i] = odd;
  }
  return inside;
}
