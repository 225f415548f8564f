// Title, what the data set is, and the result in words.
import { el } from "./dom";
import { count_text, plural, score_text } from "./format";
import type { Payload } from "./payload";
import type { ScoreBook } from "./score_book";

export function summary_section(payload: Payload, book: ScoreBook): HTMLElement {
  const facts: [string, string, string][] = [
    ["Cells", count_text(payload.n_cells), ""],
    ["Genes", count_text(payload.n_genes), ""],
    ["Counts from", payload.counts_source || "none found", "text"],
  ];
  if (payload.labels) {
    const missing = payload.labels.n_missing;
    facts.push(["Cell types", count_text(payload.labels.categories.length), named(payload.label_name, missing)]);
  } else {
    facts.push(["Cell types", "none given", "text"]);
  }
  if (payload.batches) {
    const missing = payload.batches.n_missing;
    facts.push(["Batches", count_text(payload.batches.categories.length), named(payload.batch_name, missing)]);
  } else {
    facts.push(["Batches", "none given", "text"]);
  }
  facts.push(["Embeddings", count_text(payload.embeddings.length), ""]);

  return el(
    "header",
    { class: "summary", id: "top" },
    el("p", { class: "eyebrow" }, "Zero-shot evaluation of cell embeddings"),
    el("h1", {}, payload.title || payload.dataset || "Untitled data set"),
    payload.title && payload.title !== payload.dataset ? el("p", { class: "dataset-name" }, payload.dataset) : null,
    el(
      "dl",
      { class: "facts" },
      ...facts.map(([name, value, note]) =>
        el(
          "div",
          {},
          el("dt", {}, name),
          el("dd", { class: note === "text" ? "words" : "" }, value, note && note !== "text" ? el("small", {}, note) : null),
        ),
      ),
    ),
    ...findings(book),
  );
}

function named(column: string, missing: number): string {
  const source = `obs column ${column}`;
  return missing > 0 ? `${source}; ${plural(missing, "cell")} without` : source;
}

/** One sentence for each of the two questions that the scores answer. */
function findings(book: ScoreBook): HTMLElement[] {
  const sentence = (question: string, metrics: string[]): HTMLElement | null => {
    for (const name of metrics) {
      const won = book.winners(name);
      if (!won) continue;
      const names = won.rows.flatMap((row, i) => [
        i > 0 ? document.createTextNode(" and ") : document.createTextNode(""),
        el("b", {}, el("span", { class: "swatch", style: `--swatch:${row.colour}` }), row.name),
      ]);
      const range = won.rows.length === 1 ? book.cell(won.rows[0], won.metric) : undefined;
      const interval =
        range && range.low !== null && range.high !== null ? `, 95 % interval ${score_text(range.low)} to ${score_text(range.high)}` : "";
      return el(
        "p",
        {},
        `${question}: `,
        ...names,
        ` (${won.metric.title || won.metric.name} ${score_text(won.value)}${interval}).`,
      );
    }
    return null;
  };
  const lines = [
    sentence("Cell types are kept apart best by", ["avg_bio", "asw_label"]),
    sentence("Batches are mixed best by", ["avg_batch", "asw_batch"]),
  ].filter((line): line is HTMLParagraphElement => line !== null);
  if (lines.length === 0) return [];
  return [el("div", { class: "findings" }, ...lines)];
}
