// One value of a method on a data set, as every table of the study shows it.
import { el } from "../dom";
import { plural, score_text } from "../format";
import type { Cell } from "../data_table";
import type { StudyDataset, StudyValue } from "./payload";
import type { StudyBook } from "./study_book";

const THIN = "\u2009";

/** What hover and keyboard focus tell of a value. */
export function value_words(book: StudyBook, dataset: StudyDataset, value: StudyValue): string {
  const parts = [`${value.tag} on ${dataset.name}: ${book.metric_title()} ${score_text(value.mean)}, ${plural(value.n_cells, "cell")}, ${plural(value.dims, "dimension")}.`];
  if (value.sd !== null) {
    parts.push(`Mean of ${value.n_seeds} seeds, standard deviation ${score_text(value.sd)}, lowest ${score_text(value.lowest)}, highest ${score_text(value.highest)}.`);
  } else if (value.low !== null && value.high !== null) {
    parts.push(`95 % interval ${score_text(value.low)} to ${score_text(value.high)}.`);
  } else {
    parts.push("No interval and a single seed: its noise is not known.");
  }
  return parts.join(" ");
}

export function value_cell(book: StudyBook, dataset: StudyDataset, tag: string, best: number | null, shade: number): Cell {
  const value = book.value(dataset, tag);
  if (!value || value.mean === null) {
    const { state, reason } = book.why_missing(dataset, tag);
    return { content: [el("span", { class: "why", tabindex: 0, "data-tip": `${tag} on ${dataset.name}: ${reason}` }, state)], class: "undefined" };
  }
  const is_best = best !== null && value.mean === best;
  const content = [
    el(
      "span",
      { class: "value", tabindex: 0, "data-tip": value_words(book, dataset, value) },
      is_best ? el("span", { class: "star", "aria-hidden": "true" }, "★") : null,
      score_text(value.mean),
      is_best ? el("span", { class: "unseen" }, " (best)") : null,
    ),
  ];
  if (value.sd !== null) content.push(el("span", { class: "range" }, `±${THIN}${score_text(value.sd)}`));
  else if (value.low !== null && value.high !== null) content.push(el("span", { class: "range" }, `${score_text(value.low)}${THIN}–${THIN}${score_text(value.high)}`));
  return { content, class: is_best ? "best" : "", style: `--shade:${shade.toFixed(3)}` };
}

/** The best of some values; none where fewer than two are there or all are equal. */
export function best_of(values: (number | null)[], direction: "higher" | "lower"): number | null {
  const known = values.filter((own): own is number => own !== null);
  if (known.length < 2) return null;
  const best = direction === "higher" ? Math.max(...known) : Math.min(...known);
  return known.some((own) => own !== best) ? best : null;
}

/** Place of a value among others, 0 worst to 1 best; differences below a tenth of the metric's range stay pale. */
export function shade_of(value: number | null, values: (number | null)[], metric: StudyBook["metric"]): number {
  const known = values.filter((own): own is number => own !== null);
  if (value === null || known.length === 0) return 0;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const range = metric.highest === null || metric.lowest === null ? 0 : metric.highest - metric.lowest;
  const span = Math.max(high - low, 0.1 * range);
  return span > 0 ? (metric.direction === "higher" ? value - low : high - value) / span : 0;
}
