// What all plots share: the cells, how they are coloured, and which are highlighted, hovered and selected.
import { pixel_of, screen_colour, silhouette_pixel } from "../palette";
import { unpack_codes, unpack_values, type EmbeddingPayload, type Grouping } from "../payload";
import { canvas_theme } from "../theme";

/** What is drawn of one embedding. */
export type PlotEmbedding = Pick<
  EmbeddingPayload,
  "tag" | "dims" | "x" | "y" | "cluster" | "cluster_sizes" | "cluster_colours" | "silhouette_label" | "silhouette_batch"
>;

/** What the plots of one data set need. */
export interface PlotData {
  dataset: string;
  n_cells: number;
  n_points: number;
  labels: Grouping | null;
  batches: Grouping | null;
  cell_names: string[]; // per point, or empty
  embeddings: PlotEmbedding[];
}

/** Where a plot looks: zoom, and how far from the middle, in widths of the plot as it is without zoom. */
export interface View {
  zoom: number;
  x: number;
  y: number;
}

export type ColourMode = "label" | "batch" | "cluster" | "silhouette";
export type GroupKind = "label" | "batch" | "cluster";

/** Groups whose cells stand out in every plot. Clusters belong to one embedding. Code -1: cells without a group. */
export interface Highlight {
  kind: GroupKind;
  embedding: number;
  codes: Set<number>;
}

export interface Group {
  code: number;
  name: string;
  size: number;
  colour: string;
}

export type Change = "colour" | "highlight" | "cell" | "style" | "view";
export type DragMode = "move" | "select";

const MISSING_COLOUR = "#8d969d";

/** A grouping of the cells, decoded. */
export class Groups {
  readonly list: Group[];
  readonly pixels: Uint32Array; // by code
  readonly missing_pixel = pixel_of(MISSING_COLOUR);

  constructor(
    readonly codes: Int32Array,
    names: string[],
    figure_colours: string[],
    sizes: number[],
    n_missing: number,
  ) {
    const colours = figure_colours.map(screen_colour);
    this.list = names.map((name, code) => ({ code, name, size: sizes[code], colour: colours[code] }));
    if (n_missing > 0) this.list.push({ code: -1, name: "(none)", size: n_missing, colour: MISSING_COLOUR });
    this.pixels = Uint32Array.from(colours, pixel_of);
  }

  static of(grouping: Grouping | null): Groups | null {
    if (!grouping) return null;
    return new Groups(unpack_codes(grouping.codes), grouping.categories, grouping.colours, grouping.counts, grouping.n_missing);
  }

  name(code: number): string {
    return code < 0 ? "(none)" : this.list[code].name;
  }
}

/** One embedding, decoded when first looked at. */
export class EmbeddingCells {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly clusters: Groups | null;
  readonly silhouette_label: Float32Array | null;
  readonly silhouette_batch: Float32Array | null;

  constructor(
    readonly info: PlotEmbedding,
    n_cells: number,
  ) {
    this.x = unpack_values(info.x!);
    this.y = unpack_values(info.y!);
    const sizes = info.cluster_sizes;
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const names = sizes.map((_, i) => `Cluster ${i}`);
    this.clusters = info.cluster && new Groups(unpack_codes(info.cluster), names, info.cluster_colours, sizes, n_cells - total);
    this.silhouette_label = info.silhouette_label && unpack_values(info.silhouette_label);
    this.silhouette_batch = info.silhouette_batch && unpack_values(info.silhouette_batch);
  }
}

export class PlotStore {
  readonly labels: Groups | null;
  readonly batches: Groups | null;
  readonly embeddings: EmbeddingCells[];
  readonly n_points: number;
  readonly cell_names: string[];
  mode: ColourMode;
  legend_embedding = 0; // whose clusters the legend lists
  highlight: Highlight | null = null;
  picked: Uint8Array | null = null; // 1 for cells inside a lasso; takes the place of a highlight
  n_picked = 0;
  linked = true; // all plots look at the same part of themselves
  view: View = { zoom: 1, x: 0, y: 0 }; // while linked
  drag: DragMode = "move";
  n_visible = 0; // plots on the screen
  hovered = -1;
  selected = -1;
  point_size = 1;
  show_names = true;
  order: Uint32Array; // shuffled, highlighted cells last
  n_behind = 0;
  private readonly shuffled: Uint32Array;
  private readonly listeners: ((change: Change) => void)[] = [];

  constructor(payload: PlotData) {
    this.labels = Groups.of(payload.labels);
    this.batches = Groups.of(payload.batches);
    this.embeddings = payload.embeddings.filter((e) => e.x && e.y).map((e) => new EmbeddingCells(e, payload.n_cells));
    this.n_points = payload.n_points;
    this.cell_names = payload.cell_names;
    this.mode = this.modes()[0];
    this.shuffled = shuffle(this.n_points);
    this.order = this.shuffled;
  }

