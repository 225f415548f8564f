// Embeddings by metrics: sortable, the best of each column marked, shaded, with intervals and reasons.
import { choice, el, file_stem, save_file, section } from "./dom";
import { arrow, masked_text, plural, score_text } from "./format";
import { is_reconstruction, type MetricInfo, type Payload } from "./payload";
import type { DimsView, EmbeddingRow, ScoreBook, ScoreCell } from "./score_book";

const GROUP_TITLES: Record<string, string> = { bio: "Cell types kept apart", batch: "Batches mixed", reconstruction: "Reconstruction", bin_mse: "Squared error of bins", bin_mae: "Absolute error of bins", bin_mre: "Relative error of bins", other: "Other" };

interface Sorting {
  metric: MetricInfo | null; // null: by name
  descending: boolean;
}

export function score_section(payload: Payload, book: ScoreBook, on_view: (view: DimsView) => void): HTMLElement {
  let view: DimsView = "full";
  let sorting: Sorting | null = null;
  const holder = el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "Score table" });
  const draw = () => {
    const sort_by = (metric: MetricInfo | null) => {
      const same = sorting !== null && sorting.metric === metric;
      const first = metric !== null && metric.direction === "higher";
      sorting = { metric, descending: same ? !sorting!.descending : first };
      draw();
      holder.querySelector<HTMLElement>(`button[data-sort="${CSS.escape(metric?.name ?? "")}"]`)?.focus();
    };
    holder.replaceChildren(table(book, view, sorting, sort_by, is_reconstruction(payload) ? "Model" : "Embedding"));
  };
  draw();

  const tools = el("div", { class: "tools" });
  if (book.has_reduced) {
    tools.append(
      choice<DimsView>(
        "Dimensions",
        [
          { value: "full", text: "Full" },
          { value: "reduced", text: "Reduced" },
          { value: "both", text: "Both" },
        ],
        view,
        (chosen) => {
          view = chosen;
          draw();
          on_view(chosen);
        },
      ),
    );
  }
  const save = () =>
    save_file(`${file_stem(payload.dataset)}_scores.csv`, new Blob([book.csv(payload)], { type: "text/csv" }));
  tools.append(el("button", { type: "button", class: "button", click: save }, "Download CSV"));

  const conventions = book.conventions.join(", ") || "not stated";
  return section(
    "scores",
    "Scores",
    "",
    tools,
    holder,
    el(
      "p",
      { class: "note" },
      "Definitions: convention ",
      el("b", {}, conventions),
      ". Arrows show which direction is better. ",
      el("span", { class: "star" }, "★"),
      " marks the best value of a column",
      book.has_reduced ? ", apart for full and reduced dimensions" : "",
      book.has_masked ? ", apart for models that were shown all genes and for each share of masked ones" : "",
      "; darker means better within the column (differences below 0.1 of the metric's range stay pale). " +
        "Ranges under a value are 95 % intervals; where a metric has none, hover or focus says why.",
    ),
  );
}

function table(book: ScoreBook, view: DimsView, sorting: Sorting | null, sort_by: (metric: MetricInfo | null) => void, heading: string) {
  const rows = sorted_rows(book, book.visible_rows(view), sorting);
  const groups = [...new Set(book.metrics.map((metric) => metric.group))];
  const starts = new Set(groups.map((group) => book.metrics.find((metric) => metric.group === group)!.name));
  const aria_sort = (metric: MetricInfo | null) =>
    sorting && sorting.metric === metric ? (sorting.descending ? "descending" : "ascending") : "none";
  const marker = (metric: MetricInfo | null) => {
    const state = aria_sort(metric);
    return el("span", { class: "sort-mark", "aria-hidden": "true" }, state === "none" ? "" : state === "ascending" ? "▴" : "▾");
  };

  const head = el(
    "thead",
    {},
    el(
      "tr",
      { class: "groups" },
      el("td", {}),
      ...groups.map((group) =>
        el(
          "th",
          { scope: "colgroup", colspan: book.metrics.filter((metric) => metric.group === group).length, class: "group" },
          GROUP_TITLES[group] ?? group,
        ),
      ),
    ),
    el(
      "tr",
      {},
      el(
        "th",
        { scope: "col", "aria-sort": aria_sort(null), class: "name" },
        el("button", { type: "button", "data-sort": "", click: () => sort_by(null) }, heading, marker(null)),
      ),
      ...book.metrics.map((metric) =>
        el(
          "th",
          { scope: "col", "aria-sort": aria_sort(metric), class: starts.has(metric.name) ? "starts" : "" },
          el(
            "button",
            {
              type: "button",
              "data-sort": metric.name,
              "data-tip": `${metric.name}, ${metric.direction} is better. ${metric.definition}`,
              click: () => sort_by(metric),
            },
            el("span", { class: "metric-title" }, metric.title || metric.name),
            el(
              "span",
              { class: "direction" },
              el("span", { "aria-hidden": "true" }, arrow(metric.direction)),
              el("span", { class: "unseen" }, `${metric.direction} is better`),
              marker(metric),
            ),
          ),
        ),
      ),
    ),
  );
  const body = el(
    "tbody",
    {},
    ...rows.map((row) =>
      el(
        "tr",
        { "data-embedding": row.name },
        el(
          "th",
          { scope: "row", class: "name" },
          el("span", { class: row.reduced ? "swatch hollow" : "swatch", style: `--swatch:${row.colour}` }),
          el("span", { class: "row-name" }, row.name, row.dims > 0 ? el("small", {}, plural(row.dims, "dim")) : null, row.masked ? el("small", {}, `${masked_text(row.masked)} masked`) : null),
        ),
        ...book.metrics.map((metric) => score_cell(book, row, metric, starts.has(metric.name))),
      ),
    ),
  );
  return el("table", { class: "scores" }, el("caption", { class: "unseen" }, `Scores of every ${heading.toLowerCase()}`), head, body);
}

