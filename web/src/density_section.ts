// What a model predicts of its own input: true against predicted value of every gene.
import { el, section, svg } from "./dom";
import { count_text, percent_text, plural, tick_step } from "./format";
import { mix, pixel_of } from "./palette";
import type { Density, GridAxis, Payload, Reconstruction, ReconstructionModel } from "./payload";

const SIDE = 320; // width of a plot, in its own units
const LEFT = 44;
const TOP = 8;

const LEADS: Record<string, string> = {
  rank:
    "Every gene of every cell, counted by the rank that it has and the rank that the model predicts for it. " +
    "Colours are logarithmic and the same for all models; on the diagonal both agree. Hover shows counts.",
  bin:
    "Every scored gene of every cell, counted by the expression bin that it has and the bin that the model predicts, from the gene's " +
    "own token (GEP) or given the cell embedding (GEPC). Colours are logarithmic and the same for all plots. Thick line: median " +
    "prediction of each true bin; thin: quartiles; dotted: 5 % and 95 %; diagonal: both agree; dashed: the mean bin, which knows " +
    "nothing of gene or cell. Hover shows counts.",
};

/** The models that predict ranks, or bins; null where there is none. */
export function density_section(payload: Payload, reconstruction: Reconstruction, target: "rank" | "bin"): HTMLElement | null {
  const models = reconstruction.models.filter((model) => (model.target || "rank") === target);
  if (models.length === 0) return null;
  const counts = models.flatMap((model) => model.densities.map((density) => density.counts));
  const most = counts.reduce((own, list) => list.reduce((a, b) => Math.max(a, b), own), 0);
  const plots = models.flatMap((model) =>
    (model.densities.length ? model.densities : [null]).map((density) => {
      const caption = caption_of(payload, model, density);
      const drawn = density !== null && density.counts.some((count) => count > 0);
      return drawn ? plot(reconstruction, model, density, most, caption) : el("figure", { class: "density" }, caption, el("p", { class: "quiet" }, "No gene was predicted."));
    }),
  );
  return section(
    target === "bin" ? "bins" : "density",
    `Predicted against true ${target}`,
    LEADS[target],
    ramp(reconstruction, most),
    el("div", { class: "densities" }, ...plots),
  );
}

function caption_of(payload: Payload, model: ReconstructionModel, density: Density | null): HTMLElement {
  const total = density ? density.counts.reduce((sum, count) => sum + count, 0) : 0;
  const own = model.cells[0];
  const scored = own ? `; ${count_text(own.n)} of ${plural(payload.n_cells, "cell")} scored` : "";
  const beyond = density && density.n_beyond > 0 ? `; ${plural(density.n_beyond, "prediction")} beyond the axis, at its edge` : "";
  return el("figcaption", {}, el("b", {}, model.tag), density?.name ? el("b", {}, density.name) : null, el("small", {}, `${plural(total, "gene")}${scored}${beyond}`));
}

/** Position of a count on the scale that runs from one to the largest. */
function place(count: number, most: number): number {
  return most > 1 ? Math.log(count) / Math.log(most) : 1;
}

