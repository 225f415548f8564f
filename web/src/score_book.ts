// The scores as a table of embeddings by metrics, with the best of each column.
import { csv_field } from "./format";
import { screen_colour } from "./palette";
import type { MetricInfo, Payload, Score } from "./payload";

export interface ScoreCell {
  value: number | null; // mean over seeds where there are several
  low: number | null;
  high: number | null;
  reason: string; // why there is no value, or no interval
  status: Score["status"];
  n_cells: number;
  seed_range: [number, number] | null; // lowest and highest value, where seeds were repeated
  n_seeds: number;
}

export interface EmbeddingRow {
  name: string; // as in scores.csv: "pca" or "pca/pc30"
  tag: string;
  reduced: boolean;
  dims: number;
  masked: string; // share of genes masked in a reconstruction, "" where nothing was
  colour: string; // one per tag, everywhere in the report
}

export type DimsView = "full" | "reduced" | "both";

export class ScoreBook {
  readonly rows: EmbeddingRow[] = [];
  readonly metrics: MetricInfo[] = [];
  readonly conventions: string[];
  readonly has_reduced: boolean;
  private readonly cells = new Map<string, ScoreCell>();

  constructor(payload: Payload) {
    const tags = payload.embeddings.map((embedding) => embedding.tag);
    const dims = new Map(payload.scores.map((score) => [score.embedding, score.dims]));
    const masked = new Map(payload.reconstruction?.models.map((model) => [model.tag, model.masked]));
    const names = [...new Set([...tags, ...payload.scores.map((score) => score.embedding)])];
    for (const name of names) {
      const cut = name.lastIndexOf("/pc");
      const reduced = cut > 0 && /^\d+$/.test(name.slice(cut + 3)) && (tags.includes(name.slice(0, cut)) || dims.has(name.slice(0, cut)));
      const tag = reduced ? name.slice(0, cut) : name;
      const own = payload.embeddings.find((embedding) => embedding.tag === name)?.dims;
      this.rows.push({ name, tag, reduced, dims: dims.get(name) ?? own ?? 0, masked: masked.get(tag) ?? "", colour: "" });
    }
    const order = [...new Set(this.rows.map((row) => row.tag))];
    this.rows.sort((a, b) => order.indexOf(a.tag) - order.indexOf(b.tag) || Number(a.reduced) - Number(b.reduced));
    const colours = new Map(payload.embeddings.map((embedding) => [embedding.tag, screen_colour(embedding.colour)]));
    for (const row of this.rows) row.colour = colours.get(row.tag) ?? "#8d969d";
    this.has_reduced = this.rows.some((row) => row.reduced);
    this.conventions = [...new Set(payload.scores.map((score) => score.convention))].filter(Boolean);

    const present = new Set(payload.scores.map((score) => score.metric));
    this.metrics = payload.metrics.filter((metric) => present.has(metric.name));
    for (const name of present) {
      if (this.metrics.some((metric) => metric.name === name)) continue;
      const direction = payload.scores.find((score) => score.metric === name)!.direction;
      this.metrics.push({ name, title: name, group: "other", direction, lowest: 0, highest: 1, definition: "", source: "" });
    }
    const groups = [...new Set([...["bio", "batch"], ...this.metrics.map((metric) => metric.group)])];
    this.metrics.sort((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group));

    const grouped = new Map<string, Score[]>();
    for (const score of payload.scores) {
      const key = JSON.stringify([score.embedding, score.metric]);
      const list = grouped.get(key);
      if (list) list.push(score);
      else grouped.set(key, [score]);
    }
    for (const [key, scores] of grouped) this.cells.set(key, combine(scores));
  }

  cell(row: EmbeddingRow, metric: MetricInfo): ScoreCell | undefined {
    return this.cells.get(JSON.stringify([row.name, metric.name]));
  }

  visible_rows(view: DimsView): EmbeddingRow[] {
    return this.rows.filter((row) => view === "both" || row.reduced === (view === "reduced"));
  }

  /** Values of the rows that may be compared with `row`: full dimensions and reduced ones are not with each other,
   * nor is a model that was asked for masked genes with one that was shown them. */
  peers(metric: MetricInfo, row: Pick<EmbeddingRow, "reduced" | "masked">): number[] {
    return this.rows
      .filter((own) => own.reduced === row.reduced && own.masked === row.masked)
      .map((own) => this.cell(own, metric)?.value ?? null)
      .filter((value): value is number => value !== null);
  }

  get has_masked(): boolean {
    return new Set(this.rows.map((row) => row.masked)).size > 1;
  }

  /** The best value among those that may be compared with `row`. None where fewer than two rows have a value or all
   * values are equal. */
  best(metric: MetricInfo, row: Pick<EmbeddingRow, "reduced" | "masked">): number | null {
    const values = this.peers(metric, row);
    const best = metric.direction === "higher" ? Math.max(...values) : Math.min(...values);
    return values.some((value) => value !== best) ? best : null;
  }

  csv(payload: Payload): string {
    const header = "dataset,embedding,dims,n_cells,seed,metric,value,low,high,direction,convention,status,reason";
    const lines = payload.scores.map((score) =>
      [
        payload.dataset, score.embedding, score.dims, score.n_cells, score.seed, score.metric, score.value, score.low,
        score.high, score.direction, score.convention, score.status, score.reason,
      ].map(csv_field).join(","),
    );
    return [header, ...lines].join("\n") + "\n";
  }
}

function combine(scores: Score[]): ScoreCell {
  const usable = scores.filter((score) => score.status === "ok" && score.value !== null);
  const shown = usable[0] ?? scores[0];
  const values = usable.map((score) => score.value!);
  const several = values.length > 1;
  return {
    value: values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null,
    low: several ? null : shown.low,
    high: several ? null : shown.high,
    reason: shown.reason,
    status: shown.status,
    n_cells: shown.n_cells,
    seed_range: several ? [Math.min(...values), Math.max(...values)] : null,
    n_seeds: values.length,
  };
}
