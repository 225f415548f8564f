import { el } from "./dom";
import { density_section } from "./density_section";
import { distribution_section } from "./distribution_section";
import { figure_section } from "./figure_section";
import { label_section } from "./label_section";
import { citation_section, definitions_section, losses_section, run_section } from "./notes_section";
import { overview_section } from "./overview_chart";
import { score_text } from "./format";
import { is_reconstruction, read_payload } from "./payload";
import { umap_section, type PanelText } from "./plots/umap_section";
import { ScoreBook } from "./score_book";
import { score_section } from "./score_table";
import { seeds_section } from "./seeds_section";
import { RECONSTRUCTION_TITLE, summary_section } from "./summary";
import { theme_button } from "./theme";
import { install_tooltip } from "./tooltip";

function main(): void {
  const payload = read_payload();
  const book = new ScoreBook(payload);
  const name = payload.title || payload.dataset;
  const own_title = is_reconstruction(payload) ? [RECONSTRUCTION_TITLE, name].filter(Boolean).join(": ") : name || "Report";
  document.title = `${own_title} · zerocell`;

  const has_scores = book.metrics.length > 0 && book.rows.length > 0;
  const overview = has_scores && !is_reconstruction(payload) ? overview_section(payload, book) : null;
  const umap = is_reconstruction(payload) ? null : umap_section(payload, (tag) => panel_text(book, tag));
  const { reconstruction } = payload;
  const sections = [
    has_scores ? score_section(payload, book, (view) => overview?.set_view(view)) : null,
    overview?.element ?? null,
    seeds_section(payload),
    reconstruction && density_section(payload, reconstruction, "rank"),
    reconstruction && density_section(payload, reconstruction, "bin"),
    reconstruction && distribution_section(payload, reconstruction),
    umap?.element ?? null,
    label_section(payload, book, umap?.store ?? null),
    losses_section(payload),
    figure_section(payload),
    has_scores ? definitions_section(book) : null,
    run_section(payload),
    citation_section(payload, book),
  ].filter((part): part is HTMLElement => part !== null);

  const short: Record<string, string> = {
    overview: "Overview", density: "Ranks", bins: "Bins", cells: "Cells", losses: "Losses", definitions: "Definitions", run: "Run", cite: "Cite",
  };
  const links = sections.map((part) =>
    el("a", { href: `#${part.id}` }, short[part.id] ?? part.querySelector("h2")!.textContent!),
  );
  const page = document.getElementById("report")!;
  page.append(
    el("a", { class: "skip", href: "#content" }, "Skip to the content"),
    el(
      "div",
      { class: "bar-top" },
      el("a", { class: "brand", href: "#top" }, "zerocell"),
      el("nav", { "aria-label": "Sections" }, ...links),
      theme_button(),
    ),
    el(
      "main",
      { id: "content" },
      summary_section(payload, book),
      ...sections,
    ),
    el("footer", {}, `Made by zerocell ${payload.version}. This file holds all of its data and fetches nothing.`),
  );
  install_tooltip();
}

/** Colour of an embedding and the two scores that sum it up. */
function panel_text(book: ScoreBook, tag: string): PanelText {
  const row = book.rows.find((candidate) => candidate.name === tag)!;
  const scores = ["avg_bio", "avg_batch"].flatMap((name) => {
    const metric = book.metrics.find((candidate) => candidate.name === name);
    const value = metric && book.cell(row, metric)?.value;
    return metric && typeof value === "number" ? [`${metric.title || metric.name} ${score_text(value)}`] : [];
  });
  return { colour: row.colour, note: scores.join(" \u00b7 ") };
}

main();
