// One plot: a canvas of points, one above it for rings and names, and everything the hands do to it.
import { el, file_stem, save_file } from "../dom";
import { plural } from "../format";
import { canvas_theme } from "../theme";
import { GridIndex } from "./grid_index";
import { median_places, place_names, type GroupPlace } from "./group_names";
import type { Painter, Scene } from "./painter";
import { panel_frame, type PanelTool } from "./panel_frame";
import { hover_text } from "./hover_text";
import { cells_inside, type Place } from "./lasso";
import { draw_outline, draw_ring } from "./marks";
import type { EmbeddingCells, PlotStore, View } from "./store";
import { Viewport } from "./viewport";

const ZOOM_STEP = 1.35;
const HOVER_REACH = 8; // CSS pixels
const SLOW_MS = 22; // a painter slower than this draws fewer points while the view moves

export interface PanelContext {
  store: PlotStore;
  painter: () => Painter;
  dataset: string;
}

export class ScatterPanel {
  readonly element: HTMLElement;
  private readonly plot: HTMLElement;
  private readonly base = el("canvas", { class: "base" });
  private readonly overlay = el("canvas", { class: "overlay" });
  private readonly card = el("div", { class: "hover-card", hidden: true });
  private readonly index_of: () => GridIndex;
  private scene: Scene | null = null;
  private names: GroupPlace[] | null = null;
  private readonly viewport: Viewport;
  private own_view: View = { zoom: 1, x: 0, y: 0 }; // where the plots are not linked
  private lasso: Place[] | null = null; // in CSS pixels, while it is drawn
  private visible = false;
  private dirty_base = true;
  private frame = 0;
  private last_paint_ms = 0;
  private settle = 0;
  private readonly pointers = new Map<number, { x: number; y: number }>();
  private dragged = 0;
  private takes_wheel = false;

  constructor(
    private readonly context: PanelContext,
    readonly cells: EmbeddingCells,
    readonly position: number,
    colour: string,
    scores: string,
  ) {
    let index: GridIndex | null = null;
    this.index_of = () => (index ??= new GridIndex(cells.x, cells.y));
    const { tag, dims } = cells.info;
    this.plot = el(
      "div",
      {
        class: "plot",
        tabindex: 0,
        role: "application",
        "aria-roledescription": "scatter plot",
        "aria-label": `UMAP of ${tag}. Plus and minus zoom, arrow keys move, 0 shows all, Enter marks the cell nearest to the middle, S selects the cells in view, Escape clears.`,
      },
      this.base,
      this.overlay,
      this.card,
    );
    const tools: PanelTool[] = [
      { icon: "plus", label: "Zoom in", act: () => this.zoom_by(ZOOM_STEP ** 2) },
      { icon: "minus", label: "Zoom out", act: () => this.zoom_by(ZOOM_STEP ** -2) },
      { icon: "home", label: "Show all", act: () => this.reset() },
      { icon: "enlarge", label: "Enlarge or shrink", act: (button) => button.setAttribute("aria-pressed", String(this.element.classList.toggle("wide"))) },
      { icon: "save", label: "Save as PNG", act: () => this.save_png() },
    ];
    this.element = panel_frame(this.plot, { tag, colour, note: `${plural(dims, "dim")}${scores ? ` · ${scores}` : ""}` }, tools);
    this.viewport = new Viewport(cells.x, cells.y, () => this.view());
    this.listen();
    context.store.subscribe((change) => {
      if (change === "cell") this.draw_overlay();
      else if (change === "view") this.moved();
      else this.refresh(change !== "style");
      this.plot.classList.toggle("selects", context.store.drag === "select");
      if (change === "colour") this.names = null;
    });
    new ResizeObserver(() => this.resize()).observe(this.plot);
    new IntersectionObserver(
      (entries) => {
        const visible = entries[entries.length - 1].isIntersecting;
        if (visible !== this.visible) context.store.n_visible += visible ? 1 : -1;
        this.visible = visible;
        if (this.visible) this.request();
      },
      { rootMargin: "200px" },
    ).observe(this.plot);
    addEventListener("beforeprint", () => this.draw_for_print());
  }

  /** Draws anew; with `recolour`, also works out colours again. */
  refresh(recolour: boolean): void {
    if (recolour) {
      this.scene = null;
    }
    this.dirty_base = true;
    this.request();
  }

  /** Draws also what was never scrolled to. */
  draw_for_print(): void {
    this.resize();
    this.dirty_base = true;
    this.paint();
  }

  reset(): void {
    this.viewport.find_home();
    this.look({ zoom: 1, x: 0, y: 0 });
  }

  /** Makes the picked cells what the plot shows without zoom. */
  show_picked(): void {
    const { picked } = this.context.store;
    if (!picked) return;
    this.viewport.find_home(picked);
    this.look({ zoom: 1, x: 0, y: 0 });
  }

  private view(): View {
    return this.context.store.linked ? this.context.store.view : this.own_view;
  }

  private look(view: View): void {
    this.own_view = view;
    if (this.context.store.linked) this.context.store.set_view(view);
    else this.moved();
  }

