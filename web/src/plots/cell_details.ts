// The selected cell: what is known of it, in every embedding. Also the way to find a cell by name.
import { el } from "../dom";
import { score_text } from "../format";
import type { PlotStore } from "./store";

export function make_cell_details(store: PlotStore): HTMLElement {
  const output = el("div", { class: "cell-output", "aria-live": "polite" });
  const message = el("p", { class: "hint" });
  const field = el("input", { type: "search", placeholder: "Find a cell by name", "aria-label": "Find a cell by name" });
  const find = (event: Event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    let found = store.cell_names.indexOf(text);
    if (found < 0) found = store.cell_names.findIndex((name) => name.includes(text));
    store.set_selected(found);
    if (found < 0) message.textContent = "No cell of that name is drawn.";
  };
  const draw = () => {
    const cell = store.selected;
    message.textContent = cell < 0 ? "Click a point to keep it marked in every plot." : "";
    output.replaceChildren(...(cell < 0 ? [] : facts(store, cell)));
  };
  store.subscribe((change) => {
    if (change === "cell") draw();
  });
  draw();
  return el(
    "div",
    { class: "cell-details", role: "group", "aria-label": "Selected cell" },
    el("div", { class: "legend-head" }, el("b", {}, "Selected cell")),
    el("form", { class: "find", submit: find }, field, el("button", { type: "submit", class: "button" }, "Find")),
    message,
    output,
  );
}

function facts(store: PlotStore, cell: number): HTMLElement[] {
  const rows: [string, string][] = [["Name", store.cell_names[cell] ?? String(cell)]];
  if (store.labels) rows.push(["Label", store.labels.name(store.labels.codes[cell])]);
  if (store.batches) rows.push(["Batch", store.batches.name(store.batches.codes[cell])]);
  const head = ["Embedding", "Cluster", "Silhouette", ...(store.batches ? ["over batches"] : [])];
  return [
    el("dl", {}, ...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    el(
      "table",
      { class: "plain" },
      el("thead", {}, el("tr", {}, ...head.map((name) => el("th", { scope: "col" }, name)))),
      el(
        "tbody",
        {},
        ...store.embeddings.map((embedding) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, embedding.info.tag),
            el("td", {}, embedding.clusters ? String(embedding.clusters.codes[cell]) : "–"),
            el("td", {}, score_text(embedding.silhouette_label?.[cell] ?? null)),
            store.batches ? el("td", {}, score_text(embedding.silhouette_batch?.[cell] ?? null)) : null,
          ),
        ),
      ),
    ),
  ];
}
