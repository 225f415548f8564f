// A table that sorts by any column and saves itself as CSV.
import { el, file_stem, save_file } from "./dom";
import { csv_field } from "./format";

export type Value = string | number | null;
export type Content = Node | string | null;

export interface Cell {
  content: Content[];
  class?: string;
  style?: string;
}

export interface Column<Row> {
  title: string; // one of a kind
  tip?: string;
  swatch?: string; // colour
  numeric?: boolean;
  best_first?: "high" | "low"; // what the first click brings to the top
  value: (row: Row) => Value; // for sorting and CSV
  cell?: (row: Row) => Cell | Content; // for people; else the value
}

export interface DataTable<Row> {
  element: HTMLElement;
  show: (columns: Column<Row>[], rows: Row[], footer?: HTMLElement) => void;
  save: () => void;
}

function is_cell(content: Cell | Content): content is Cell {
  return content !== null && typeof content === "object" && "content" in content;
}

function fill(tag: "td" | "th", column: Column<never>, content: Cell | Content): HTMLElement {
  const cell: Cell = is_cell(content) ? content : { content: [content] };
  const kind = [column.numeric ? "number" : "", cell.class ?? ""].filter(Boolean).join(" ");
  const element = el(tag, { class: kind || undefined, scope: tag === "th" ? "row" : undefined, style: cell.style });
  for (const part of cell.content) if (part) element.append(part);
  return element;
}

/** `name` is what a screen reader calls the table, and the file's name. The first column names the rows. */
export function data_table<Row>(name: string, file: string, class_name = "plain"): DataTable<Row> {
  const tall = class_name.includes("tall"); // scrolls in itself
  const holder = el("div", { class: tall ? "table-scroll tall-scroll" : "table-scroll", tabindex: 0, role: "region", "aria-label": name });
  let columns: Column<Row>[] = [];
  let rows: Row[] = [];
  let footer: HTMLElement | undefined;
  let sorted: { title: string; descending: boolean } | null = null;

  const in_order = (): Row[] => {
    const column = columns.find((own) => own.title === sorted?.title);
    if (!column) return rows;
    const sign = sorted!.descending ? -1 : 1;
    return [...rows].sort((a, b) => {
      const [x, y] = [column.value(a), column.value(b)];
      if (x === null || y === null) return Number(x === null) - Number(y === null); // what is missing comes last, both ways
      return sign * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en"));
    });
  };
  const sort_by = (column: Column<Row>) => {
    const first = column.best_first === "high";
    sorted = { title: column.title, descending: sorted?.title === column.title ? !sorted.descending : first };
    draw();
    holder.querySelectorAll<HTMLElement>("thead button")[columns.indexOf(column)]?.focus();
  };
  const draw = () => {
    const head = columns.map((column) => {
      const state = sorted?.title === column.title ? (sorted.descending ? "descending" : "ascending") : "none";
      const mark = state === "none" ? "" : state === "ascending" ? "▴" : "▾";
      return el(
        "th",
        { scope: "col", "aria-sort": state, class: column.numeric ? "number" : undefined },
        el(
          "button",
          { type: "button", "data-tip": column.tip, click: () => sort_by(column) },
          column.swatch ? el("span", { class: "swatch", style: `--swatch:${column.swatch}` }) : null,
          column.title,
          el("span", { class: "sort-mark", "aria-hidden": "true" }, mark),
        ),
      );
    });
    const body = in_order().map((row) =>
      el("tr", {}, ...columns.map((column, i) => fill(i === 0 ? "th" : "td", column as Column<never>, column.cell ? column.cell(row) : text_of(column.value(row))))),
    );
    holder.replaceChildren(
      el("table", { class: `${class_name} sortable` }, el("caption", { class: "unseen" }, name), el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...body), footer),
    );
  };
  return {
    element: holder,
    show: (next_columns, next_rows, next_footer) => {
      columns = next_columns;
      rows = next_rows;
      footer = next_footer;
      draw();
    },
    save: () => {
      const lines = [columns.map((column) => column.title), ...in_order().map((row) => columns.map((column) => column.value(row)))];
      save_file(`${file_stem(file)}.csv`, new Blob([lines.map((line) => line.map(csv_field).join(",")).join("\n") + "\n"], { type: "text/csv" }));
    },
  };
}

function text_of(value: Value): string {
  return value === null ? "" : String(value);
}

export function save_button(table: { save: () => void }): HTMLElement {
  return el("button", { type: "button", class: "button", click: table.save }, "Download CSV");
}