  private to_screen(i: number): Place {
    return this.viewport.to_screen(this.cells.x[i], this.cells.y[i]);
  }

  private resize(): void {
    const size = Math.round(this.plot.clientWidth);
    if (size === this.viewport.size || size === 0) return;
    this.viewport.size = size;
    this.dirty_base = true;
    this.paint(); // at once: an empty canvas would flicker
  }

  private request(): void {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.visible && this.paint());
  }

  private radius(): number {
    const share = 0.28 / Math.max(1, this.context.store.n_points);
    const radius = Math.sqrt((share / Math.PI) * this.viewport.size * this.viewport.size);
    return Math.min(4, Math.max(0.75, radius)) * this.view().zoom ** 0.3 * this.context.store.point_size;
  }

  private paint(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (this.viewport.size === 0) return;
    if (this.dirty_base) {
      const ratio = Math.min(devicePixelRatio || 1, 2);
      const pixels = Math.round(this.viewport.size * ratio);
      for (const canvas of [this.base, this.overlay]) {
        if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
      }
      const { store } = this.context;
      this.scene ??= {
        x: this.cells.x,
        y: this.cells.y,
        pixels: store.pixels(this.cells),
        order: store.order,
        n_behind: store.n_behind,
      };
      const moving = this.settle !== 0 && this.last_paint_ms > this.slow_ms();
      const limit = moving ? Math.ceil(store.n_points * Math.max(0.1, this.slow_ms() / this.last_paint_ms)) : Infinity;
      const centre = this.viewport.centre();
      const started = performance.now();
      this.context.painter().paint(
        this.base.getContext("2d")!,
        this.scene,
        {
          width: pixels,
          height: pixels,
          centre_x: centre.x,
          centre_y: centre.y,
          scale: this.viewport.scale() * ratio,
          radius: this.radius() * ratio,
          opacity: store.n_points > 30_000 ? 0.7 : 0.85,
          background: canvas_theme().background,
        },
        limit,
      );
      if (!moving) this.last_paint_ms = performance.now() - started;
      this.dirty_base = false;
    }
    this.draw_overlay();
  }

  private draw_overlay(): void {
    if (this.viewport.size === 0) return;
    const context = this.overlay.getContext("2d")!;
    const ratio = this.overlay.width / this.viewport.size;
    const theme = canvas_theme();
    const { store } = this.context;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.viewport.size, this.viewport.size);
    if (store.show_names && store.mode !== "silhouette") {
      this.names ??= median_places(this.cells, store, this.position);
      const { mode } = store;
      const named = store.highlight ? this.names.filter(({ code }) => store.is_highlighted(mode, this.position, code)) : this.names;
      place_names(context, named, this.viewport.size, theme, (x, y) => this.viewport.to_screen(x, y));
    }
    const point = this.radius();
    if (store.selected >= 0) draw_ring(context, this.to_screen(store.selected), point + 6, theme);
    if (store.hovered >= 0 && store.hovered !== store.selected) draw_ring(context, this.to_screen(store.hovered), point + 4, theme);
    if (this.lasso) draw_outline(context, this.lasso, theme);
  }

  /** Longest that one plot may take while the view moves: plots that move together share the time of a frame. */
  private slow_ms(): number {
    const { store } = this.context;
    return SLOW_MS / (store.linked ? Math.max(1, store.n_visible) : 1);
  }

  /** The view changed: draw, and once it rests draw again in full if this was a quick draft. */
  private moved(): void {
    clearTimeout(this.settle);
    this.settle = window.setTimeout(() => {
      this.settle = 0;
      if (this.last_paint_ms > this.slow_ms()) this.refresh(false);
    }, 140);
    this.card.hidden = true;
    this.refresh(false);
  }

  private zoom_by(factor: number, at: Place = this.middle()): void {
    this.look(this.viewport.zoomed(factor, at));
  }

  private pan_by(dx: number, dy: number): void {
    this.look(this.viewport.panned(dx, dy));
  }

  private middle(): Place {
    return [this.viewport.size / 2, this.viewport.size / 2];
  }

  private place_of(event: { clientX: number; clientY: number }): Place {
    const box = this.plot.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private cell_at(place: Place, reach: number): number {
    return this.index_of().nearest(...this.viewport.to_data(place), reach / this.viewport.scale());
  }

  private pick(outline: Place[]): void {
    this.context.store.set_picked(cells_inside(this.cells.x, this.cells.y, outline.map((place) => this.viewport.to_data(place))));
  }

  private listen(): void {
    const { plot } = this;
    plot.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    plot.addEventListener("dblclick", () => this.reset());
    plot.addEventListener("keydown", (event) => this.key(event));
    plot.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const [x, y] = this.place_of(event);
      this.pointers.set(event.pointerId, { x, y });
      if (this.pointers.size === 1) this.dragged = 0;
      const selects = event.shiftKey || this.context.store.drag === "select";
      this.lasso = this.pointers.size === 1 && selects ? [[x, y]] : null;
      plot.setPointerCapture(event.pointerId);
    });
    plot.addEventListener("pointermove", (event) => this.pointer_moved(event));
    const lift = (event: PointerEvent) => {
      const own = this.pointers.delete(event.pointerId);
      plot.classList.remove("grabbed");
      const outline = this.lasso;
      this.lasso = null;
      if (own && outline && outline.length > 2 && this.dragged > 4) {
        if (event.type === "pointercancel") this.draw_overlay();
        else this.pick(outline);
        return;
      }
      if (!own || event.type === "pointercancel" || this.dragged > 4 || this.pointers.size > 0) return;
      const cell = this.cell_at(this.place_of(event), event.pointerType === "touch" ? 2.5 * HOVER_REACH : HOVER_REACH);
      this.context.store.set_selected(cell === this.context.store.selected ? -1 : cell);
    };
    plot.addEventListener("pointerup", lift);
    plot.addEventListener("pointercancel", lift);
    plot.addEventListener("pointerleave", () => {
      this.takes_wheel = false;
      this.card.hidden = true;
      this.context.store.set_hovered(-1);
    });
  }

  private wheel(event: WheelEvent): void {
    if (!this.takes_wheel && !event.ctrlKey) return;
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? 16 * event.deltaY : event.deltaMode === 2 ? 400 * event.deltaY : event.deltaY;
    const strength = event.ctrlKey ? 0.01 : 0.002; // pinching a touch pad arrives as small steps with ctrl
    this.zoom_by(Math.exp(-Math.max(-400, Math.min(400, pixels)) * strength), this.place_of(event));
  }

  private pointer_moved(event: PointerEvent): void {
    if (really_moved) this.takes_wheel = true;
    const [x, y] = this.place_of(event);
    const held = this.pointers.get(event.pointerId);
    if (!held) {
      if (this.pointers.size === 0) this.hover(x, y);
      return;
    }
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    if (others.length === 1) {
      const before = Math.hypot(held.x - others[0].x, held.y - others[0].y);
      const now = Math.hypot(x - others[0].x, y - others[0].y);
      this.pan_by((x - held.x) / 2, (y - held.y) / 2);
      if (before > 0 && now > 0) this.zoom_by(now / before, [(x + others[0].x) / 2, (y + others[0].y) / 2]);
      this.dragged = 100;
      this.lasso = null;
    } else if (this.lasso) {
      this.dragged += Math.hypot(x - held.x, y - held.y);
      this.lasso.push([x, y]);
      this.draw_overlay();
    } else if (others.length === 0) {
      this.dragged += Math.hypot(x - held.x, y - held.y);
      if (event.pointerType !== "touch" && this.dragged > 4) {
        this.plot.classList.add("grabbed");
        this.pan_by(x - held.x, y - held.y);
      }
    }
    this.pointers.set(event.pointerId, { x, y });
  }

  private hover(px: number, py: number): void {
    const { store } = this.context;
    const cell = this.cell_at([px, py], Math.max(HOVER_REACH, this.radius() + 2));
    store.set_hovered(cell);
    this.card.hidden = cell < 0;
    if (cell < 0) return;
    this.card.replaceChildren(...hover_text(store, this.cells, cell));
    const [x, y] = this.to_screen(cell);
    const width = this.card.offsetWidth;
    const height = this.card.offsetHeight;
    const left = x + 14 + width <= this.viewport.size ? x + 14 : Math.max(4, x - 14 - width);
    const top = Math.max(4, Math.min(this.viewport.size - height - 4, y - height / 2));
    this.card.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 120 : 40;
    const acts: Record<string, () => void> = {
      "+": () => this.zoom_by(ZOOM_STEP),
      "=": () => this.zoom_by(ZOOM_STEP),
      "-": () => this.zoom_by(1 / ZOOM_STEP),
      "0": () => this.reset(),
      ArrowLeft: () => this.pan_by(step, 0),
      ArrowRight: () => this.pan_by(-step, 0),
      ArrowUp: () => this.pan_by(0, step),
      ArrowDown: () => this.pan_by(0, -step),
      Enter: () => this.context.store.set_selected(this.cell_at(this.middle(), this.viewport.size)),
      s: () => this.pick([[0, 0], [this.viewport.size, 0], [this.viewport.size, this.viewport.size], [0, this.viewport.size]]),
      Escape: () => {
        this.context.store.set_selected(-1);
        this.context.store.set_highlight(null);
      },
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  private save_png(): void {
    this.paint();
    const out = el("canvas", { width: this.base.width, height: this.base.height });
    const context = out.getContext("2d")!;
    context.drawImage(this.base, 0, 0);
    context.drawImage(this.overlay, 0, 0);
    const name = `${file_stem(this.context.dataset)}_${file_stem(this.cells.info.tag)}_${this.context.store.mode}.png`;
    out.toBlob((blob) => blob && save_file(name, blob));
  }
}

// A wheel zooms a plot only once the pointer has moved in it: while the page is scrolled, plots pass under a pointer
// that rests, and must not catch the wheel. Browsers report such passing as moves too, but to the same place.
let last_place = "";
let really_moved = false;

addEventListener(
  "pointermove",
  (event) => {
    const place = `${event.clientX},${event.clientY}`;
    really_moved = place !== last_place;
    last_place = place;
  },
  { passive: true, capture: true },
);
