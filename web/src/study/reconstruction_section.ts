// What models make of their own input: scores of each model and data set.
import { el, section } from "../dom";
import { arrow, masked_text, score_text } from "../format";
import { screen_colour } from "../palette";
import type { MetricInfo, Score } from "../payload";
import { data_table, save_button, type Cell, type Column } from "../data_table";
import type { StudyDataset, StudyModel } from "./payload";
import type { StudyBook } from "./study_book";
import { best_of } from "./value_cell";

interface Row {
  dataset: StudyDataset;
  model: StudyModel;
}

const TARGETS: Record<string, { heading: string; lead: string; metrics: string[] }> = {
  rank: {
    heading: "Ranks",
    lead: "Correlation of true and predicted ranks in a cell, mean over cells, beside each gene's mean rank, with and without the cell itself.",
    metrics: ["rank_correlation", "rank_correlation_mean_rank", "rank_correlation_mean_rank_loo", "rank_correlation_gain_loo"],
  },
  bin: {
    heading: "Bins",
    lead: "Squared error of predicted bins, from the gene token (GEP) and given the cell embedding (GEPC), beside the mean bin (the study's baseline) and each gene's mean over the other cells.",
    metrics: ["mse_gep", "mse_gepc", "mse_mean", "mse_gene_mean_loo", "mse_gain_gep_loo", "mse_gain_gepc_loo"],
  },
};

export function reconstruction_section(book: StudyBook): HTMLElement | null {
  const rows = book.payload.datasets.flatMap((dataset) => (dataset.reconstruction?.models ?? []).map((model): Row => ({ dataset, model })));
  if (rows.length === 0) return null;
  const parts = Object.entries(TARGETS).flatMap(([target, { heading, lead, metrics }]) => {
    const own = rows.filter((row) => (row.model.target || "rank") === target);
    if (own.length === 0) return [];
    const table = data_table<Row>(`Reconstruction of ${heading.toLowerCase()}`, `${book.payload.title || "study"}_reconstruction_${target}`);
    table.show(columns(book, own, metrics), own);
    return [el("div", { class: "table-head" }, el("h3", {}, heading), save_button(table)), el("p", { class: "quiet" }, lead), table.element];
  });
  return section(
    "reconstruction",
    "Reconstruction",
    "How well a model predicts the expression that it is shown, or, where it says masked, the genes hidden from it. ★ marks the best model of a data set, apart for each " +
      "share of masked genes: what was shown can be copied.",
    ...parts,
  );
}

function score_of(row: Row, metric: string): Score | undefined {
  return row.dataset.reconstruction!.scores.find((score) => score.embedding === row.model.tag && score.metric === metric);
}

function columns(book: StudyBook, rows: Row[], names: string[]): Column<Row>[] {
  const metrics = names.flatMap((name): MetricInfo[] => {
    const known = book.payload.reconstruction_metrics.find((own) => own.name === name);
    const score = rows.map((row) => score_of(row, name)).find((own) => own);
    if (!score) return [];
    return [known ?? { name, title: name, group: "", direction: score.direction, lowest: null, highest: null, definition: "", source: "" }];
  });
  const value = (row: Row, metric: MetricInfo) => score_of(row, metric.name)?.value ?? null;
  return [
    { title: "Model", value: (row) => row.model.tag, cell: (row) => ({ content: [el("span", { class: "method-name" }, el("span", { class: "swatch", style: `--swatch:${screen_colour(row.model.colour)}` }), row.model.tag)] }) },
    { title: "Data set", value: (row) => row.dataset.name },
    ...(rows.some((row) => row.model.masked)
      ? [{ title: "Masked", numeric: true, value: (row: Row) => Number(row.model.masked || 0), cell: (row: Row) => (row.model.masked ? masked_text(row.model.masked) : "none") }]
      : []),
    ...metrics.map((metric): Column<Row> => ({
      title: `${metric.title || metric.name} ${arrow(metric.direction)}`,
      tip: `${metric.name}, ${metric.direction} is better. ${metric.definition}`,
      numeric: true,
      best_first: metric.direction === "higher" ? "high" : "low",
      value: (row) => value(row, metric),
      cell: (row) => score_cell(row, rows, metric, value),
    })),
  ];
}

function score_cell(row: Row, rows: Row[], metric: MetricInfo, value: (row: Row, metric: MetricInfo) => number | null): Cell {
  const score = score_of(row, metric.name);
  if (!score || score.value === null) {
    const reason = score?.reason || "not computed";
    return { content: [el("span", { class: "why", tabindex: 0, "data-tip": reason }, score?.status === "failed" ? "failed" : "n/a")], class: "undefined" };
  }
  const peers = rows.filter((own) => own.dataset === row.dataset && own.model.masked === row.model.masked).map((own) => value(own, metric));
  const is_baseline = /_mean|_median/.test(metric.name) && !metric.name.includes("gain");
  const is_best = !is_baseline && best_of(peers, metric.direction) === score.value;
  const interval = score.low !== null && score.high !== null ? `95 % interval ${score_text(score.low)} to ${score_text(score.high)}.` : `No interval: ${score.reason || "none was computed"}.`;
  const text = Math.abs(score.value) >= 100 ? score.value.toFixed(1).replace("-", "\u2212") : score_text(score.value);
  return {
    content: [
      el(
        "span",
        { class: "value", tabindex: 0, "data-tip": `${row.model.tag} on ${row.dataset.name}: ${metric.title || metric.name} ${score_text(score.value)}. ${interval}` },
        is_best ? el("span", { class: "star", "aria-hidden": "true" }, "★") : null,
        text,
        is_best ? el("span", { class: "unseen" }, " (best)") : null,
      ),
    ],
    class: is_best ? "best" : "",
  };
}
