import { el, section } from "../dom";
import { figure_section } from "../figure_section";
import { bytes_text, seconds_text } from "../format";
import { citation_section, definitions_section, plain_table } from "../notes_section";
import { theme_button } from "../theme";
import { install_tooltip } from "../tooltip";
import { cost_section } from "./cost_section";
import { gain_section } from "./gain_section";
import { matrix_section, method_words } from "./matrix_section";
import { datasets_section, figure_files, losses_section } from "./notes";
import { pairs_section } from "./pairs_section";
import { read_study, type StudyPayload } from "./payload";
import { reconstruction_section } from "./reconstruction_section";
import { resolution_section } from "./resolution_section";
import { StudyBook } from "./study_book";
import { study_summary } from "./study_summary";
import { umaps_section } from "./umaps_section";
import { verdict_section } from "./verdict_section";

const SHORT: Record<string, string> = {
  findings: "Findings", overview: "Overview", pairs: "Pairs", umap: "UMAPs", resolution: "Resolution", gain: "Gain", cost: "Cost", data: "Data and files",
  losses: "Losses", definitions: "Definitions", run: "Run", cite: "Cite",
};

function main(): void {
  const payload = read_study();
  const book = new StudyBook(payload);
  document.title = `${payload.title || "Study"} · zerocell`;
  const has_values = payload.metrics.length > 0 && payload.datasets.length > 0;
  const metrics = [...payload.metrics, ...payload.reconstruction_metrics];
  const figures = figure_section({ dataset: payload.title || "study", figures: payload.figures });
  const links = figure_files(payload);
  if (figures && links) figures.append(links);
  const sections = [
    verdict_section(payload.findings),
    has_values ? matrix_section(book) : null,
    has_values ? pairs_section(book) : null,
    umaps_section(book),
    resolution_section(book),
    has_values ? gain_section(book) : null,
    has_values ? cost_section(book) : null,
    reconstruction_section(book),
    losses_section(book),
    datasets_section(payload),
    figures,
    metrics.length ? definitions_section({ metrics, conventions: payload.conventions }) : null,
    run_section(book, payload),
    citation_section(payload, { metrics }),
  ].filter((part): part is HTMLElement => part !== null);

  document.getElementById("report")!.append(
    el("a", { class: "skip", href: "#content" }, "Skip to the content"),
    el(
      "div",
      { class: "bar-top" },
      el("a", { class: "brand", href: "#top" }, "zerocell"),
      el("nav", { "aria-label": "Sections" }, ...sections.map((part) => el("a", { href: `#${part.id}` }, SHORT[part.id] ?? part.querySelector("h2")!.textContent!))),
      theme_button(),
    ),
    el("main", { id: "content" }, study_summary(book), ...sections),
    el("footer", {}, `Made by zerocell ${payload.version}. This file holds all of its data and fetches nothing; links lead to the files beside it.`),
  );
  install_tooltip();
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((own) => (own.open = true)));
}

function run_section(book: StudyBook, payload: StudyPayload): HTMLElement {
  return section(
    "run",
    "How it was made",
    "",
    ...(book.methods.length
      ? [
          el("h3", {}, "Methods"),
          plain_table(
            "Methods",
            ["Tag", "Method", "As the study gives it", "Seeds"],
            book.methods.map((method) => [method.tag, method.method, el("code", {}, method_words(method)), String(method.n_seeds)]),
            [3],
          ),
        ]
      : []),
    ...(payload.stages.length
      ? [
          el("h3", {}, "Cost of the study"),
          plain_table("Cost of the study", ["Stage", "Time", "Peak memory so far"], payload.stages.map((stage) => [stage.name, seconds_text(stage.seconds), bytes_text(stage.peak_bytes)]), [1, 2]),
        ]
      : []),
    ...(payload.provenance.length
      ? [el("h3", {}, "Provenance"), el("dl", { class: "provenance" }, ...payload.provenance.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))))]
      : []),
  );
}

main();
