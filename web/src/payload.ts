// The data that zerocell writes into the report (src/zerocell/report/html.cpp writes exactly this).
// Every string may come from a stranger's file: it reaches the page as text, never as markup.

/** Numbers as base64 of little-endian values. With `scale`, value = offset + scale * stored, and `missing` is the
 * stored number that stands for "not there". */
export interface Packed {
  type: "u8" | "u16" | "u32" | "i16" | "f32";
  data: string;
  scale?: number;
  offset?: number;
  missing?: number;
}

export interface Grouping {
  categories: string[];
  colours: string[]; // "#rrggbb" per category, as in the figures
  counts: number[]; // cells per category, all cells
  n_missing: number; // cells without a value
  codes: Packed; // per point; `missing` where the cell has no value
}

export interface LabelProfile {
  silhouette: (number | null)[]; // mean over the label's cells, per label
  mixed_with: (number | null)[]; // the other label that rules most of its cells' clusters, where one does
  mixed_share: number[]; // share of the label's cells in clusters ruled by other labels
}

export interface EmbeddingPayload {
  tag: string;
  method: string;
  options: string;
  dims: number;
  colour: string; // the same in every figure
  x: Packed | null; // UMAP coordinates per point; null: not computed
  y: Packed | null;
  cluster: Packed | null;
  cluster_sizes: number[]; // all cells
  cluster_colours: string[];
  cluster_resolution: number;
  silhouette_label: Packed | null;
  silhouette_batch: Packed | null;
  label_profile: LabelProfile | null;
  losses: Loss[];
  stages: Stage[];
}

export interface Score {
  embedding: string;
  dims: number;
  n_cells: number;
  seed: number;
  metric: string;
  value: number | null;
  low: number | null;
  high: number | null;
  direction: "higher" | "lower";
  convention: string;
  status: "ok" | "not_applicable" | "failed";
  reason: string;
}

/** One metric of a method that ran with several seeds. */
export interface SeedSpread {
  embedding: string; // the tag that the seeds share
  metric: string;
  n_seeds: number;
  mean: number | null;
  sd: number | null;
  lowest: number | null;
  highest: number | null;
}

export interface MetricInfo {
  name: string;
  title: string;
  group: string;
  direction: "higher" | "lower";
  lowest: number | null; // null: without limit
  highest: number | null;
  definition: string;
  source: string;
}

export interface Loss {
  what: string;
  lost: number;
  total: number;
  reason: string;
}

export interface Stage {
  name: string;
  seconds: number;
  peak_bytes: number;
  cells_per_second: number;
}

export interface Figure {
  name: string;
  caption: string;
  svg: string;
}

/** Fields of equal width. */
export interface GridAxis {
  n_bins: number;
  low: number;
  high: number;
}

/** Counts of (true, predicted) over a grid. */
export interface Density {
  name: string; // the way to predict: "GEP", "GEPC"; empty where the model has one alone
  truth: GridAxis;
  predicted: GridAxis;
  counts: number[]; // truth.n_bins x predicted.n_bins
  n_beyond: number; // predictions beyond the axis, counted in the outermost fields
  constant: number | null; // the baseline that predicts one value for all
  spreads: (number[] | null)[]; // of bins, per true field: 5 %, quartile, median, quartile, 95 %; null without genes
}

/** How the values of one column spread over the cells. */
export interface ColumnSummary {
  name: string;
  is_baseline: boolean; // of an average that the model is compared with
  n: number; // cells with a value
  n_missing: number;
  mean: number | null;
  quartiles: number[] | null; // lowest, first quartile, median, third quartile, highest
  low: number; // axis of the bins
  high: number;
  counts: number[]; // cells per bin
}

export interface ReconstructionModel {
  tag: string;
  colour: string;
  target: string; // what is predicted: "rank" or "bin"
  masked: string; // share of genes that were masked and alone are scored; "" where nothing was
  densities: Density[];
  cells: ColumnSummary[]; // the model's own columns first, then those it is compared with
}

export interface Reconstruction {
  ramp: string[]; // colours of counts, few to many
  models: ReconstructionModel[]; // in the order of `embeddings`
}

export interface Payload {
  schema: "zerocell-report/1";
  kind: "evaluation" | "reconstruction";
  version: string;
  dataset: string;
  title: string;
  n_cells: number;
  n_genes: number;
  counts_source: string;
  n_points: number; // cells drawn in the plots; fewer than n_cells where the report was told to
  labels: Grouping | null;
  batches: Grouping | null;
  label_name: string;
  batch_name: string;
  cell_names: string[]; // per point
  embeddings: EmbeddingPayload[]; // of a reconstruction: its models, without values per cell
  reconstruction: Reconstruction | null;
  scores: Score[];
  seeds: SeedSpread[];
  metrics: MetricInfo[];
  losses: Loss[];
  warnings: string[];
  stages: Stage[];
  provenance: [string, string][];
  figures: Figure[];
}

export function read_payload(): Payload {
  const payload = JSON.parse(document.getElementById("payload")!.textContent!) as Payload;
  if (payload.schema !== "zerocell-report/1") throw new Error("This report's data has a form that its script does not know.");
  return payload;
}

export function is_reconstruction(payload: Payload): boolean {
  return payload.kind === "reconstruction";
}

type Stored = Uint8Array | Uint16Array | Uint32Array | Int16Array | Float32Array;

function stored_values(packed: Packed): Stored {
  const text = atob(packed.data);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  switch (packed.type) {
    case "u8":
      return bytes;
    case "u16":
      return new Uint16Array(bytes.buffer);
    case "u32":
      return new Uint32Array(bytes.buffer);
    case "i16":
      return new Int16Array(bytes.buffer);
    case "f32":
      return new Float32Array(bytes.buffer);
  }
}

/** Real numbers; NaN where missing. */
export function unpack_values(packed: Packed): Float32Array {
  const stored = stored_values(packed);
  const scale = packed.scale ?? 1;
  const offset = packed.offset ?? 0;
  const values = new Float32Array(stored.length);
  for (let i = 0; i < stored.length; ++i) {
    values[i] = stored[i] === packed.missing ? NaN : offset + scale * stored[i];
  }
  return values;
}

/** Group codes; -1 where missing. */
export function unpack_codes(packed: Packed): Int32Array {
  const stored = stored_values(packed);
  const codes = new Int32Array(stored.length);
  for (let i = 0; i < stored.length; ++i) codes[i] = stored[i] === packed.missing ? -1 : stored[i];
  return codes;
}
