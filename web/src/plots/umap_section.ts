// The linked UMAPs of one data set: a plot an embedding, one legend, one selection, one selected cell.
import { choice, el, section } from "../dom";
import { count_text, plural } from "../format";
import { on_theme_change } from "../theme";
import { make_cell_details } from "./cell_details";
import { make_legend } from "./legend";
import { make_painter } from "./painter";
import { ScatterPanel } from "./scatter_panel";
import { make_selection_details } from "./selection_details";
import { PlotStore, type ColourMode, type DragMode, type PlotData } from "./store";

const MODE_TEXT: Record<ColourMode, string> = { label: "Label", batch: "Batch", cluster: "Cluster", silhouette: "Silhouette" };

/** What stands above a plot. */
export interface PanelText {
  colour: string;
  note: string;
}

export interface LinkedUmaps {
  elements: HTMLElement[];
  store: PlotStore;
  renderer: string;
  draw_for_print: () => void;
}

export interface UmapSection {
  element: HTMLElement;
  store: PlotStore | null; // null: no embedding has coordinates
}

export function has_layout(data: PlotData): boolean {
  return data.n_points > 0 && data.embeddings.some((embedding) => embedding.x && embedding.y);
}

/** How many cells are drawn, and what a UMAP does not say. */
export function umap_lead(data: PlotData): string {
  const part =
    data.n_points < data.n_cells
      ? `The plots show ${count_text(data.n_points)} of ${plural(data.n_cells, "cell")}, drawn at random; scores rest on all. `
      : "";
  return `${part}Highlights, selected cells and the marked cell are the same in every plot; distances between far groups in a UMAP mean little.`;
}

const HANDS = "Wheel or pinch zooms, drag moves, Shift and drag selects, double click shows all.";

export function umap_section(data: PlotData, text_of: (tag: string) => PanelText): UmapSection {
  if (!has_layout(data)) {
    const why = data.embeddings.length ? "No UMAP was computed for this evaluation." : "There is no embedding to show.";
    return { element: section("umap", "UMAPs", why), store: null };
  }
  const umaps = linked_umaps(data, text_of);
  const element = section("umap", "UMAPs", umap_lead(data), ...umaps.elements);
  element.dataset.renderer = umaps.renderer;
  return { element, store: umaps.store };
}

export function linked_umaps(data: PlotData, text_of: (tag: string) => PanelText): LinkedUmaps {
  const store = new PlotStore(data);
  let painter = make_painter((replacement) => {
    painter = replacement;
    for (const panel of panels) panel.refresh(true);
  });
  const context = { store, painter: () => painter, dataset: data.dataset };
  const panels = store.embeddings.map((cells, position) => {
    const { colour, note } = text_of(cells.info.tag);
    return new ScatterPanel(context, cells, position, colour, note);
  });
  on_theme_change(() => panels.forEach((panel) => panel.refresh(true)));
  const zoom_to_picked = () => panels.forEach((panel) => panel.show_picked());
  const details = [make_selection_details(store, data, zoom_to_picked), ...(store.cell_names.length ? [make_cell_details(store)] : [])];
  const layout = el(
    "div",
    { class: "umap-layout" },
    el("div", { class: `panels count-${Math.min(4, panels.length)}` }, ...panels.map((panel) => panel.element)),
    el("aside", { class: "umap-side", "aria-label": "Legend and selected cells" }, make_legend(store), ...details),
  );
  return {
    elements: [umap_tools(store, panels), el("p", { class: "hint" }, HANDS), layout],
    store,
    renderer: painter.name,
    draw_for_print: () => panels.forEach((panel) => panel.draw_for_print()),
  };
}

function umap_tools(store: PlotStore, panels: ScatterPanel[]): HTMLElement {
  const modes = store.modes().map((value) => ({ value, text: MODE_TEXT[value] }));
  const size = el("input", {
    type: "range", min: -1.2, max: 1.2, step: 0.1, value: 0, "aria-label": "Point size",
    input: (event: Event) => store.set_style({ point_size: 2 ** Number((event.target as HTMLInputElement).value) }),
  });
  const box = (checked: boolean, act: (on: boolean) => void) =>
    el("input", { type: "checkbox", checked, change: (event: Event) => act((event.target as HTMLInputElement).checked) });
  const drags: { value: DragMode; text: string }[] = [{ value: "move", text: "Move" }, { value: "select", text: "Select" }];
  return el(
    "div",
    { class: "tools umap-tools" },
    modes.length ? choice<ColourMode>("Colour by", modes, store.mode, (mode) => store.set_mode(mode)) : null,
    choice<DragMode>("Drag", drags, store.drag, (drag) => store.set_style({ drag })),
    panels.length > 1 ? el("label", { class: "inline" }, box(true, (on) => store.set_linked(on)), "Move together") : null,
    el("label", { class: "inline" }, box(true, (on) => store.set_style({ show_names: on })), "Names"),
    el("label", { class: "inline" }, "Point size", size),
    el("button", { type: "button", class: "button", click: () => panels.forEach((panel) => panel.reset()) }, "Reset views"),
  );
}