function sorted_rows(book: ScoreBook, rows: EmbeddingRow[], sorting: Sorting | null): EmbeddingRow[] {
  if (!sorting) return rows;
  const sign = sorting.descending ? -1 : 1;
  const { metric } = sorting;
  if (!metric) return [...rows].sort((a, b) => sign * a.name.localeCompare(b.name));
  const value = (row: EmbeddingRow) => book.cell(row, metric)?.value ?? null;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null); // undefined ones last, both ways
    return sign * (x - y);
  });
}

/** Position of a value in its column, 0 worst to 1 best; the column counts as at least a tenth of the range wide. */
function shade(book: ScoreBook, row: EmbeddingRow, metric: MetricInfo, value: number): number {
  const values = book.peers(metric, row);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const range = metric.highest === null || metric.lowest === null ? 0 : metric.highest - metric.lowest;
  const span = Math.max(high - low, 0.1 * range);
  const better = metric.direction === "higher" ? value - low : high - value;
  return span > 0 ? better / span : 0;
}

function score_cell(book: ScoreBook, row: EmbeddingRow, metric: MetricInfo, starts: boolean): HTMLElement {
  const cell = book.cell(row, metric);
  const edge = starts ? " starts" : "";
  if (!cell || cell.value === null) {
    const state = cell?.status === "failed" ? "failed" : "n/a";
    const reason = cell?.reason || (cell ? "no reason was recorded" : "not computed");
    return el(
      "td",
      { class: `undefined${edge}` },
      el("span", { class: "why", tabindex: 0, "data-tip": `${metric.title || metric.name}: ${reason}` }, state),
    );
  }
  const best = book.best(metric, row) === cell.value;
  const td = el("td", { class: `${best ? "best" : ""}${edge}`, style: `--shade:${shade(book, row, metric, cell.value).toFixed(3)}` });
  td.append(
    el(
      "span",
      { class: "value", tabindex: 0, "data-tip": describe(metric, cell) },
      best ? el("span", { class: "star", "aria-hidden": "true" }, "★") : null,
      score_text(cell.value),
      best ? el("span", { class: "unseen" }, " (best)") : null,
    ),
  );
  const range = cell.seed_range ?? (cell.low !== null && cell.high !== null ? [cell.low, cell.high] : null);
  if (range) {
    td.append(el("span", { class: "range" }, `${score_text(range[0])}\u2009–\u2009${score_text(range[1])}`));
  }
  return td;
}

function describe(metric: MetricInfo, cell: ScoreCell): string {
  const parts = [`${metric.title || metric.name} ${score_text(cell.value)} on ${plural(cell.n_cells, "cell")}.`];
  if (cell.seed_range) {
    parts.push(`Mean of ${cell.n_seeds} seeds; lowest ${score_text(cell.seed_range[0])}, highest ${score_text(cell.seed_range[1])}.`);
  } else if (cell.low !== null && cell.high !== null) {
    parts.push(`95 % interval ${score_text(cell.low)} to ${score_text(cell.high)}.`);
  } else {
    parts.push(`No interval${cell.reason ? `: ${cell.reason}` : ""}.`);
  }
  return parts.join(" ");
}
