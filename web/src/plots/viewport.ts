// Where points of an embedding lie in a square plot: what it shows without zoom, and a view of that.
import type { Place } from "./lasso";
import type { View } from "./store";

const MAX_ZOOM = 400;

export class Viewport {
  size = 0; // CSS pixels, square
  private home = { x: 0, y: 0, scale: 1 }; // what the plot shows without zoom

  constructor(
    private readonly x: Float32Array,
    private readonly y: Float32Array,
    private readonly view: () => View,
  ) {
    this.find_home();
  }

  /** Without zoom the plot shows every cell, or those that are picked. */
  find_home(picked: Uint8Array | null = null): void {
    const { x, y } = this;
    let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < x.length; ++i) {
      if (Number.isNaN(x[i] + y[i]) || (picked && !picked[i])) continue;
      x0 = Math.min(x0, x[i]);
      x1 = Math.max(x1, x[i]);
      y0 = Math.min(y0, y[i]);
      y1 = Math.max(y1, y[i]);
    }
    if (x0 > x1) [x0, x1, y0, y1] = [0, 1, 0, 1];
    this.home = { x: (x0 + x1) / 2, y: (y0 + y1) / 2, scale: 0.92 / (Math.max(x1 - x0, y1 - y0) || 1) };
  }

  /** What lies in the middle, in the embedding's units. */
  centre(): { x: number; y: number } {
    const view = this.view();
    return { x: this.home.x + view.x / this.home.scale, y: this.home.y + view.y / this.home.scale };
  }

  /** CSS pixels to a unit of the embedding. */
  scale(): number {
    return this.home.scale * this.size * this.view().zoom;
  }

  to_screen(x: number, y: number): Place {
    const scale = this.scale();
    const centre = this.centre();
    return [this.size / 2 + (x - centre.x) * scale, this.size / 2 - (y - centre.y) * scale];
  }

  to_data([px, py]: Place): Place {
    const scale = this.scale();
    const centre = this.centre();
    return [centre.x + (px - this.size / 2) / scale, centre.y - (py - this.size / 2) / scale];
  }

  /** The view zoomed so that what is at a place of the plot stays there. */
  zoomed(factor: number, [at_x, at_y]: Place): View {
    const view = this.view();
    const zoom = Math.min(MAX_ZOOM, Math.max(0.5, view.zoom * factor));
    const shift = (1 / view.zoom - 1 / zoom) / this.size;
    return { zoom, x: view.x + (at_x - this.size / 2) * shift, y: view.y - (at_y - this.size / 2) * shift };
  }

  /** The view moved by CSS pixels. */
  panned(dx: number, dy: number): View {
    const view = this.view();
    const width = this.size * view.zoom;
    return { zoom: view.zoom, x: view.x - dx / width, y: view.y + dy / width };
  }
}