  modes(): ColourMode[] {
    const modes: ColourMode[] = [];
    if (this.labels) modes.push("label");
    if (this.batches) modes.push("batch");
    if (this.embeddings.some((e) => e.clusters)) modes.push("cluster");
    if (this.embeddings.some((e) => e.silhouette_label)) modes.push("silhouette");
    return modes;
  }

  subscribe(listener: (change: Change) => void): void {
    this.listeners.push(listener);
  }

  private tell(change: Change): void {
    for (const listener of this.listeners) listener(change);
  }

  set_mode(mode: ColourMode): void {
    this.mode = mode;
    this.tell("colour");
  }

  set_legend_embedding(embedding: number): void {
    this.legend_embedding = embedding;
    this.tell("colour");
  }

  set_view(view: View): void {
    this.view = view;
    this.tell("view");
  }

  set_linked(linked: boolean): void {
    this.linked = linked;
    this.tell("view");
  }

  set_style(style: { point_size?: number; show_names?: boolean; drag?: DragMode }): void {
    Object.assign(this, style);
    this.tell("style");
  }

  set_hovered(cell: number): void {
    if (cell === this.hovered) return;
    this.hovered = cell;
    this.tell("cell");
  }

  set_selected(cell: number): void {
    if (cell === this.selected) return;
    this.selected = cell;
    this.tell("cell");
  }

  groups(kind: GroupKind, embedding: number): Groups | null {
    if (kind === "label") return this.labels;
    return kind === "batch" ? this.batches : (this.embeddings[embedding]?.clusters ?? null);
  }

  is_highlighted(kind: GroupKind, embedding: number, code: number): boolean {
    const own = this.highlight;
    return own !== null && own.kind === kind && (kind !== "cluster" || own.embedding === embedding) && own.codes.has(code);
  }

  /** Adds a group to the highlighted ones of its kind, or takes it away. */
  toggle_highlight(kind: GroupKind, embedding: number, code: number): void {
    const own = this.highlight;
    const same = own !== null && own.kind === kind && (kind !== "cluster" || own.embedding === embedding);
    const codes = new Set(same ? own.codes : []);
    if (!codes.delete(code)) codes.add(code);
    this.set_highlight(codes.size > 0 ? { kind, embedding, codes } : null);
  }

  set_highlight(highlight: Highlight | null): void {
    this.highlight = highlight;
    this.picked = null;
    this.n_picked = 0;
    const groups = highlight && this.groups(highlight.kind, highlight.embedding);
    this.bring_forward(highlight && groups ? (i) => highlight.codes.has(groups.codes[i]) : null);
  }

  /** The cells that a lasso caught; none at all ends the selection. */
  set_picked(picked: Uint8Array | null): void {
    const n = picked ? picked.reduce((sum, own) => sum + own, 0) : 0;
    this.highlight = null;
    this.picked = n > 0 ? picked : null;
    this.n_picked = n;
    this.bring_forward(n > 0 ? (i) => picked![i] === 1 : null);
  }

  /** Draws the cells that stand out last, and the others fainter. */
  private bring_forward(stands_out: ((cell: number) => boolean) | null): void {
    if (!stands_out) {
      this.order = this.shuffled;
      this.n_behind = 0;
    } else {
      const order = new Uint32Array(this.n_points);
      let behind = 0;
      let front = this.n_points;
      for (let k = this.n_points - 1; k >= 0; --k) if (stands_out(this.shuffled[k])) order[--front] = this.shuffled[k];
      for (const i of this.shuffled) if (!stands_out(i)) order[behind++] = i;
      this.order = order;
      this.n_behind = behind;
    }
    this.tell("highlight");
  }

  /** Colour of every point in the plot of one embedding. */
  pixels(embedding: EmbeddingCells): Uint32Array {
    const pixels = new Uint32Array(this.n_points);
    if (this.mode === "silhouette") {
      const values = embedding.silhouette_label;
      const none = pixel_of(MISSING_COLOUR);
      for (let i = 0; i < this.n_points; ++i) {
        pixels[i] = values && !Number.isNaN(values[i]) ? silhouette_pixel(values[i]) : none;
      }
    } else {
      const groups = this.groups(this.mode, this.embeddings.indexOf(embedding));
      for (let i = 0; i < this.n_points; ++i) {
        const code = groups ? groups.codes[i] : -1;
        pixels[i] = code >= 0 ? groups!.pixels[code] : pixel_missing;
      }
    }
    if (this.highlight || this.picked) {
      const muted = pixel_of(canvas_theme().muted);
      for (let k = 0; k < this.n_behind; ++k) pixels[this.order[k]] = muted;
    }
    return pixels;
  }
}

const pixel_missing = pixel_of(MISSING_COLOUR);

/** The same shuffle every time: no group hides another by its place in the file. */
function shuffle(n: number): Uint32Array {
  const order = new Uint32Array(n);
  for (let i = 0; i < n; ++i) order[i] = i;
  let state = 0x9e3779b9;
  for (let i = n - 1; i > 0; --i) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    const swap = order[i];
    order[i] = order[j];
    order[j] = swap;
  }
  return order;
}
