/** Nearest point to a place, from points sorted into square buckets. */
export class GridIndex {
  private readonly start: Uint32Array; // first entry of each bucket, and the end
  private readonly entries: Uint32Array; // points, bucket by bucket
  private readonly columns: number;
  private readonly lines: number;
  private readonly x0: number;
  private readonly y0: number;
  private readonly size: number;

  constructor(
    private readonly x: Float32Array,
    private readonly y: Float32Array,
  ) {
    let [x0, x1, y0, y1, n] = [Infinity, -Infinity, Infinity, -Infinity, 0];
    for (let i = 0; i < x.length; ++i) {
      if (Number.isNaN(x[i] + y[i])) continue;
      x0 = Math.min(x0, x[i]);
      x1 = Math.max(x1, x[i]);
      y0 = Math.min(y0, y[i]);
      y1 = Math.max(y1, y[i]);
      ++n;
    }
    this.x0 = n ? x0 : 0;
    this.y0 = n ? y0 : 0;
    const width = n ? x1 - x0 : 0;
    const height = n ? y1 - y0 : 0;
    // About four points a bucket; a line of points gets buckets along it only.
    const side = Math.sqrt((width * height * 4) / Math.max(1, n)) || (Math.max(width, height) * 4) / Math.max(1, n) || 1;
    this.size = Math.max(side, Math.max(width, height) / 2048);
    this.columns = Math.floor(width / this.size) + 1;
    this.lines = Math.floor(height / this.size) + 1;

    this.start = new Uint32Array(this.columns * this.lines + 1);
    this.entries = new Uint32Array(n);
    for (let i = 0; i < x.length; ++i) if (!Number.isNaN(x[i] + y[i])) ++this.start[this.bucket(x[i], y[i]) + 1];
    for (let b = 1; b < this.start.length; ++b) this.start[b] += this.start[b - 1];
    const next = this.start.slice(0, -1);
    for (let i = 0; i < x.length; ++i) if (!Number.isNaN(x[i] + y[i])) this.entries[next[this.bucket(x[i], y[i])]++] = i;
  }

  private column_of(x: number): number {
    return Math.min(this.columns - 1, Math.max(0, Math.floor((x - this.x0) / this.size)));
  }

  private line_of(y: number): number {
    return Math.min(this.lines - 1, Math.max(0, Math.floor((y - this.y0) / this.size)));
  }

  private bucket(x: number, y: number): number {
    return this.line_of(y) * this.columns + this.column_of(x);
  }

  /** The point nearest to (x, y) within `radius`, or -1. Of several at the same place, the last. */
  nearest(x: number, y: number, radius: number): number {
    let found = -1;
    let best = radius * radius;
    for (let line = this.line_of(y - radius); line <= this.line_of(y + radius); ++line) {
      const first = this.start[line * this.columns + this.column_of(x - radius)];
      const end = this.start[line * this.columns + this.column_of(x + radius) + 1];
      for (let e = first; e < end; ++e) {
        const i = this.entries[e];
        const distance = (this.x[i] - x) ** 2 + (this.y[i] - y) ** 2;
        if (distance <= best) {
          best = distance;
          found = i;
        }
      }
    }
    return found;
  }
}
