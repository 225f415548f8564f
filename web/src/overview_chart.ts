// Every metric on one line of its own, a dot with its 95 % interval for each embedding.
import { el, file_stem, save_file, section, svg } from "./dom";
import { arrow, score_text } from "./format";
import type { MetricInfo, Payload } from "./payload";
import type { DimsView, EmbeddingRow, ScoreBook } from "./score_book";

const LANE = 13; // height that one embedding takes inside a metric's row
const ROW_GAP = 14;
const GUTTER = 48; // between two charts side by side
const GROUP_TITLES: Record<string, string> = { bio: "Cell types kept apart", batch: "Batches mixed" };

export interface Overview {
  element: HTMLElement;
  set_view: (view: DimsView) => void;
}

export function overview_section(payload: Payload, book: ScoreBook): Overview {
  const holder = el("div", { class: "overview" });
  const legend = el("div", { class: "method-legend", role: "group", "aria-label": "Embeddings" });
  let view: DimsView = "full";
  let emphasised: string | null = null;
  let width = 0;

  const emphasise = (tag: string | null) => {
    emphasised = tag;
    for (const mark of holder.querySelectorAll<SVGElement>("[data-tag]")) {
      mark.classList.toggle("faded", tag !== null && mark.dataset.tag !== tag);
    }
    for (const button of legend.querySelectorAll<HTMLElement>("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.tag === tag));
    }
  };
  const draw = () => {
    if (width <= 0) return;
    const groups = [...new Set(book.metrics.map((metric) => metric.group))];
    const beside = width >= 900 && groups.length === 2;
    const parts = beside ? groups.map((group) => [group]) : [groups];
    const own_width = beside ? Math.floor((width - GUTTER) / 2) : Math.min(width, 900);
    const rows = book.visible_rows(view);
    holder.replaceChildren(...parts.map((part) => chart(book, rows, part, own_width)));
    emphasise(emphasised);
  };
  for (const tag of [...new Set(book.rows.map((row) => row.tag))]) {
    const colour = book.rows.find((row) => row.tag === tag)!.colour;
    legend.append(
      el(
        "button",
        {
          type: "button",
          "data-tag": tag,
          "aria-pressed": "false",
          click: () => emphasise(emphasised === tag ? null : tag),
        },
        el("span", { class: "swatch", style: `--swatch:${colour}` }),
        tag,
      ),
    );
  }
  new ResizeObserver((entries) => {
    const measured = Math.floor(entries[0].contentRect.width);
    if (measured === width) return;
    width = measured;
    draw();
  }).observe(holder);

  const save = () => {
    const groups = [...new Set(book.metrics.map((metric) => metric.group))];
    const drawing = chart(book, book.visible_rows(view), groups, 900, true);
    const text = new XMLSerializer().serializeToString(drawing);
    save_file(`${file_stem(payload.dataset)}_scores.svg`, new Blob([text], { type: "image/svg+xml" }));
  };
  const element = section(
    "overview",
    "All scores at a glance",
    "Dots are scores, lines their 95 % intervals where the metric has one. Hollow dots are reduced dimensions.",
    el("div", { class: "tools" }, legend, el("button", { type: "button", class: "button", click: save }, "Download SVG")),
    holder,
  );
  return {
    element,
    set_view: (chosen) => {
      view = chosen;
      draw();
    },
  };
}

/** Metrics within 0..1 share that axis, as wide as their values need; others have their own range, stated in the row. */
function chart(book: ScoreBook, rows: EmbeddingRow[], groups: string[], width: number, alone = false): SVGSVGElement {
  const narrow = width < 480;
  const left = narrow ? 8 : 168;
  const right = 14;
  const row_height = rows.length * LANE + ROW_GAP + (narrow ? 16 : 0);
  const heading = 30;
  const metrics = book.metrics.filter((metric) => groups.includes(metric.group));
  const height = 34 + groups.length * heading + metrics.length * row_height + 12;
  const root = svg("svg", {
    xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": "Dot plot of every score; the score table holds the same numbers",
  });
  if (alone) {
    root.append(
      svg("style", {}, "text{font:12px sans-serif;fill:#1b2126}.quiet{fill:#5b656d}.grid{stroke:#dde1e4}.group{font-weight:700}"),
      svg("rect", { width, height, fill: "#fff" }),
    );
  }
  const common = book.metrics.filter((metric) => metric.highest !== null && metric.highest <= 1 && metric.lowest !== null && metric.lowest >= -1);
  const lowest = Math.min(0, ...common.flatMap((metric) => rows.map((row) => extent(book, row, metric)[0])));
  const axis_low = lowest < 0 ? Math.floor(lowest * 10) / 10 : 0;
  const plot = width - left - right;
  const x_of = (value: number, low: number, high: number) => left + (plot * (value - low)) / (high - low || 1);
  const bottom = height - 26;
  const step = narrow ? 0.25 : plot < 560 ? 0.2 : 0.1;
  for (let i = Math.ceil(axis_low / step - 1e-9); i <= Math.round(1 / step); ++i) {
    const x = x_of(i * step, axis_low, 1);
    root.append(svg("line", { class: "grid", x1: x, x2: x, y1: 8, y2: bottom }));
    root.append(
      svg("text", { class: "quiet", x, y: bottom + 16, "text-anchor": i * step > 0.99 ? "end" : i * step <= axis_low + 1e-9 && narrow ? "start" : "middle" },
        (i * step).toFixed(narrow ? 2 : 1).replace("-", "\u2212")),
    );
  }
  let y = 10;
  for (const group of groups) {
    root.append(svg("text", { class: "group", x: narrow ? left : 0, y: y + 14 }, GROUP_TITLES[group] ?? group));
    y += heading;
    for (const metric of metrics.filter((candidate) => candidate.group === group)) {
      const shared = common.includes(metric);
      const [low, high] = shared ? [axis_low, 1] : [metric.lowest ?? 0, metric.highest ?? 1];
      const label = `${metric.title || metric.name} ${arrow(metric.direction)}`;
      const lanes = narrow ? y + 16 : y;
      const middle = lanes + (rows.length * LANE) / 2;
      root.append(
        svg("line", { class: "grid", x1: narrow ? left : 0, x2: width - right, y1: y - ROW_GAP / 2, y2: y - ROW_GAP / 2 }),
        narrow
          ? svg("text", { x: left, y: y + 9 }, label)
          : svg("text", { x: 0, y: middle + 4 }, label),
      );
      if (!shared) {
        root.append(svg("text", { class: "quiet", x: width - right, y: y + 3, "text-anchor": "end" }, `axis ${low} to ${high}`));
      }
      rows.forEach((row, lane) => {
        const mark = dot(book, row, metric, (value) => x_of(value, low, high), lanes + (lane + 0.5) * LANE);
        if (mark) root.append(mark);
      });
      y += row_height;
    }
  }
  return root;
}

function extent(book: ScoreBook, row: EmbeddingRow, metric: MetricInfo): [number, number] {
  const cell = book.cell(row, metric);
  if (!cell || cell.value === null) return [0, 0];
  return [cell.low ?? cell.seed_range?.[0] ?? cell.value, cell.high ?? cell.seed_range?.[1] ?? cell.value];
}

function dot(book: ScoreBook, row: EmbeddingRow, metric: MetricInfo, x_of: (value: number) => number, y: number) {
  const cell = book.cell(row, metric);
  if (!cell || cell.value === null) return null;
  const [low, high] = extent(book, row, metric);
  const interval = high > low ? ` (${score_text(low)} to ${score_text(high)})` : "";
  const group = svg("g", { "data-tag": row.tag, class: "mark" });
  group.append(svg("title", {}, `${row.name}: ${metric.title || metric.name} ${score_text(cell.value)}${interval}`));
  if (high > low) {
    group.append(
      svg("line", { x1: x_of(low), x2: x_of(high), y1: y, y2: y, stroke: row.colour, "stroke-width": 2.5, "stroke-linecap": "round", opacity: 0.55 }),
    );
  }
  group.append(
    svg("circle", {
      cx: x_of(cell.value), cy: y, r: 4.5, fill: row.reduced ? "var(--surface, #fff)" : row.colour, stroke: row.colour, "stroke-width": 2,
    }),
  );
  return group;
}
