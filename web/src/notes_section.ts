// What was lost and what the program warned of; what the run cost; where the numbers come from.
import { el, section } from "./dom";
import { arrow, bytes_text, count_text, percent_text, seconds_text } from "./format";
import { is_reconstruction, type Loss, type MetricInfo, type Payload, type Stage } from "./payload";
import type { ScoreBook } from "./score_book";

export function plain_table(label: string, head: string[], rows: (string | Node)[][], numeric: number[] = []): HTMLElement {
  const kind = (column: number) => (numeric.includes(column) ? "number" : "");
  return el(
    "div",
    { class: "table-scroll", tabindex: 0, role: "region", "aria-label": label },
    el(
      "table",
      { class: "plain" },
      el("thead", {}, el("tr", {}, ...head.map((name, i) => el("th", { scope: "col", class: kind(i) }, name)))),
      el(
        "tbody",
        {},
        ...rows.map((row) =>
          el("tr", {}, ...row.map((value, i) => (i === 0 ? el("th", { scope: "row" }, value) : el("td", { class: kind(i) }, value)))),
        ),
      ),
    ),
  );
}

export function losses_section(payload: Payload): HTMLElement {
  const losses: [string, Loss][] = [
    ...payload.losses.map((loss): [string, Loss] => ["data set", loss]),
    ...payload.embeddings.flatMap((embedding) => embedding.losses.map((loss): [string, Loss] => [embedding.tag, loss])),
  ];
  const undefined_scores = payload.scores.filter((score) => score.status !== "ok");
  const parts: HTMLElement[] = [];
  if (payload.warnings.length) {
    parts.push(el("h3", {}, "Warnings"), el("ul", { class: "warnings" }, ...payload.warnings.map((text) => el("li", {}, text))));
  }
  if (losses.length) {
    parts.push(
      el("h3", {}, "Left out"),
      plain_table(
        "What was left out",
        ["Where", "What", "Lost", "Of", "Share", "Why"],
        losses.map(([where, loss]) => [
          where, loss.what, count_text(loss.lost), count_text(loss.total), percent_text(loss.lost, loss.total), loss.reason,
        ]),
        [2, 3, 4],
      ),
    );
  }
  if (undefined_scores.length) {
    parts.push(
      el("h3", {}, "Scores without a value"),
      plain_table(
        "Scores without a value",
        [is_reconstruction(payload) ? "Model" : "Embedding", "Metric", "Status", "Why"],
        undefined_scores.map((score) => [score.embedding, score.metric, score.status.replace("_", " "), score.reason]),
      ),
    );
  }
  const lead = parts.length ? "" : "Nothing was left out, no score lacks a value, and there was no warning.";
  return section("losses", "Losses and warnings", lead, ...parts);
}

function range_text({ lowest, highest }: MetricInfo): string {
  if (lowest === null) return highest === null ? "any number" : `at most ${highest}`;
  return highest === null ? `${lowest} or more` : `${lowest} to ${highest}`;
}

export function definitions_section(book: Pick<ScoreBook, "metrics" | "conventions">): HTMLElement {
  const entry = (metric: MetricInfo) =>
    el(
      "div",
      { class: "definition", id: `metric-${metric.name}` },
      el("dt", {}, metric.title || metric.name, " ", el("code", {}, metric.name)),
      el(
        "dd",
        {},
        metric.definition || "No definition was recorded.",
        el(
          "small",
          {},
          `${arrow(metric.direction)} ${metric.direction} is better, ${range_text(metric)}`,
          metric.source ? `. Source: ${metric.source}` : "",
        ),
      ),
    );
  return section(
    "definitions",
    "How each metric is defined",
    book.conventions.length ? `As computed here, convention ${book.conventions.join(", ")}.` : "",
    el("dl", { class: "definitions" }, ...book.metrics.map(entry)),
  );
}

export function run_section(payload: Payload): HTMLElement {
  const costs: [string, Stage][] = [
    ...payload.stages.map((stage): [string, Stage] => ["data set", stage]),
    ...payload.embeddings.flatMap((embedding) => embedding.stages.map((stage): [string, Stage] => [embedding.tag, stage])),
  ];
  const longest = Math.max(...costs.map(([, stage]) => stage.seconds), 1e-9);
  const bar = (seconds: number) => el("span", { class: "bar", style: `--share:${((100 * seconds) / longest).toFixed(1)}%` }, seconds_text(seconds));
  const models = is_reconstruction(payload);
  const heading = models ? "Models" : "Embeddings";
  const columns = ["Tag", models ? "Model" : "Method", "With every option", ...(models ? [] : ["Dimensions"])];
  const methods = payload.embeddings.map((embedding) => [
    embedding.tag, embedding.method, el("code", {}, embedding.options), ...(models ? [] : [count_text(embedding.dims)]),
  ]);
  return section(
    "run",
    "How it was made",
    "",
    ...(methods.length
      ? [el("h3", {}, heading), plain_table(heading, columns, methods, [3])]
      : []),
    ...(costs.length
      ? [
          el("h3", {}, "Cost of each stage"),
          plain_table(
            "Cost of each stage",
            ["Stage", "Of", "Time", "Cells per second", "Peak memory so far"],
            costs.map(([where, stage]) => [
              stage.name, where, bar(stage.seconds),
              stage.cells_per_second > 0 ? count_text(stage.cells_per_second) : "", bytes_text(stage.peak_bytes),
            ]),
            [3, 4],
          ),
        ]
      : []),
    ...(payload.provenance.length
      ? [
          el("h3", {}, "Provenance"),
          el(
            "dl",
            { class: "provenance" },
            ...payload.provenance.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
          ),
        ]
      : []),
  );
}

export function citation_section(payload: Pick<Payload, "version">, book: Pick<ScoreBook, "metrics">): HTMLElement {
  const sources = [...new Set(book.metrics.map((metric) => metric.source).filter(Boolean))];
  return section(
    "cite",
    "How to cite",
    "",
    el(
      "ul",
      { class: "citations" },
      el("li", {}, `zerocell ${payload.version}: zero-shot evaluation of single-cell embeddings.`),
      el(
        "li",
        {},
        "The study whose evaluation zerocell implements: Kedzierska, Crawford, Amini, Lu. ",
        el("i", {}, "Assessing the limits of zero-shot foundation models in single-cell biology"),
        " (preprint 2023); Genome Biology 2025, 26:101.",
      ),
      ...(sources.length ? [el("li", {}, "Metrics: ", sources.join("; "), ".")] : []),
    ),
  );
}
