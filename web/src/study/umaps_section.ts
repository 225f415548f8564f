// UMAPs of all methods side by side, a tab a data set.
import { el, section } from "../dom";
import { score_text } from "../format";
import { has_layout, linked_umaps, umap_lead, type LinkedUmaps } from "../plots/umap_section";
import type { PlotData } from "../plots/store";
import { data_link } from "./links";
import type { StudyDataset } from "./payload";
import type { StudyBook } from "./study_book";
import { make_tabs } from "./tabs";

export function umaps_section(book: StudyBook): HTMLElement | null {
  const plots = book.payload.datasets.map((own) => plot_data(own));
  const shown = book.payload.datasets.filter((_, d) => has_layout(plots[d]));
  if (shown.length === 0) return null;
  const made: LinkedUmaps[] = [];
  const build = (dataset: StudyDataset) => {
    const data = plots[book.payload.datasets.indexOf(dataset)];
    const umaps = linked_umaps(data, (tag) => text_of(book, dataset, tag));
    made.push(umaps);
    const without = book.methods.filter((method) => !data.embeddings.some((own) => own.tag === method.tag)).map((method) => method.tag);
    const missing = without.length ? [el("p", { class: "note" }, `Without a layout here: ${without.join(", ")}.`)] : [];
    return el("div", { "data-dataset": dataset.name, "data-renderer": umaps.renderer }, el("p", { class: "lead" }, umap_lead(data), " ", more(dataset)), ...umaps.elements, ...missing);
  };
  const tabs = make_tabs("Data set", shown.map((dataset) => ({ title: dataset.name, build: () => build(dataset) })));
  addEventListener("beforeprint", () => {
    tabs.show_all();
    for (const umaps of made) umaps.draw_for_print();
  });
  addEventListener("afterprint", tabs.show_one);
  return section("umap", "UMAPs", "Of a method with several seeds, the first.", tabs.element);
}

function more(dataset: StudyDataset): HTMLElement {
  const link = data_link(dataset);
  link.textContent = "Its own report";
  return el("span", {}, link, " has names, silhouettes and cell types.");
}

function plot_data(dataset: StudyDataset): PlotData {
  return { ...dataset, dataset: dataset.name, cell_names: [] };
}

function text_of(book: StudyBook, dataset: StudyDataset, tag: string) {
  const scores = ["avg_bio", "avg_batch"].flatMap((name) => {
    const metric = book.metrics.find((own) => own.name === name);
    const value = metric && book.mean(dataset, tag, metric, false);
    return typeof value === "number" ? [`${book.metric_title(metric)} ${score_text(value)}`] : [];
  });
  return { colour: book.method(tag)?.screen ?? "#8d969d", note: scores.join(" \u00b7 ") };
}
