// Every method against every other over the data sets.
import { el, section } from "../dom";
import { dims_picker, metric_picker } from "./controls";
import { data_table, save_button, type Column } from "../data_table";
import type { Comparison } from "./payload";
import type { StudyBook } from "./study_book";
import { comparison_columns } from "./verdict_section";

const ALL = "";

/** The same comparison told from the other side. */
function turned(own: Comparison): Comparison {
  return { ...own, a: own.b, b: own.a, median: own.median === null ? null : -own.median, n_better: own.n_worse, n_worse: own.n_better };
}

export function pairs_section(book: StudyBook): HTMLElement | null {
  if (book.payload.pairs.length === 0) return null;
  let first = ALL;
  const table = data_table<Comparison>("Methods in pairs", `${book.payload.title || "study"}_pairs`, "plain tall");
  const select = el("select", {
    "aria-label": "Compare",
    change: (event: Event) => {
      first = (event.target as HTMLSelectElement).value;
      draw();
    },
  });
  select.append(el("option", { value: ALL }, "every pair"), ...book.methods.map((method) => el("option", { value: method.tag }, `${method.tag} with the others`)));
  const none = el("p", { class: "quiet" }, "No two methods have this metric on a common data set.");
  const draw = () => {
    const all = book.payload.pairs.find((own) => own.metric === book.metric.name && own.reduced === book.reduced)?.rows ?? [];
    const rows = first === ALL ? all : all.filter((own) => own.a === first || own.b === first).map((own) => (own.a === first ? own : turned(own)));
    table.show(columns(book), rows);
    none.hidden = rows.length > 0;
    table.element.hidden = rows.length === 0;
  };
  book.subscribe(draw);
  draw();
  return section(
    "pairs",
    "Methods in pairs",
    "Differences first minus second over the data sets, in the direction in which more is better; each data set counts once. Below six data sets no p-value is given: " +
      "no outcome of a sign-flip test could reach 0.05.",
    el("div", { class: "tools" }, metric_picker(book), dims_picker(book), el("label", { class: "inline" }, "Compare", select), save_button(table)),
    table.element,
    none,
  );
}

function columns(book: StudyBook): Column<Comparison>[] {
  const named = (tag: string) => {
    const method = book.method(tag);
    return el("span", { class: "method-name" }, method ? el("span", { class: "swatch", style: `--swatch:${method.screen}` }) : null, tag);
  };
  return [
    { title: "First", value: (row) => row.a, cell: (row) => named(row.a) },
    { title: "Second", value: (row) => row.b, cell: (row) => named(row.b) },
    ...comparison_columns<Comparison>((row) => row),
    { title: "No value on", value: (row) => row.missing.join("; ") },
  ];
}
