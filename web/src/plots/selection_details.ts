// The cells inside a lasso: how many, of which groups, and ways on from there.
import { el, file_stem, save_file } from "../dom";
import { count_text, csv_field, percent_text, plural } from "../format";
import type { Groups, PlotData, PlotStore } from "./store";

const MOST = 8; // groups listed

export function make_selection_details(store: PlotStore, data: PlotData, zoom: () => void): HTMLElement {
  const output = el("div", { class: "selection-output", "aria-live": "polite" });
  const draw = () => {
    const { picked } = store;
    if (!picked) {
      output.replaceChildren(el("p", { class: "hint" }, "Drag with Shift held, or with \u201cSelect\u201d on, around cells to find them in every plot."));
      return;
    }
    const tools = el(
      "div",
      { class: "selection-tools" },
      el("button", { type: "button", class: "button", click: zoom }, "Zoom to them"),
      store.cell_names.length ? el("button", { type: "button", class: "button", click: () => save(store, data) }, "Save as CSV") : null,
      el("button", { type: "button", class: "button", click: () => store.set_picked(null) }, "Clear selection"),
    );
    output.replaceChildren(
      el("p", { class: "selection-count" }, `${plural(store.n_picked, "cell")} of ${count_text(store.n_points)} drawn`),
      ...[store.labels, store.batches].flatMap((groups, k) => (groups ? [shares(groups, picked, store.n_picked, k === 0 ? "Cell types" : "Batches")] : [])),
      tools,
    );
  };
  store.subscribe((change) => {
    if (change === "highlight") draw();
  });
  draw();
  return el("div", { class: "selection-details", role: "group", "aria-label": "Selected cells" }, el("div", { class: "legend-head" }, el("b", {}, "Selected cells")), output);
}

function shares(groups: Groups, picked: Uint8Array, total: number, title: string): HTMLElement {
  const counts = new Map<number, number>();
  for (let i = 0; i < picked.length; ++i) if (picked[i]) counts.set(groups.codes[i], (counts.get(groups.codes[i]) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const rest = sorted.slice(MOST).reduce((sum, [, count]) => sum + count, 0);
  const rows = sorted.slice(0, MOST).map(([code, count]): [string, number] => [groups.name(code), count]);
  if (rest > 0) rows.push([`${plural(sorted.length - MOST, "other")}`, rest]);
  return el(
    "table",
    { class: "plain" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, title), el("th", { scope: "col", class: "number" }, "Cells"), el("th", { scope: "col", class: "number" }, "Share"))),
    el(
      "tbody",
      {},
      ...rows.map(([name, count]) =>
        el("tr", {}, el("th", { scope: "row" }, name), el("td", { class: "number" }, count_text(count)), el("td", { class: "number" }, percent_text(count, total))),
      ),
    ),
  );
}

function save(store: PlotStore, data: PlotData): void {
  const lines = ["cell,label,batch"];
  store.picked!.forEach((own, i) => {
    if (!own) return;
    const group = (groups: Groups | null) => (groups && groups.codes[i] >= 0 ? groups.name(groups.codes[i]) : "");
    lines.push([store.cell_names[i], group(store.labels), group(store.batches)].map(csv_field).join(","));
  });
  save_file(`${file_stem(data.dataset)}_selected.csv`, new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
}
