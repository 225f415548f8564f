// What a model's pretrained weights are worth over its own untrained network, or its genes over shuffled ones.
import { el, section } from "../dom";
import { score_text } from "../format";
import { dims_picker, metric_picker, variant_picker } from "./controls";
import { data_table, save_button, type Cell, type Column } from "../data_table";
import type { Comparison, StudyDataset } from "./payload";
import { median_of, type Method, type StudyBook } from "./study_book";
import { value_words } from "./value_cell";

interface Row {
  control: Method;
  of: Method;
}

const CONTROLS: Record<string, string> = { weights: "untrained weights", genes: "shuffled genes", values: "shuffled values" };

export function gain_section(book: StudyBook): HTMLElement | null {
  const rows = book.methods.flatMap((control): Row[] => {
    const of = control.control_of ? book.method(control.control_of) : undefined;
    return of ? [{ control, of }] : [];
  });
  if (rows.length === 0) return null;
  const table = data_table<Row>("Gain over controls", `${book.payload.title || "study"}_gain`);
  const draw = () => table.show(columns(book), rows);
  book.subscribe(draw);
  draw();
  return section(
    "gain",
    "Gain over untrained weights and other controls",
    "The model's value minus that of its control, in the direction in which more is better: what is left when the architecture alone is taken away. Above 0 the model is better.",
    el("div", { class: "tools" }, metric_picker(book), dims_picker(book), variant_picker(book), save_button(table)),
    table.element,
  );
}

function gain(book: StudyBook, dataset: StudyDataset, row: Row): number | null {
  const [own, control] = [book.mean(dataset, row.of.tag), book.mean(dataset, row.control.tag)];
  if (own === null || control === null) return null;
  return book.metric.direction === "higher" ? own - control : control - own;
}

function columns(book: StudyBook): Column<Row>[] {
  const datasets = book.datasets();
  const median = (row: Row) => median_of(book.counted().map((own) => gain(book, own, row)).filter((own): own is number => own !== null));
  const named = (method: Method) => el("span", { class: "method-name" }, el("span", { class: "swatch", style: `--swatch:${method.screen}` }), method.tag);
  return [
    { title: "Model", value: (row) => row.of.tag, cell: (row) => named(row.of) },
    { title: "Control", value: (row) => row.control.tag, cell: (row) => ({ content: [named(row.control), el("small", {}, CONTROLS[row.control.control] ?? row.control.control)] }) },
    { title: "Median gain", numeric: true, best_first: "high", value: median, cell: (row) => signed(median(row)) },
    { title: "Better, worse, within noise", tip: "Data sets, each once; see Methods in pairs", value: (row) => counts(book, row) },
    ...datasets.map((dataset): Column<Row> => ({
      title: `on ${dataset.name}`,
      numeric: true,
      best_first: "high",
      value: (row) => gain(book, dataset, row),
      cell: (row) => gain_cell(book, dataset, row),
    })),
  ];
}

function counts(book: StudyBook, row: Row): string {
  const rows = book.payload.pairs.find((own) => own.metric === book.metric.name && own.reduced === book.reduced)?.rows ?? [];
  const found = rows.find((own) => (own.a === row.of.tag && own.b === row.control.tag) || (own.b === row.of.tag && own.a === row.control.tag));
  if (!found) return "";
  const [better, worse] = found.a === row.of.tag ? [found.n_better, found.n_worse] : [found.n_worse, found.n_better];
  return `${better}, ${worse}, ${(found as Comparison).n_tied}`;
}

function signed(value: number | null): string {
  return value !== null && value > 0 ? `+${score_text(value)}` : score_text(value);
}

function gain_cell(book: StudyBook, dataset: StudyDataset, row: Row): Cell | string {
  const value = gain(book, dataset, row);
  if (value === null) return "";
  const [own, control] = [row.of, row.control].map((method) => book.value(dataset, method.tag)!);
  const tip = `${value_words(book, dataset, own)} ${value_words(book, dataset, control)}`;
  return { content: [el("span", { class: "value", tabindex: 0, "data-tip": tip }, signed(value))] };
}
