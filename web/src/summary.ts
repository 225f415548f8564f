// Title, what the data set is, and the result in words.
import { el } from "./dom";
import { count_text, masked_text, plural, score_text } from "./format";
import { is_reconstruction, type Payload } from "./payload";
import type { EmbeddingRow, ScoreBook, ScoreCell } from "./score_book";

export const RECONSTRUCTION_TITLE = "Reconstruction of expression";

export function summary_section(payload: Payload, book: ScoreBook): HTMLElement {
  const facts: [string, string, string][] = [
    ["Cells", count_text(payload.n_cells), ""],
    ["Genes", count_text(payload.n_genes), ""],
    ["Counts from", payload.counts_source || "none found", "text"],
  ];
  if (payload.labels) {
    const missing = payload.labels.n_missing;
    facts.push(["Cell types", count_text(payload.labels.categories.length), named(payload.label_name, missing)]);
  } else {
    facts.push(["Cell types", "none given", "text"]);
  }
  if (payload.batches) {
    const missing = payload.batches.n_missing;
    facts.push(["Batches", count_text(payload.batches.categories.length), named(payload.batch_name, missing)]);
  } else {
    facts.push(["Batches", "none given", "text"]);
  }
  const models = is_reconstruction(payload);
  facts.push([models ? "Models" : "Embeddings", count_text(payload.embeddings.length), ""]);

  return el(
    "header",
    { class: "summary", id: "top" },
    el("p", { class: "eyebrow" }, models ? RECONSTRUCTION_TITLE : "Zero-shot evaluation of cell embeddings"),
    el("h1", {}, payload.title || payload.dataset || "Untitled data set"),
    payload.title && payload.title !== payload.dataset ? el("p", { class: "dataset-name" }, payload.dataset) : null,
    el(
      "dl",
      { class: "facts" },
      ...facts.map(([name, value, note]) =>
        el(
          "div",
          {},
          el("dt", {}, name),
          el("dd", { class: note === "text" ? "words" : "" }, value, note && note !== "text" ? el("small", {}, note) : null),
        ),
      ),
    ),
    ...(models ? gains(book) : findings(book)),
  );
}

function named(column: string, missing: number): string {
  const source = `obs column ${column}`;
  return missing > 0 ? `${source}; ${plural(missing, "cell")} without` : source;
}

/** A gain, whose own score it comes from, the baseline that it is over, and the two in words. */
interface Gain {
  own: string;
  baseline: string;
  predicts: (masked: string) => string;
  measure: string;
  over: string;
  published: string; // the study's own baseline, where it is another
}

const bins = (way: string) => (masked: string) => (masked ? `predicts masked bins (${masked_text(masked)} of the genes) ${way}` : `predicts bins ${way}`);
const gene_means = "each gene's mean over the other cells";
const GAINS: Record<string, Gain> = {
  rank_correlation_gain_loo: {
    own: "rank_correlation", baseline: "rank_correlation_mean_rank_loo", measure: "a correlation", over: "each gene's mean rank over the other cells",
    predicts: () => "predicts a cell's ranks", published: "",
  },
  mse_gain_gep_loo: {
    own: "mse_gep", baseline: "mse_gene_mean_loo", measure: "a squared error", over: gene_means, predicts: bins("from gene tokens (GEP)"), published: "mse_mean",
  },
  mse_gain_gepc_loo: {
    own: "mse_gepc", baseline: "mse_gene_mean_loo", measure: "a squared error", over: gene_means, predicts: bins("given the cell embedding (GEPC)"), published: "mse_mean",
  },
};

/** Per model and way to predict: is it nearer to the truth than averages that have not seen the cell? */
function gains(book: ScoreBook): HTMLElement[] {
  const lines = book.rows.flatMap((row) =>
    book.metrics
      .filter((metric) => metric.name in GAINS)
      .flatMap((metric) => {
        const cell = book.cell(row, metric);
        if (!cell || cell.value === null) return [];
        const name = el("b", {}, el("span", { class: "swatch", style: `--swatch:${row.colour}` }), row.name);
        return [el("p", {}, name, ` ${gain_text(book, row, GAINS[metric.name], cell)}`)];
      }),
  );
  return lines.length ? [el("div", { class: "findings" }, ...lines)] : [];
}

function gain_text(book: ScoreBook, row: EmbeddingRow, gain: Gain, cell: ScoreCell): string {
  const value = (name: string) => {
    const metric = book.metrics.find((own) => own.name === name);
    return (metric && book.cell(row, metric)?.value) ?? null;
  };
  const [own, baseline, published] = [gain.own, gain.baseline, gain.published].map(value);
  const known = cell.low !== null && cell.high !== null;
  const verdict = !known ? "no interval, so no verdict against" : cell.low! > 0 ? "better than" : cell.high! < 0 ? "worse than" : "not told apart from";
  const range = known ? `, 95 % interval ${score_text(cell.low)} to ${score_text(cell.high)}` : "";
  return (
    gain.predicts(row.masked) +
    (own === null ? ": " : ` with ${gain.measure} of ${score_text(own)}: `) +
    `${verdict} ${gain.over}${baseline === null ? "" : ` (${score_text(baseline)})`}, gain ${score_text(cell.value)}${range}` +
    (published === null ? "." : `; the study's baseline, the mean bin, has ${score_text(published)}.`)
  );
}

/** One sentence for each of the two questions that the scores answer. */
function findings(book: ScoreBook): HTMLElement[] {
  const sentence = (verb: string, metric_names: string[]): HTMLElement | null => {
    const metric = metric_names.map((name) => book.metrics.find((own) => own.name === name)).find((own) => own && book.best(own, { reduced: false, masked: "" }) !== null);
    if (!metric) return null;
    const sign = metric.direction === "higher" ? -1 : 1;
    const ranked = book
      .visible_rows("full")
      .flatMap((row) => {
        const cell = book.cell(row, metric);
        return cell && cell.value !== null ? [{ row, cell, value: cell.value }] : [];
      })
      .sort((a, b) => sign * (a.value - b.value));
    const [first, second] = ranked;
    const name = (row: EmbeddingRow) => el("b", {}, el("span", { class: "swatch", style: `--swatch:${row.colour}` }), row.name);
    const start = `By ${metric.title || metric.name}, `;
    if (first.value === second.value) {
      return el("p", {}, start, name(first.row), " and ", name(second.row), ` do equally well (${score_text(first.value)}).`);
    }
    const known = [first.cell, second.cell].every((cell) => cell.low !== null && cell.high !== null);
    const overlap = known && first.cell.low! <= second.cell.high! && second.cell.low! <= first.cell.high!;
    return el(
      "p",
      {},
      start,
      name(first.row),
      ` ${verb} best (${score_text(first.value)}), ahead of `,
      name(second.row),
      ` (${score_text(second.value)})${overlap ? "; their 95 % intervals overlap, so the order is not certain" : ""}.`,
    );
  };
  const lines = [
    sentence("keeps cell types apart", ["avg_bio", "asw_label"]),
    sentence("mixes batches", ["avg_batch", "asw_batch"]),
  ].filter((line): line is HTMLParagraphElement => line !== null);
  if (lines.length === 0) return [];
  return [el("div", { class: "findings" }, ...lines)];
}
