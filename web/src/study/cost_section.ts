// What each method costs, and what it gives for that.
import { el, file_stem, save_file, section, svg } from "../dom";
import { bytes_text, count_text, score_text, seconds_text, tick_step } from "../format";
import { dims_picker, metric_picker } from "./controls";
import { data_table, save_button, type Column } from "../data_table";
import type { StudyCost, StudyDataset } from "./payload";
import { median_of, type Method, type StudyBook } from "./study_book";

const HEIGHT = 380;
const MARGIN = { left: 54, right: 24, top: 14, bottom: 46 };

interface CostRow extends StudyCost {
  dataset: StudyDataset;
}

/** One method in the chart. */
interface Mark {
  method: Method;
  seconds: number;
  value: number;
  n: number; // data sets that both medians rest on
}

export function cost_section(book: StudyBook): HTMLElement | null {
  const rows = book.payload.datasets.flatMap((dataset) => dataset.costs.map((cost): CostRow => ({ ...cost, dataset })));
  if (rows.length === 0) return null;
  const holder = el("div", { class: "cost-chart" });
  let width = 0;
  let dataset: StudyDataset | null = null;
  const draw = () => {
    if (width > 0) holder.replaceChildren(chart(book, marks_of(book, dataset), Math.min(width, 900)));
  };
  new ResizeObserver((entries) => {
    const measured = Math.floor(entries[0].contentRect.width);
    if (measured === width) return;
    width = measured;
    draw();
  }).observe(holder);
  book.subscribe(draw);
  const select = el("select", {
    "aria-label": "On",
    change: (event: Event) => {
      dataset = book.payload.datasets.find((own) => own.name === (event.target as HTMLSelectElement).value) ?? null;
      draw();
    },
  });
  select.append(el("option", { value: "" }, "median over data sets"), ...book.payload.datasets.map((own) => el("option", { value: own.name }, own.name)));
  const save = () => {
    const text = new XMLSerializer().serializeToString(chart(book, marks_of(book, dataset), 900, true));
    save_file(`${file_stem(book.payload.title || "study")}_cost.svg`, new Blob([text], { type: "image/svg+xml" }));
  };
  const table = data_table<CostRow>("Cost of each method", `${book.payload.title || "study"}_cost`, "plain tall");
  table.show(columns(book), rows);
  return section(
    "cost",
    "Quality against cost",
    "Time from counts to embedding, of methods with several seeds the mean over seeds, on the machine that the provenance names; medians over the data sets that have both. " +
      "Up and to the left is better.",
    el("div", { class: "tools" }, metric_picker(book), dims_picker(book), el("label", { class: "inline" }, "On", select), el("button", { type: "button", class: "button", click: save }, "Download SVG")),
    holder,
    el("div", { class: "table-head" }, el("h3", {}, "Seconds, cells per second and memory"), save_button(table)),
    table.element,
  );
}

function marks_of(book: StudyBook, dataset: StudyDataset | null): Mark[] {
  const datasets = dataset ? [dataset] : book.payload.datasets.filter((own) => own.counts);
  return book.methods.flatMap((method) => {
    const both = datasets.flatMap((own) => {
      const cost = own.costs.find((each) => each.tag === method.tag);
      const value = book.mean(own, method.tag);
      return cost && cost.seconds > 0 && value !== null ? [{ seconds: cost.seconds, value }] : [];
    });
    const [seconds, value] = [median_of(both.map((own) => own.seconds)), median_of(both.map((own) => own.value))];
    return seconds === null || value === null ? [] : [{ method, seconds, value, n: both.length }];
  });
}

function chart(book: StudyBook, marks: Mark[], width: number, alone = false): SVGSVGElement {
  const root = svg("svg", { xmlns: "http://www.w3.org/2000/svg", width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "group", "aria-label": `${book.view_text()} against seconds; the table below holds the seconds` });
  if (alone) {
    root.append(
      svg("style", {}, "text{font:12px sans-serif;fill:#1b2126}.quiet{fill:#5b656d}.grid{stroke:#dde1e4}"),
      svg("rect", { width, height: HEIGHT, fill: "#fff" }),
    );
  }
  if (marks.length === 0) {
    root.append(svg("text", { class: "quiet", x: 8, y: 24 }, "No method has both this metric and a cost here."));
    return root;
  }
  const logs = marks.map((mark) => Math.log10(mark.seconds));
  const [x0, x1] = [Math.floor(Math.min(...logs) - 0.05), Math.ceil(Math.max(...logs) + 0.05)];
  const values = marks.map((mark) => mark.value);
  const pad = Math.max(0.02, 0.12 * (Math.max(...values) - Math.min(...values)));
  const [y0, y1] = [Math.min(...values) - pad, Math.max(...values) + pad];
  const x_of = (seconds: number) => MARGIN.left + ((width - MARGIN.left - MARGIN.right) * (Math.log10(seconds) - x0)) / (x1 - x0);
  const up = book.metric.direction === "higher";
  const y_of = (value: number) => {
    const share = (value - y0) / (y1 - y0);
    return MARGIN.top + (HEIGHT - MARGIN.top - MARGIN.bottom) * (up ? 1 - share : share);
  };
  axes(root, book, { width, x0, x1, y0, y1, x_of, y_of });
  const taken: Box[] = marks.map((mark) => box_around(x_of(mark.seconds), y_of(mark.value)));
  for (const mark of marks) root.append(point(book, mark, x_of(mark.seconds), y_of(mark.value)));
  for (const mark of marks) {
    const name = label(mark.method.tag, x_of(mark.seconds), y_of(mark.value), width, taken);
    if (name) root.append(name);
  }
  return root;
}

