// What the tables and charts show: the same choice everywhere, whichever section it is made in.
import { choice, el } from "../dom";
import { arrow } from "../format";
import type { StudyBook, Variants } from "./study_book";

const GROUPS: Record<string, string> = { bio: "Cell types kept apart", batch: "Batches mixed" };

/** A list of the metrics that follows choices made elsewhere. */
export function metric_picker(book: StudyBook): HTMLElement {
  const select = el("select", {
    "aria-label": "Metric",
    change: (event: Event) => book.show({ metric: book.metrics.find((own) => own.name === (event.target as HTMLSelectElement).value)! }),
  });
  for (const group of [...new Set(book.metrics.map((metric) => metric.group))]) {
    const own = book.metrics.filter((metric) => metric.group === group);
    select.append(
      el("optgroup", { label: GROUPS[group] ?? group }, ...own.map((metric) => el("option", { value: metric.name }, `${metric.title || metric.name} ${arrow(metric.direction)}`))),
    );
  }
  const follow = () => (select.value = book.metric.name);
  book.subscribe(follow);
  follow();
  return el("label", { class: "inline" }, "Metric", select);
}

/** Full or reduced dimensions, following choices made elsewhere; null where there are no reduced ones. */
export function dims_picker(book: StudyBook): HTMLElement | null {
  if (!book.has_reduced) return null;
  const options = [
    { value: "full" as const, text: "Full" },
    { value: "reduced" as const, text: `Reduced (${book.payload.reduced.slice(3)})` },
  ];
  const field = choice<"full" | "reduced">("Dimensions", options, "full", (value) => book.show({ reduced: value === "reduced" }));
  book.subscribe(() => check(field, book.reduced ? "reduced" : "full"));
  return field;
}

/** Whole data sets, samples, those without overlap; null where there is one kind. */
export function variant_picker(book: StudyBook): HTMLElement | null {
  const present = new Set(book.payload.datasets.map((own) => own.variant));
  if (present.size < 2) return null;
  const names: [Variants, string][] = [["whole", "Whole"], ["sample", "Sample"], ["without overlap", "Without overlap"]];
  const options = [...names.filter(([value]) => present.has(value as never)), ["all", "All"] as [Variants, string]].map(([value, text]) => ({ value, text }));
  const field = choice<Variants>("Data sets", options, book.variants, (variants) => book.show({ variants }));
  book.subscribe(() => check(field, book.variants));
  return field;
}

function check(field: HTMLElement, value: string): void {
  for (const input of field.querySelectorAll("input")) input.checked = input.value === value;
}
