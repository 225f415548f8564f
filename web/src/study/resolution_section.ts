// What choosing the best of 20 resolutions with the labels in hand adds to a score, against a fixed resolution.
import { el, section, svg } from "../dom";
import { score_text } from "../format";
import { variant_picker } from "./controls";
import { data_table, save_button, type Column } from "../data_table";
import type { StudyDataset } from "./payload";
import type { Method, StudyBook } from "./study_book";

const WIDTH = 150;

interface Row {
  method: Method;
  best: number | null;
  fixed: number | null;
  rank_best: number | null;
  rank_fixed: number | null;
}

export function resolution_section(book: StudyBook): HTMLElement | null {
  const pairs = ["nmi", "ari"].flatMap((name) => {
    const [best, fixed] = [name, `${name}_fixed`].map((own) => book.metrics.find((metric) => metric.name === own));
    return best && fixed ? [{ name, best, fixed }] : [];
  });
  if (pairs.length === 0) return null;
  let dataset: StudyDataset | null = null;
  const tables = pairs.map((pair) => ({ pair, table: data_table<Row>(`${pair.name.toUpperCase()}: best of 20 resolutions and a fixed one`, `resolution_${pair.name}`) }));
  const select = el("select", {
    "aria-label": "On",
    change: (event: Event) => {
      dataset = book.payload.datasets.find((own) => own.name === (event.target as HTMLSelectElement).value) ?? null;
      draw();
    },
  });
  select.append(el("option", { value: "" }, "median over data sets"), ...book.payload.datasets.map((own) => el("option", { value: own.name }, own.name)));
  const draw = () => {
    for (const { pair, table } of tables) table.show(columns(), rows_of(book, dataset, pair.best, pair.fixed));
  };
  book.subscribe(draw);
  draw();
  return section(
    "resolution",
    "Best of 20 resolutions against a fixed one",
    "NMI and ARI are those of the best of 20 Louvain partitions, chosen with the labels in hand. Beside them the same scores at resolution 1.0, where labels had no say: " +
      "filled dots the best, hollow ones the fixed resolution. A method whose rank falls owes its place to the choice.",
    el("div", { class: "tools" }, el("label", { class: "inline" }, "On", select), variant_picker(book)),
    ...tables.flatMap(({ pair, table }) => [
      el("div", { class: "table-head" }, el("h3", {}, pair.name.toUpperCase()), save_button(table)),
      table.element,
    ]),
  );
}

function rows_of(book: StudyBook, dataset: StudyDataset | null, best: StudyBook["metric"], fixed: StudyBook["metric"]): Row[] {
  const value = (tag: string, metric: StudyBook["metric"]) => (dataset ? book.mean(dataset, tag, metric, false) : book.median(tag, metric, false).value);
  const rows = book.methods.map((method): Row => ({ method, best: value(method.tag, best), fixed: value(method.tag, fixed), rank_best: null, rank_fixed: null }));
  const rank = (own: number | null, all: (number | null)[]) => (own === null ? null : 1 + all.filter((other) => other !== null && other > own).length);
  for (const row of rows) {
    row.rank_best = rank(row.best, rows.map((other) => other.best));
    row.rank_fixed = rank(row.fixed, rows.map((other) => other.fixed));
  }
  return rows.filter((row) => row.best !== null || row.fixed !== null);
}

function columns(): Column<Row>[] {
  const added = (row: Row) => (row.best === null || row.fixed === null ? null : row.best - row.fixed);
  return [
    { title: "Method", value: (row) => row.method.tag, cell: (row) => el("span", { class: "method-name" }, el("span", { class: "swatch", style: `--swatch:${row.method.screen}` }), row.method.tag) },
    { title: "0 to 1", value: (row) => row.best, cell: (row) => dumbbell(row), best_first: "high" },
    { title: "Best of 20", numeric: true, best_first: "high", value: (row) => row.best, cell: (row) => score_text(row.best) },
    { title: "At 1.0", numeric: true, best_first: "high", value: (row) => row.fixed, cell: (row) => score_text(row.fixed) },
    { title: "The choice adds", numeric: true, best_first: "high", value: added, cell: (row) => score_text(added(row)) },
    { title: "Rank, best of 20", numeric: true, value: (row) => row.rank_best },
    { title: "Rank, at 1.0", numeric: true, value: (row) => row.rank_fixed },
  ];
}

function dumbbell(row: Row): SVGElement {
  const x = (value: number) => 6 + (WIDTH - 12) * Math.min(1, Math.max(0, value));
  const root = svg("svg", { class: "dumbbell", width: WIDTH, height: 16, viewBox: `0 0 ${WIDTH} 16`, "aria-hidden": "true" });
  root.append(svg("line", { class: "grid", x1: x(0), x2: x(1), y1: 8, y2: 8 }));
  const colour = row.method.screen;
  if (row.best !== null && row.fixed !== null) root.append(svg("line", { x1: x(row.fixed), x2: x(row.best), y1: 8, y2: 8, stroke: colour, "stroke-width": 2.5 }));
  if (row.fixed !== null) root.append(svg("circle", { cx: x(row.fixed), cy: 8, r: 4, fill: "var(--surface)", stroke: colour, "stroke-width": 2 }));
  if (row.best !== null) root.append(svg("circle", { cx: x(row.best), cy: 8, r: 4.5, fill: colour }));
  return root;
}
