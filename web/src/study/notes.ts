// What was lost, what failed, what the files are and where the numbers come from.
import { el, section } from "../dom";
import { count_text, percent_text, plural } from "../format";
import { plain_table } from "../notes_section";
import { data_table, save_button, type Column } from "../data_table";
import { data_link, file_link } from "./links";
import type { StudyDataset, StudyLoss, StudyPayload } from "./payload";
import type { StudyBook } from "./study_book";

export function datasets_section(payload: StudyPayload): HTMLElement {
  const table = data_table<StudyDataset>("Data sets", `${payload.title || "study"}_data_sets`);
  const columns: Column<StudyDataset>[] = [
    { title: "Data set", value: (row) => row.name, cell: (row) => data_link(row) },
    { title: "Cells", numeric: true, best_first: "high", value: (row) => row.n_cells, cell: (row) => count_text(row.n_cells) },
    { title: "Genes", numeric: true, best_first: "high", value: (row) => row.n_genes, cell: (row) => count_text(row.n_genes) },
    { title: "Labels", numeric: true, best_first: "high", value: (row) => row.labels?.categories.length ?? null },
    { title: "Batches", numeric: true, best_first: "high", value: (row) => row.batches?.categories.length ?? null },
    { title: "Label column", value: (row) => row.label_name },
    { title: "Batch column", value: (row) => row.batch_name },
    { title: "Counts from", value: (row) => row.counts_source },
    { title: "Part", value: (row) => (row.variant === "whole" ? "whole" : `${row.variant}${row.variant_of ? ` of ${row.variant_of}` : ""}`) },
    { title: "Files", value: (row) => row.folder, cell: (row) => (row.folder ? { content: files(row), class: "files" } : "") },
  ];
  table.show(columns, payload.datasets);
  const none = payload.datasets.length === 0;
  return section(
    "data",
    "Data sets and files",
    none ? "No data set was finished." : "",
    ...(none ? [] : [el("div", { class: "tools" }, save_button(table)), table.element]),
    el("p", { class: "study-files" }, "Of the whole study: ", file_link("scores.csv", "scores.csv"), " (every score of every data set), ", file_link("results.json", "results.json"), " (all of it, with provenance)."),
  );
}

function files(dataset: StudyDataset): Node[] {
  return ["report.html", "scores.csv", "results.json", "cells.h5ad"].map((name) => file_link(name, dataset.folder, name));
}

/** Where the files of a figure lie; shown below the figures themselves. */
export function figure_files(payload: StudyPayload): HTMLElement | null {
  if (payload.figures.length === 0) return null;
  return el(
    "ul",
    { class: "figure-files" },
    ...payload.figures.map((figure) => el("li", {}, figure.caption || figure.name, ": ", ...["svg", "png", "pdf", "csv"].map((ending) => file_link(ending.toUpperCase(), "figures", `${figure.name}.${ending}`)))),
  );
}

interface LossRow extends StudyLoss {
  dataset: StudyDataset;
}

export function losses_section(book: StudyBook): HTMLElement {
  const { payload } = book;
  const rows = payload.datasets.flatMap((dataset) => dataset.losses.map((loss): LossRow => ({ ...loss, dataset })));
  const parts: HTMLElement[] = [];
  if (payload.failures.length) {
    parts.push(
      el("h3", {}, "What could not be computed"),
      plain_table("What could not be computed", ["Data set", "Method", "Task", "Why"], payload.failures.map((own) => [own.dataset, own.tag || "all", own.task, own.message])),
    );
  }
  const warnings: [string, string][] = [...payload.warnings.map((text): [string, string] => ["", text]), ...payload.datasets.flatMap((own) => own.warnings.map((text): [string, string] => [own.name, text]))];
  if (warnings.length) {
    parts.push(el("h3", {}, "Warnings"), el("ul", { class: "warnings" }, ...warnings.map(([where, text]) => el("li", {}, where ? el("b", {}, `${where}: `) : null, text))));
  }
  if (rows.length) {
    const table = data_table<LossRow>("What was left out", `${payload.title || "study"}_losses`, "plain tall");
    table.show(loss_columns(), rows);
    parts.push(el("div", { class: "table-head" }, el("h3", {}, "What each method did not see"), save_button(table)), table.element);
  }
  const undefined_scores = payload.datasets.flatMap((dataset) => dataset.undefined.map((score) => [dataset.name, score.embedding, score.metric, score.status.replace("_", " "), score.reason]));
  if (undefined_scores.length) {
    parts.push(
      el("details", { class: "evidence" }, el("summary", {}, `${plural(undefined_scores.length, "score")} without a value`), plain_table("Scores without a value", ["Data set", "Embedding", "Metric", "Status", "Why"], undefined_scores)),
    );
  }
  return section("losses", "Losses, failures and warnings", parts.length ? "" : "Nothing was left out, nothing failed, and there was no warning.", ...parts);
}

function loss_columns(): Column<LossRow>[] {
  return [
    { title: "Data set", value: (row) => row.dataset.name },
    { title: "Method", value: (row) => row.tag || "data set" },
    { title: "Task", value: (row) => row.task },
    { title: "What", value: (row) => row.what },
    { title: "Lost", numeric: true, best_first: "high", value: (row) => row.lost, cell: (row) => count_text(row.lost) },
    { title: "Of", numeric: true, best_first: "high", value: (row) => row.total, cell: (row) => count_text(row.total) },
    { title: "Share", numeric: true, best_first: "high", value: (row) => (row.total > 0 ? row.lost / row.total : null), cell: (row) => percent_text(row.lost, row.total) },
    { title: "Why", value: (row) => row.reason },
  ];
}
