// The linked UMAPs: one plot an embedding, one legend, one selected cell.
import { choice, el, section } from "../dom";
import { count_text, plural, score_text } from "../format";
import type { Payload } from "../payload";
import type { ScoreBook } from "../score_book";
import { on_theme_change } from "../theme";
import { make_cell_details } from "./cell_details";
import { make_legend } from "./legend";
import { make_painter } from "./painter";
import { ScatterPanel } from "./scatter_panel";
import { PlotStore, type ColourMode } from "./store";

const MODE_TEXT: Record<ColourMode, string> = { label: "Label", batch: "Batch", cluster: "Cluster", silhouette: "Silhouette" };

export interface UmapSection {
  element: HTMLElement;
  store: PlotStore | null; // null: no embedding has coordinates
}

export function umap_section(payload: Payload, book: ScoreBook): UmapSection {
  if (!payload.embeddings.some((embedding) => embedding.x && embedding.y) || payload.n_points === 0) {
    const why = payload.embeddings.length ? "No UMAP was computed for this evaluation." : "There is no embedding to show.";
    return { element: section("umap", "UMAPs", why), store: null };
  }
  const store = new PlotStore(payload);
  let painter = make_painter((replacement) => {
    painter = replacement;
    for (const panel of panels) panel.refresh(true);
  });
  const context = { store, painter: () => painter, dataset: payload.dataset };
  const panels = store.embeddings.map((cells, position) => {
    const row = book.rows.find((candidate) => candidate.name === cells.info.tag)!;
    const scores = ["avg_bio", "avg_batch"].flatMap((name) => {
      const metric = book.metrics.find((candidate) => candidate.name === name);
      const value = metric && book.cell(row, metric)?.value;
      return metric && typeof value === "number" ? [`${metric.title || metric.name} ${score_text(value)}`] : [];
    });
    return new ScatterPanel(context, cells, position, row.colour, scores.join(" · "));
  });
  on_theme_change(() => panels.forEach((panel) => panel.refresh(true)));

  const modes = store.modes().map((value) => ({ value, text: MODE_TEXT[value] }));
  const size = el("input", {
    type: "range", min: -1.2, max: 1.2, step: 0.1, value: 0, "aria-label": "Point size",
    input: (event: Event) => store.set_style({ point_size: 2 ** Number((event.target as HTMLInputElement).value) }),
  });
  const names = el("input", {
    type: "checkbox", checked: true,
    change: (event: Event) => store.set_style({ show_names: (event.target as HTMLInputElement).checked }),
  });
  const tools = el(
    "div",
    { class: "tools umap-tools" },
    modes.length ? choice<ColourMode>("Colour by", modes, store.mode, (mode) => store.set_mode(mode)) : null,
    el("label", { class: "inline" }, names, "Names"),
    el("label", { class: "inline" }, "Point size", size),
    el("button", { type: "button", class: "button", click: () => panels.forEach((panel) => panel.reset()) }, "Reset views"),
  );
  const part =
    payload.n_points < payload.n_cells
      ? `The plots show ${count_text(payload.n_points)} of ${plural(payload.n_cells, "cell")}, drawn at random; scores rest on all. `
      : "";
  const lead =
    `${part}Wheel or pinch zooms, drag moves, double click shows all. Highlights and the marked cell are the same in every plot; ` +
    "distances between far groups in a UMAP mean little.";
  const element = section(
    "umap",
    "UMAPs",
    lead,
    tools,
    el(
      "div",
      { class: "umap-layout" },
      el("div", { class: `panels count-${Math.min(4, panels.length)}` }, ...panels.map((panel) => panel.element)),
      el("aside", { class: "umap-side", "aria-label": "Legend and selected cell" }, make_legend(store), make_cell_details(store)),
    ),
  );
  element.dataset.renderer = painter.name;
  return { element, store };
}
