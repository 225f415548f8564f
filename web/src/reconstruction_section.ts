// What a model predicts of its own input: true against predicted value of every gene, and a score for every cell.
import { el, section, svg } from "./dom";
import { count_text, plural, score_text } from "./format";
import { mix, pixel_of, screen_colour } from "./palette";
import type { ColumnSummary, Density, Payload, Reconstruction, ReconstructionModel } from "./payload";

const SIDE = 320; // of a density plot, in its own units
const LEFT = 44;
const TOP = 8;
const ROW = 62; // height of a distribution
const WIDTH = 480;

export function density_section(payload: Payload, reconstruction: Reconstruction): HTMLElement {
  const most = reconstruction.models.reduce((own, model) => model.density.counts.reduce((a, b) => Math.max(a, b), own), 0);
  const target = reconstruction.target || "value";
  return section(
    "density",
    `Predicted against true ${target}`,
    `Every gene of every cell, counted by the ${target} that it has and the ${target} that the model predicts for it. ` +
      "Colours are logarithmic and the same for all models; on the diagonal both agree. Hover shows counts.",
    ramp(reconstruction, most),
    el(
      "div",
      { class: "densities" },
      ...reconstruction.models.map((model) => density_panel(payload, reconstruction, model, most, target)),
    ),
  );
}

/** Position of a count on the scale that runs from one to the largest. */
function place(count: number, most: number): number {
  return most > 1 ? Math.log(count) / Math.log(most) : 1;
}

function ramp_colour(ramp: string[], share: number): string {
  const at = share * (ramp.length - 1);
  const i = Math.min(Math.floor(at), ramp.length - 2);
  return mix(ramp[i], ramp[i + 1], at - i);
}

function ramp(reconstruction: Reconstruction, most: number): HTMLElement | null {
  if (most === 0) return null;
  const middle = Math.round(Math.sqrt(most));
  const ticks = [...new Set([1, middle, most])];
  return el(
    "div",
    { class: "density-ramp" },
    el("div", { class: "ramp", style: `background:linear-gradient(to right,${reconstruction.ramp.join(",")})` }),
    el("div", { class: "ramp-ticks" }, ...ticks.map((count) => el("span", {}, plural(count, "gene")))),
  );
}

