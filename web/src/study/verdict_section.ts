// What the study says of each finding that was published: in words, with the comparisons that it rests on.
import { el, section } from "../dom";
import { score_text } from "../format";
import { data_table, type Column } from "../data_table";
import type { Claim, Comparison, Difference, Evidence, Finding, Verdict } from "./payload";

const MARKS: Record<Verdict, string> = { confirmed: "✓", refuted: "✗", "not distinguishable": "≈", "not tested": "–" };

export function badge(verdict: Verdict): HTMLElement {
  return el("span", { class: `verdict ${verdict.replace(" ", "-")}` }, el("span", { "aria-hidden": "true" }, MARKS[verdict] ?? ""), ` ${verdict}`);
}

export function verdict_section(findings: Finding[]): HTMLElement | null {
  if (findings.length === 0) return null;
  return section(
    "findings",
    "The published findings, on these data",
    "Confirmed or refuted: on every data set the same way, each time beyond the noise of seeds or of the 95 % interval, on at least three data sets; or, from six data sets " +
      "on, by a sign-flip test over data sets after Holm's correction. All else is not distinguishable; what lacks methods, data sets or any knowledge of noise is not tested, nor is a finding whose first claim is not.",
    ...findings.map(finding_card),
  );
}

/** True minus signs for those of a keyboard. */
function signs(words: string): string {
  return words.replace(/(^|[\s(])-(?=\d)/g, "$1\u2212");
}

function finding_card(finding: Finding): HTMLElement {
  return el(
    "article",
    { class: "finding", "data-finding": finding.number },
    el("h3", {}, `${finding.number}. ${finding.title} `, badge(finding.verdict)),
    el("p", { class: "quiet" }, finding.words),
    el("ul", { class: "claims" }, ...finding.claims.map(claim_item)),
  );
}

function claim_item(claim: Claim): HTMLElement {
  const item = el("li", {}, el("p", {}, badge(claim.verdict), " ", el("b", {}, claim.statement), claim.published ? null : el("small", {}, " asked besides")), el("p", { class: "claim-words" }, signs(claim.words)));
  if (claim.evidence.length) item.append(evidence_details(claim));
  return item;
}

/** Built when first opened: a study may hold hundreds of comparisons. */
function evidence_details(claim: Claim): HTMLElement {
  const details = el("details", { class: "evidence" }, el("summary", {}, `Numbers of ${claim.evidence.length === 1 ? "the comparison" : `${claim.evidence.length} comparisons`}`));
  let built = false;
  details.addEventListener("toggle", () => {
    if (built || !details.open) return;
    built = true;
    const pairs = data_table<Evidence>(`Comparisons: ${claim.statement}`, "comparisons");
    pairs.show(evidence_columns(), claim.evidence);
    const rows = claim.evidence.flatMap((own) => own.differences.map((each) => ({ ...each, pair: own.comparison })));
    const each = data_table<Difference & { pair: Comparison }>(`Differences on each data set: ${claim.statement}`, "differences");
    each.show(difference_columns(), rows);
    details.append(pairs.element, each.element);
  });
  return details;
}

export function p_text(p: number | null): string {
  return p === null ? "–" : p < 0.001 ? "< 0.001" : p.toFixed(3);
}

/** What is shown of a comparison everywhere. */
export function comparison_columns<Row>(of: (row: Row) => Comparison): Column<Row>[] {
  return [
    { title: "Median difference", numeric: true, best_first: "high", tip: "Above 0: the first is better", value: (row) => of(row).median, cell: (row) => score_text(of(row).median) },
    { title: "Better", numeric: true, best_first: "high", tip: "Data sets on which the first is better, beyond noise where that is known", value: (row) => of(row).n_better },
    { title: "Worse", numeric: true, best_first: "high", tip: "Data sets on which the first is worse, beyond noise where that is known", value: (row) => of(row).n_worse },
    { title: "Within noise", numeric: true, best_first: "high", tip: "Data sets on which the difference is no larger than its noise", value: (row) => of(row).n_tied },
    { title: "Noise unknown", numeric: true, best_first: "high", tip: "Of those better or worse: no interval and a single seed, so by sign alone", value: (row) => of(row).n_noise_unknown },
    { title: "p", numeric: true, tip: "Two-sided sign-flip test over data sets; none below six data sets", value: (row) => of(row).p, cell: (row) => p_text(of(row).p) },
    { title: "p, adjusted", numeric: true, tip: "Holm's correction over all comparisons made together", value: (row) => of(row).p_adjusted, cell: (row) => p_text(of(row).p_adjusted) },
  ];
}

function evidence_columns(): Column<Evidence>[] {
  return [
    { title: "First", value: (row) => row.comparison.a },
    { title: "Second", value: (row) => row.comparison.b },
    { title: "Verdict", value: (row) => row.verdict, cell: (row) => badge(row.verdict) },
    ...comparison_columns<Evidence>((row) => row.comparison),
    { title: "No value on", value: (row) => row.comparison.missing.join("; ") },
  ];
}

function difference_columns(): Column<Difference & { pair: Comparison }>[] {
  const source = (row: Difference) => [...new Set([row.noise_a, row.noise_b])].filter(Boolean).join(" and ");
  return [
    { title: "Data set", value: (row) => row.dataset },
    { title: "First", value: (row) => row.pair.a },
    { title: "Its value", numeric: true, value: (row) => row.a, cell: (row) => score_text(row.a) },
    { title: "Second", value: (row) => row.pair.b },
    { title: "Other value", numeric: true, value: (row) => row.b, cell: (row) => score_text(row.b) },
    { title: "Difference", numeric: true, best_first: "high", value: (row) => row.difference, cell: (row) => score_text(row.difference) },
    { title: "Noise", numeric: true, value: (row) => row.noise, cell: (row) => (row.noise === null ? "not known" : `± ${score_text(row.noise)}`) },
    { title: "Noise from", value: source },
  ];
}