function ramp_colour(colours: string[], share: number): string {
  const at = share * (colours.length - 1);
  const i = Math.min(Math.floor(at), colours.length - 2);
  return mix(colours[i], colours[i + 1], at - i);
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
function image_of(density: Density, colours: string[], most: number): string {
  const [n_true, n_predicted] = [density.truth.n_bins, density.predicted.n_bins];
  const canvas = el("canvas", { width: n_true, height: n_predicted });
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(n_true, n_predicted);
  const pixels = new Uint32Array(image.data.buffer);
  for (let truth = 0; truth < n_true; ++truth) {
    for (let predicted = 0; predicted < n_predicted; ++predicted) {
      const count = density.counts[truth * n_predicted + predicted];
      if (count > 0) pixels[(n_predicted - 1 - predicted) * n_true + truth] = pixel_of(ramp_colour(colours, place(count, most)));
    }
  }
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

/** Where values lie in a plot: a unit is as long on both axes. */
class Frame {
  readonly height: number;
  constructor(readonly density: Density) {
    const length = (axis: GridAxis) => axis.high - axis.low;
    this.height = SIDE * Math.min(2, Math.max(0.5, length(density.predicted) / length(density.truth)));
  }
  x(value: number): number {
    const { low, high } = this.density.truth;
    return LEFT + (SIDE * (value - low)) / (high - low);
  }
  y(value: number): number {
    const { low, high } = this.density.predicted;
    return TOP + this.height * (1 - (value - low) / (high - low));
  }
}

function plot(reconstruction: Reconstruction, model: ReconstructionModel, density: Density, most: number, caption: HTMLElement): HTMLElement {
  const frame = new Frame(density);
  const target = model.target || "rank";
  const root = svg("svg", {
    viewBox: `0 0 ${LEFT + SIDE + 12} ${TOP + frame.height + 44}`, role: "img",
    "aria-label": `Predicted against true ${target} of ${[model.tag, density.name].filter(Boolean).join(", ")}; figures/density.csv holds the counts`,
  });
  const image = svg("image", {
    x: LEFT, y: TOP, width: SIDE, height: frame.height, preserveAspectRatio: "none", href: image_of(density, reconstruction.ramp, most),
  });
  const field = svg("rect", {
    class: "field", width: SIDE / density.truth.n_bins, height: frame.height / density.predicted.n_bins, visibility: "hidden",
  });
  root.append(image, ...lines(frame), svg("rect", { class: "frame", x: LEFT, y: TOP, width: SIDE, height: frame.height }), field);
  root.append(...axes(frame, target));
  const idle = "Point at a field for its count.";
  const reading = el("p", { class: "reading hint" }, idle);
  root.addEventListener("pointermove", (event) => {
    const box = image.getBoundingClientRect();
    const truth = Math.floor(((event.clientX - box.left) / box.width) * density.truth.n_bins);
    const predicted = Math.floor(((box.bottom - event.clientY) / box.height) * density.predicted.n_bins);
    const inside = truth >= 0 && truth < density.truth.n_bins && predicted >= 0 && predicted < density.predicted.n_bins;
    field.setAttribute("visibility", inside ? "visible" : "hidden");
    if (!inside) {
      reading.textContent = idle;
      return;
    }
    field.setAttribute("x", String(frame.x(edge(density.truth, truth))));
    field.setAttribute("y", String(frame.y(edge(density.predicted, predicted + 1))));
    reading.textContent = reading_of(density, target, truth, predicted);
  });
  root.addEventListener("pointerleave", () => {
    field.setAttribute("visibility", "hidden");
    reading.textContent = idle;
  });
  return el("figure", { class: "density" }, caption, root, reading);
}

function edge(axis: GridAxis, i: number): number {
  return axis.low + ((axis.high - axis.low) * i) / axis.n_bins;
}

function reading_of(density: Density, target: string, truth: number, predicted: number): string {
  const n = density.predicted.n_bins;
  const count = density.counts[truth * n + predicted];
  const range = (axis: GridAxis, i: number, digits: number) => `${edge(axis, i).toFixed(digits)} to ${edge(axis, i + 1).toFixed(digits)}`;
  if (target !== "bin") return `${plural(count, "gene")}: true ${range(density.truth, truth, 3)}, predicted ${range(density.predicted, predicted, 3)}`;
  const all = density.counts.slice(truth * n, (truth + 1) * n).reduce((sum, own) => sum + own, 0);
  const bin = Math.round((edge(density.truth, truth) + edge(density.truth, truth + 1)) / 2);
  const share = all > 0 ? ` (${percent_text(count, all)} of true bin ${bin})` : "";
  const median = density.spreads[truth]?.[2];
  return (
    `${plural(count, "gene")}${share}: true bin ${bin}, predicted ${range(density.predicted, predicted, 1)}` +
    (median === undefined ? "" : `; median prediction ${median.toFixed(1)}`)
  ).replace(/-/g, "\u2212");
}

/** The diagonal and, of bins, mean bin, median, quartiles and range, each on a rim that sets it off. */
function lines(frame: Frame): SVGElement[] {
  const { truth, predicted, constant, spreads } = frame.density;
  const both = (d: string, name: string) => [svg("path", { class: `halo ${name}`, d }), svg("path", { class: name, d })];
  const [low, high] = [Math.max(truth.low, predicted.low), Math.min(truth.high, predicted.high)];
  const out = both(`M${frame.x(low)} ${frame.y(low)}L${frame.x(high)} ${frame.y(high)}`, "diagonal");
  if (constant !== null) out.push(...both(`M${LEFT} ${frame.y(constant).toFixed(2)}h${SIDE}`, "constant"));
  const names = ["range", "quartile", "median", "quartile", "range"];
  for (const k of [0, 4, 1, 3, 2]) {
    let path = "";
    let pen = "M";
    spreads.forEach((spread, t) => {
      if (spread) path += `${pen}${frame.x((edge(truth, t) + edge(truth, t + 1)) / 2).toFixed(2)} ${frame.y(spread[k]).toFixed(2)}h0`;
      pen = spread ? "L" : "M";
    });
    if (path) out.push(...both(path, names[k]));
  }
  return out;
}

function axes(frame: Frame, target: string): SVGElement[] {
  const out: SVGElement[] = [];
  const { truth, predicted } = frame.density;
  const ticks = (axis: GridAxis): number[] => {
    if (target !== "bin") return [0, 1, 2, 3, 4].map((i) => axis.low + ((axis.high - axis.low) * i) / 4);
    const step = tick_step(0.6 * (truth.high - truth.low));
    const list = [];
    for (let tick = Math.ceil(axis.low / step) * step; tick <= axis.high; tick += step) list.push(tick);
    return list;
  };
  const text = (value: number) => String(Number(value.toPrecision(3))).replace("-", "\u2212");
  for (const tick of ticks(truth)) out.push(svg("text", { class: "quiet", x: frame.x(tick), y: TOP + frame.height + 16, "text-anchor": "middle" }, text(tick)));
  for (const tick of ticks(predicted)) out.push(svg("text", { class: "quiet", x: LEFT - 6, y: frame.y(tick) + 4, "text-anchor": "end" }, text(tick)));
  out.push(
    svg("text", { x: LEFT + SIDE / 2, y: TOP + frame.height + 36, "text-anchor": "middle" }, `true ${target}`),
    svg("text", { x: 0, y: 0, "text-anchor": "middle", transform: `translate(11 ${TOP + frame.height / 2}) rotate(-90)` }, `predicted ${target}`),
  );
  return out;
}
