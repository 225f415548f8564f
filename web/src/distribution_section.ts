// How the scores of single cells spread, model and baselines on one axis.
import { el, section, svg } from "./dom";
import { plural, score_text, tick_step } from "./format";
import { screen_colour } from "./palette";
import type { ColumnSummary, Payload, Reconstruction, ReconstructionModel } from "./payload";

const ROW = 62; // height of a distribution
const WIDTH = 480;

export function distribution_section(payload: Payload, reconstruction: Reconstruction): HTMLElement | null {
  if (!reconstruction.models.some((model) => model.cells.length > 0)) return null;
  return section(
    "cells",
    "Cell by cell",
    "How the values of single cells spread, the model (in colour) below the averages that it is compared with. Shapes: cells per bin; " +
      "box: quartiles, with the median as a line and the mean as a dot.",
    el("div", { class: "densities" }, ...reconstruction.models.map((model) => distribution_panel(payload, model))),
  );
}

function distribution_panel(payload: Payload, model: ReconstructionModel): HTMLElement {
  const rows = [...model.cells.filter((row) => row.is_baseline), ...model.cells.filter((row) => !row.is_baseline)];
  const what = model.target === "bin" ? "mean squared error of a cell, less is better" : "correlation of a cell, more is better";
  const height = rows.length * ROW + 24;
  const names = rows.map((row) => payload.metrics.find((metric) => metric.name === row.name)?.title || row.name);
  const root = svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "group", "aria-label": `Values per cell of ${model.tag}` });
  const { low, high } = rows[0] ?? { low: 0, high: 1 };
  const x_of = (value: number) => 10 + ((WIDTH - 20) * (value - low)) / (high - low);
  const step = model.target === "bin" ? tick_step(high - low) : high - low > 4 ? (high - low) / 4 : high - low > 1.5 ? 0.5 : 0.2;
  const decimals = model.target === "bin" ? Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)) : 1;
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9; ++i) {
    root.append(
      svg("line", { class: i === 0 ? "grid zero" : "grid", x1: x_of(i * step), x2: x_of(i * step), y1: 0, y2: height - 20 }),
      svg("text", { class: "quiet", x: x_of(i * step), y: height - 4, "text-anchor": "middle" }, (i * step).toFixed(decimals).replace("-", "\u2212")),
    );
  }
  rows.forEach((row, i) => {
    const colour = row.is_baseline ? "#8d969d" : screen_colour(model.colour);
    root.append(distribution(row, names[i], colour, x_of, i * ROW));
  });
  return el("figure", { class: "distribution" }, el("figcaption", {}, el("b", {}, model.tag), el("small", {}, what)), root);
}

function distribution(row: ColumnSummary, name: string, colour: string, x_of: (value: number) => number, top: number): SVGElement {
  const q = row.quartiles;
  const missing = row.n_missing > 0 ? ` ${plural(row.n_missing, "cell")} without a value.` : "";
  const numbers = q ? `median ${score_text(q[2])}, mean ${score_text(row.mean)}` : "no cell has a value";
  const tip = q
    ? `${name}, ${plural(row.n, "cell")}: lowest ${score_text(q[0])}, quartiles ${score_text(q[1])}, ${score_text(q[2])}, ${score_text(q[3])}, highest ${score_text(q[4])}, mean ${score_text(row.mean)}.${missing}`
    : `${name}: no cell has a value.${missing}`;
  const group = svg("g", { "data-column": row.name });
  group.append(
    svg("text", { x: 10, y: top + 14, tabindex: 0, "data-tip": tip }, name, svg("tspan", { class: "quiet", dx: 8 }, numbers)),
  );
  if (!q) return group;
  const middle = top + 40;
  const most = Math.max(...row.counts);
  const edge = (i: number) => row.low + ((row.high - row.low) * i) / row.counts.length;
  row.counts.forEach((count, i) => {
    if (count === 0) return;
    const half = Math.max(0.5, (18 * count) / most);
    group.append(
      svg("rect", {
        x: x_of(edge(i)), width: x_of(edge(i + 1)) - x_of(edge(i)), y: middle - half, height: 2 * half, fill: colour, opacity: 0.55,
        "data-tip": `${score_text(edge(i))} to ${score_text(edge(i + 1))}: ${plural(count, "cell")}`,
      }),
    );
  });
  group.append(
    svg("line", { class: "ink", x1: x_of(q[0]), x2: x_of(q[4]), y1: middle, y2: middle }),
    svg("rect", { class: "ink box", x: x_of(q[1]), width: x_of(q[3]) - x_of(q[1]), y: middle - 5, height: 10, "data-tip": tip }),
    svg("line", { class: "ink median", x1: x_of(q[2]), x2: x_of(q[2]), y1: middle - 8, y2: middle + 8 }),
    svg("circle", { class: "ink box", cx: x_of(row.mean!), cy: middle, r: 2.5 }),
  );
  return group;
}