interface Axes {
  width: number;
  x0: number;
  x1: number;
  y0: number;
  y1: number;
  x_of: (seconds: number) => number;
  y_of: (value: number) => number;
}

function axes(root: SVGSVGElement, book: StudyBook, { width, x0, x1, y0, y1, x_of, y_of }: Axes): void {
  const bottom = HEIGHT - MARGIN.bottom;
  const steps = x1 - x0 <= 2 ? [1, 2, 5] : [1]; // of each power of ten
  const powers = Array.from({ length: x1 - x0 + 1 }, (_, i) => 10 ** (x0 + i));
  for (const seconds of powers.flatMap((power) => steps.map((step) => step * power)).filter((own) => own <= powers[powers.length - 1])) {
    const x = x_of(seconds);
    root.append(
      svg("line", { class: "grid", x1: x, x2: x, y1: MARGIN.top, y2: bottom }),
      svg("text", { class: "quiet", x, y: bottom + 17, "text-anchor": x > width - MARGIN.right - 20 ? "end" : "middle" }, seconds < 1 ? seconds_text(seconds) : `${count_text(seconds)} s`),
    );
  }
  const step = tick_step(y1 - y0);
  const decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  for (let i = Math.ceil(y0 / step); i * step <= y1; ++i) {
    const y = y_of(i * step);
    root.append(
      svg("line", { class: "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y, y2: y }),
      svg("text", { class: "quiet", x: MARGIN.left - 7, y: y + 4, "text-anchor": "end" }, (i * step).toFixed(decimals).replace("-", "\u2212")),
    );
  }
  const side = book.metric.direction === "higher" ? "" : ", lower is better and above";
  root.append(
    svg("text", { x: (MARGIN.left + width - MARGIN.right) / 2, y: HEIGHT - 8, "text-anchor": "middle" }, "time of the embedding, logarithmic"),
    svg("text", { x: 0, y: 0, "text-anchor": "middle", transform: `translate(13 ${(MARGIN.top + bottom) / 2}) rotate(-90)` }, `${book.metric_title()}${side}`),
  );
}

function point(book: StudyBook, mark: Mark, x: number, y: number): SVGElement {
  const tip = `${mark.method.tag}: ${book.metric_title()} ${score_text(mark.value)} in ${seconds_text(mark.seconds)}${mark.n > 1 ? `, medians over ${mark.n} data sets` : ""}`;
  return svg("circle", {
    class: "mark", cx: x, cy: y, r: 6, fill: mark.method.control_of ? "var(--surface, #fff)" : mark.method.screen, stroke: mark.method.screen, "stroke-width": 2.5,
    tabindex: 0, role: "img", "aria-label": tip, "data-tip": tip,
  });
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function box_around(x: number, y: number): Box {
  return { left: x - 7, right: x + 7, top: y - 7, bottom: y + 7 };
}

/** A name beside its point, where it covers neither another name nor a point; else none, as hover tells it. */
function label(tag: string, x: number, y: number, width: number, taken: Box[]): SVGElement | null {
  const text = tag.length > 22 ? `${tag.slice(0, 21)}…` : tag;
  const length = 7 * text.length; // about, so that it is never longer
  const places: [number, number, string][] = [
    [x + 11, y + 4, "start"], [x - 11 - length, y + 4, "end"], [x - length / 2, y - 12, "middle"], [x - length / 2, y + 20, "middle"], [x + 9, y - 9, "start"], [x + 9, y + 17, "start"],
  ];
  for (const [left, base, anchor] of places) {
    const box = { left, right: left + length, top: base - 11, bottom: base + 4 };
    if (box.left < MARGIN.left || box.right > width - 2 || box.top < 0 || box.bottom > HEIGHT - MARGIN.bottom) continue;
    if (taken.some((own) => box.left < own.right && box.right > own.left && box.top < own.bottom && box.bottom > own.top)) continue;
    taken.push(box);
    const at = anchor === "start" ? left : anchor === "end" ? left + length : x;
    return svg("text", { x: at, y: base, "text-anchor": anchor, "aria-hidden": "true" }, text);
  }
  return null;
}

function columns(book: StudyBook): Column<CostRow>[] {
  const named = (tag: string) => el("span", { class: "method-name" }, el("span", { class: "swatch", style: `--swatch:${book.method(tag)?.screen ?? "#8d969d"}` }), tag);
  return [
    { title: "Method", value: (row) => row.tag, cell: (row) => named(row.tag) },
    { title: "Data set", value: (row) => row.dataset.name },
    { title: "Cells", numeric: true, best_first: "high", value: (row) => row.dataset.n_cells, cell: (row) => count_text(row.dataset.n_cells) },
    { title: "Seconds", numeric: true, value: (row) => row.seconds, cell: (row) => seconds_text(row.seconds) },
    { title: "Cells per second", numeric: true, best_first: "high", value: (row) => row.cells_per_second, cell: (row) => (row.cells_per_second > 0 ? count_text(row.cells_per_second) : "") },
    { title: "Peak memory so far", numeric: true, tip: "Largest resident size of the whole program up to the end of the embedding", value: (row) => row.peak_bytes, cell: (row) => bytes_text(row.peak_bytes) },
  ];
}