/** The counts as an image, a pixel a field, transparent where there is none. */
function image_of(density: Density, ramp_colours: string[], most: number): string {
  const n = density.n_bins;
  const canvas = el("canvas", { width: n, height: n });
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(n, n);
  const pixels = new Uint32Array(image.data.buffer);
  for (let truth = 0; truth < n; ++truth) {
    for (let predicted = 0; predicted < n; ++predicted) {
      const count = density.counts[truth * n + predicted];
      if (count > 0) pixels[(n - 1 - predicted) * n + truth] = pixel_of(ramp_colour(ramp_colours, place(count, most)));
    }
  }
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

function density_panel(payload: Payload, reconstruction: Reconstruction, model: ReconstructionModel, most: number, target: string): HTMLElement {
  const { density } = model;
  const total = density.counts.reduce((sum, count) => sum + count, 0);
  const own = model.cells[0];
  const scored = own ? `; ${count_text(own.n)} of ${plural(payload.n_cells, "cell")} scored` : "";
  const caption = el("figcaption", {}, el("b", {}, model.tag), el("small", {}, `${plural(total, "gene")}${scored}`));
  if (total === 0) return el("figure", { class: "density" }, caption, el("p", { class: "quiet" }, "No gene was predicted."));

  const root = svg("svg", {
    viewBox: `0 0 ${LEFT + SIDE + 12} ${TOP + SIDE + 44}`, role: "img",
    "aria-label": `Predicted against true ${target} of ${model.tag}; figures/density.csv holds the counts`,
  });
  const plot = svg("image", {
    x: LEFT, y: TOP, width: SIDE, height: SIDE, preserveAspectRatio: "none", href: image_of(density, reconstruction.ramp, most),
  });
  const field = svg("rect", { class: "field", width: SIDE / density.n_bins, height: SIDE / density.n_bins, visibility: "hidden" });
  root.append(
    plot,
    svg("line", { class: "halo", x1: LEFT, y1: TOP + SIDE, x2: LEFT + SIDE, y2: TOP }),
    svg("line", { class: "diagonal", x1: LEFT, y1: TOP + SIDE, x2: LEFT + SIDE, y2: TOP }),
    svg("rect", { class: "frame", x: LEFT, y: TOP, width: SIDE, height: SIDE }),
    field,
  );
  for (let i = 0; i <= 4; ++i) {
    const text = String(Number((density.low + ((density.high - density.low) * i) / 4).toPrecision(3)));
    root.append(
      svg("text", { class: "quiet", x: LEFT + (SIDE * i) / 4, y: TOP + SIDE + 16, "text-anchor": "middle" }, text),
      svg("text", { class: "quiet", x: LEFT - 6, y: TOP + SIDE - (SIDE * i) / 4 + 4, "text-anchor": "end" }, text),
    );
  }
  root.append(
    svg("text", { x: LEFT + SIDE / 2, y: TOP + SIDE + 36, "text-anchor": "middle" }, `true ${target}`),
    svg("text", { x: 0, y: 0, "text-anchor": "middle", transform: `translate(11 ${TOP + SIDE / 2}) rotate(-90)` }, `predicted ${target}`),
  );
  const idle = "Point at a field for its count.";
  const reading = el("p", { class: "reading hint" }, idle);
  root.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    const n = density.n_bins;
    const truth = Math.floor(((event.clientX - box.left) / box.width) * n);
    const predicted = Math.floor(((box.bottom - event.clientY) / box.height) * n);
    const inside = truth >= 0 && truth < n && predicted >= 0 && predicted < n;
    field.setAttribute("visibility", inside ? "visible" : "hidden");
    if (!inside) {
      reading.textContent = idle;
      return;
    }
    field.setAttribute("x", String(LEFT + (truth * SIDE) / n));
    field.setAttribute("y", String(TOP + ((n - 1 - predicted) * SIDE) / n));
    const edge = (i: number) => (density.low + ((density.high - density.low) * i) / n).toFixed(3);
    reading.textContent =
      `${plural(density.counts[truth * n + predicted], "gene")}: true ${edge(truth)} to ${edge(truth + 1)}, ` +
      `predicted ${edge(predicted)} to ${edge(predicted + 1)}`;
  });
  root.addEventListener("pointerleave", () => {
    field.setAttribute("visibility", "hidden");
    reading.textContent = idle;
  });
  return el("figure", { class: "density" }, caption, root, reading);
}

export function distribution_section(payload: Payload, reconstruction: Reconstruction): HTMLElement | null {
  if (!reconstruction.models.some((model) => model.cells.length > 0)) return null;
  return section(
    "cells",
    "Cell by cell",
    "How the values of single cells spread, the model below the averages that it is compared with. Shapes: cells per bin; " +
      "box: quartiles, with the median as a line and the mean as a dot.",
    el("div", { class: "densities" }, ...reconstruction.models.map((model) => distribution_panel(payload, model))),
  );
}

function distribution_panel(payload: Payload, model: ReconstructionModel): HTMLElement {
  const rows = [...model.cells.slice(1), ...model.cells.slice(0, 1)];
  const height = rows.length * ROW + 24;
  const names = rows.map((row) => payload.metrics.find((metric) => metric.name === row.name)?.title || row.name);
  const root = svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "group", "aria-label": `Values per cell of ${model.tag}` });
  const { low, high } = rows[0] ?? { low: 0, high: 1 };
  const x_of = (value: number) => 10 + ((WIDTH - 20) * (value - low)) / (high - low);
  const step = high - low > 4 ? (high - low) / 4 : high - low > 1.5 ? 0.5 : 0.2;
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9; ++i) {
    root.append(
      svg("line", { class: i === 0 ? "grid zero" : "grid", x1: x_of(i * step), x2: x_of(i * step), y1: 0, y2: height - 20 }),
      svg("text", { class: "quiet", x: x_of(i * step), y: height - 4, "text-anchor": "middle" }, (i * step).toFixed(1).replace("-", "\u2212")),
    );
  }
  rows.forEach((row, i) => {
    const colour = i === rows.length - 1 ? screen_colour(model.colour) : "#8d969d";
    root.append(distribution(row, names[i], colour, x_of, i * ROW));
  });
  return el("figure", { class: "distribution" }, el("figcaption", {}, el("b", {}, model.tag)), root);
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
