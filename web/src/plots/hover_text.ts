// What is said of the cell under the pointer.
import { el } from "../dom";
import { score_text } from "../format";
import type { EmbeddingCells, PlotStore } from "./store";

export function hover_text(store: PlotStore, cells: EmbeddingCells, cell: number): HTMLElement[] {
  const rows: [string, string][] = [];
  if (store.labels) rows.push(["Label", store.labels.name(store.labels.codes[cell])]);
  if (store.batches) rows.push(["Batch", store.batches.name(store.batches.codes[cell])]);
  if (cells.clusters) rows.push(["Cluster", String(cells.clusters.codes[cell])]);
  if (cells.silhouette_label) rows.push(["Silhouette", score_text(cells.silhouette_label[cell])]);
  // Without names a cell has no number either: its place among the points drawn would only look like a row of the file.
  const name = store.cell_names[cell];
  return [
    ...(name === undefined ? [] : [el("b", {}, name)]),
    el("dl", {}, ...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
  ];
}
