// Title, what the study is, and the findings in one line each.
import { el } from "../dom";
import { count_text, plural } from "../format";
import type { StudyBook } from "./study_book";
import { badge } from "./verdict_section";

export function study_summary(book: StudyBook): HTMLElement {
  const { payload } = book;
  const counted = payload.datasets.filter((own) => own.counts);
  const variants = payload.datasets.length - counted.length;
  const runs = book.methods.reduce((sum, method) => sum + method.n_seeds, 0);
  const facts: [string, string, string][] = [
    ["Data sets", count_text(counted.length), variants > 0 ? `and ${plural(variants, "variant")} of them` : ""],
    ["Cells", count_text(counted.reduce((sum, own) => sum + own.n_cells, 0)), ""],
    ["Methods", count_text(book.methods.length), runs > book.methods.length ? `${count_text(runs)} runs with seeds` : ""],
    ["Failures", count_text(payload.failures.length), ""],
  ];
  return el(
    "header",
    { class: "summary", id: "top" },
    el("p", { class: "eyebrow" }, "Zero-shot study of cell embeddings"),
    el("h1", {}, payload.title || "Untitled study"),
    el("dl", { class: "facts" }, ...facts.map(([name, value, note]) => el("div", {}, el("dt", {}, name), el("dd", {}, value, note ? el("small", {}, note) : null)))),
    payload.findings.length
      ? el("ol", { class: "findings verdict-lines" }, ...payload.findings.map((finding) => el("li", {}, badge(finding.verdict), el("a", { href: "#findings" }, finding.title))))
      : null,
  );
}
