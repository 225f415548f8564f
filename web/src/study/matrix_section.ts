// Data sets by methods: one metric at a time.
import { choice, el, section } from "../dom";
import { plural, score_text } from "../format";
import { data_link } from "./links";
import { dims_picker, metric_picker, variant_picker } from "./controls";
import { data_table, save_button, type Column } from "../data_table";
import type { StudyDataset } from "./payload";
import type { Method, StudyBook } from "./study_book";
import { best_of, shade_of, value_cell } from "./value_cell";

type Order = "study" | "median";

export function matrix_section(book: StudyBook): HTMLElement {
  let order: Order = "study";
  const table = data_table<StudyDataset>("Data sets by methods", `${book.payload.title || "study"}_matrix`, "scores matrix");
  const note = el("p", { class: "note" });
  const draw = () => {
    const methods = in_order(book, order);
    const rows = book.datasets();
    table.show(columns(book, methods), rows, rows.length > 1 ? medians(book, methods) : undefined);
    note.replaceChildren(...note_parts(book));
  };
  book.subscribe(draw);
  draw();
  const orders: { value: Order; text: string }[] = [{ value: "study", text: "As in the study" }, { value: "median", text: "By median" }];
  return section(
    "overview",
    "All data sets and methods",
    "",
    el(
      "div",
      { class: "tools" },
      metric_picker(book),
      dims_picker(book),
      variant_picker(book),
      choice<Order>("Methods", orders, order, (chosen) => {
        order = chosen;
        draw();
      }),
      save_button(table),
    ),
    table.element,
    note,
  );
}

function in_order(book: StudyBook, order: Order): Method[] {
  if (order === "study") return book.methods;
  const sign = book.metric.direction === "higher" ? -1 : 1;
  const key = (method: Method) => book.median(method.tag).value;
  return [...book.methods].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return sign * (x - y);
  });
}

function columns(book: StudyBook, methods: Method[]): Column<StudyDataset>[] {
  const all = (dataset: StudyDataset) => book.methods.map((method) => book.mean(dataset, method.tag));
  return [
    {
      title: "Data set",
      value: (dataset) => dataset.name,
      cell: (dataset) => ({
        class: "name",
        content: [data_link(dataset), el("small", {}, [plural(dataset.n_cells, "cell"), dataset.variant === "whole" ? "" : dataset.variant].filter(Boolean).join(", "))],
      }),
    },
    ...methods.map((method): Column<StudyDataset> => ({
      title: method.tag,
      tip: method_words(method),
      swatch: method.screen,
      best_first: book.metric.direction === "higher" ? "high" : "low",
      value: (dataset) => book.mean(dataset, method.tag),
      cell: (dataset) => {
        const values = all(dataset);
        return value_cell(book, dataset, method.tag, best_of(values, book.metric.direction), shade_of(book.mean(dataset, method.tag), values, book.metric));
      },
    })),
  ];
}

export function method_words(method: Method): string {
  const control = method.control_of
    ? ` Control of ${method.control_of}${method.control ? `: ${method.control} random` : ""}.`
    : method.control ? ` A control: ${method.control} random.` : "";
  return `${method.spec || method.tag}${method.n_seeds > 1 ? `, ${method.n_seeds} seeds` : ""}.${control}`;
}

/** Medians over data sets; the best only among methods that have all of them. */
function medians(book: StudyBook, methods: Method[]): HTMLElement {
  const n = book.counted().length;
  const found = new Map(methods.map((method) => [method.tag, book.median(method.tag)]));
  const complete = [...found.values()].map((own) => (own.n === n ? own.value : null));
  const best = best_of(complete, book.metric.direction);
  const cells = methods.map((method) => {
    const own = found.get(method.tag)!;
    if (own.value === null) return el("td", { class: "undefined" }, "n/a");
    const is_best = own.n === n && own.value === best;
    const part = own.n < n ? el("span", { class: "range" }, `${own.n} of ${n}`) : null;
    return el(
      "td",
      { class: is_best ? "best" : undefined },
      el("span", { class: "value" }, is_best ? el("span", { class: "star", "aria-hidden": "true" }, "★") : null, score_text(own.value), is_best ? el("span", { class: "unseen" }, " (best)") : null),
      part,
    );
  });
  const whose = book.variants === "all" ? `${plural(n, "data set")}, each once` : plural(n, "data set");
  return el("tfoot", {}, el("tr", {}, el("th", { scope: "row", class: "name" }, "Median", el("small", {}, whose)), ...cells));
}

function note_parts(book: StudyBook): (Node | string)[] {
  const direction = `${book.metric.direction} is better`;
  const parts: (Node | string)[] = [
    el("b", {}, book.metric_title()),
    `: ${direction}. ${book.metric.definition} `,
    el("span", { class: "star" }, "★"),
    " marks the best method of a data set and the best median among methods that have a value on every data set; darker means better within the data set. ",
    "± is the standard deviation over seeds, a range the 95 % interval of a single seed. Medians of methods that lack data sets are not comparable.",
  ];
  if (book.reduced) parts.push(` In reduced dimensions, embeddings that have no more than ${book.payload.reduced.slice(3)} stand as they are.`);
  return parts;
}
