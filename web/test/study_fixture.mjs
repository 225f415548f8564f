// A study with made-up data for the tests, in the form that src/zerocell/report/study_payload.cpp writes.
import { readFileSync, writeFileSync } from "node:fs";
import { make_payload } from "./fixture.mjs";

const METHODS = [
  ["hvg", "hvg", false, ""], ["scvi", "scvi", true, ""], ["harmony", "harmony", false, ""], ["geneformer", "geneformer", true, ""], ["scgpt-human", "scgpt", true, ""],
  ["scgpt-blood", "scgpt", true, ""], ["scgpt-random", "scgpt", true, "scgpt-human"], ["pca", "pca", false, ""],
];
const QUALITY = { hvg: 0.6, scvi: 0.64, harmony: 0.59, geneformer: 0.44, "scgpt-human": 0.53, "scgpt-blood": 0.55, "scgpt-random": 0.47, pca: 0.57 };
export const NAMES = ["pancreas", "PBMC 12k", "PBMC 95k", "immune", "Tabula Sapiens"];

const wobble = (d, m, k) => 0.02 * Math.sin(1.7 * d + 2.3 * m + 0.9 * k);

function comparison(a, b, differences, missing = []) {
  const sorted = [...differences].sort((x, y) => x - y);
  const middle = sorted.length >> 1;
  return {
    a, b, median: sorted.length ? (sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2) : null,
    n_better: differences.filter((d) => d > 0.02).length, n_worse: differences.filter((d) => d < -0.02).length,
    n_tied: differences.filter((d) => Math.abs(d) <= 0.02).length, n_noise_unknown: 0, p: null, p_adjusted: null, missing,
  };
}

/** `methods` more than the eight named ones are numbered. One method fails on the second data set. */
export function make_study({ datasets = 5, cells = 900, methods = 8, labels = 10, batches = 4, hostile = false, variants = true, reconstruction = true, umaps = true } = {}) {
  const evil = (text) => (hostile ? `</script><img src=x onerror=alert(1)>${text}` : text);
  const list = Array.from({ length: methods }, (_, m) => METHODS[m] ?? [`method-${m}`, "file", false, ""]);
  const tags = list.map(([tag], m) => (m === 0 ? evil(tag) : tag));
  const one = make_payload({ cells, labels, batches, tags, hostile });
  const all = list.map(([tag, method, is_model, control_of], m) => ({
    tag: tags[m], spec: `${tag}@${method}:seed=0`, method, n_seeds: tag === "scvi" ? 3 : 1, is_model, control_of, control: control_of ? "weights" : "", colour: one.embeddings[m].colour ?? "#7f7f7f",
  }));
  const base = one.metrics;
  const value = (d, m, k, reduced) => {
    const own = QUALITY[list[m][0]] ?? 0.5;
    const flip = base[k].group === "batch" && !reduced && list[m][0] === "hvg" ? 0.2 : 0;
    return own + flip + wobble(d, m, k) + (reduced ? -0.03 : 0) + 0.03 * (k % 3);
  };
  const build = (name, d, variant = "whole", variant_of = "") => {
    const values = [];
    all.forEach((method, m) => {
      if (d === 1 && m === 3) return;
      base.forEach((metric, k) => {
        for (const reduced of [false, true]) {
          const mean = value(d, m, k, reduced);
          const interval = metric.name.startsWith("asw") && method.n_seeds === 1;
          values.push({
            tag: method.tag, metric: metric.name, reduced, mean, lowest: mean - (method.n_seeds > 1 ? 0.006 : 0), highest: mean + (method.n_seeds > 1 ? 0.006 : 0), sd: method.n_seeds > 1 ? 0.005 : null,
            low: interval ? mean - 0.012 : null, high: interval ? mean + 0.014 : null, n_seeds: method.n_seeds, n_cells: cells, dims: reduced ? 30 : one.embeddings[m].dims,
          });
        }
      });
    });
    const layouts = one.embeddings.map(({ tag, dims, colour, x, y, cluster, cluster_sizes, cluster_colours, cluster_resolution }) => ({
      tag, seed: 0, dims, colour: colour ?? "#7f7f7f", x, y, cluster, cluster_sizes, cluster_colours, cluster_resolution, silhouette_label: null, silhouette_batch: null,
    }));
    const models = [["geneformer", "geneformer", "rank", ""], ["scgpt-human", "scgpt", "bin", ""], ["scgpt-blood", "scgpt", "bin", ""], ["scgpt-masked", "scgpt", "bin", "0.15"]].map(([tag, model, target, masked], m) => ({ tag, model, target, masked, colour: one.embeddings[m % one.embeddings.length].colour ?? "#7f7f7f" }));
    const score = (embedding, metric, v, direction) => ({ embedding, dims: 0, n_cells: cells, seed: 0, metric, value: v, low: v * 0.99, high: v * 1.01, direction, convention: "zerocell", status: "ok", reason: "" });
    const scores = models.flatMap((model, m) =>
      model.target === "rank"
        ? [score(model.tag, "rank_correlation", 0.61 + wobble(d, m, 1), "higher"), score(model.tag, "rank_correlation_mean_rank", 0.66, "higher"), score(model.tag, "rank_correlation_mean_rank_loo", 0.65, "higher")]
        : [score(model.tag, "mse_gep", 201 + 3 * m - (model.masked ? 60 : 0), "lower"), score(model.tag, "mse_gepc", 180 + 5 * m - (model.masked ? 60 : 0), "lower"), score(model.tag, "mse_mean", 203, "lower"), score(model.tag, "mse_gene_mean_loo", 131, "lower"), score(model.tag, "mse_gain_gep_loo", -70, "higher")],
    );
    return {
      name: evil(name), folder: evil(name.replace(/ /g, "_")), variant, variant_of, counts: variant === "whole", title: "", n_cells: cells * (d + 1), n_genes: 13714, counts_source: "layers/counts",
      label_name: evil("celltype"), batch_name: "study", n_points: umaps ? cells : 0, labels: one.labels, batches: one.batches, embeddings: umaps ? layouts : [], values,
      undefined: [{ embedding: all[0].tag, dims: 2000, n_cells: 0, seed: 0, metric: "graph_connectivity", value: null, low: null, high: null, direction: "higher", convention: "zerocell", status: "not_applicable", reason: evil("no graph") }],
      costs: all.map((method, m) => ({ tag: method.tag, seconds: (0.5 + 30 * ((m * 3) % 7)) * (d + 1), cells_per_second: cells / (0.5 + 30 * ((m * 3) % 7)), peak_bytes: 4e8 + 2e8 * m })),
      losses: [
        { what: "cells", lost: 12, total: cells, reason: evil("fewer than 10 genes"), tag: "", task: "" },
        ...["geneformer", "scgpt-human"].filter((tag) => tags.includes(tag)).flatMap((tag) => [
          { what: "genes", lost: 2114, total: 13714, reason: "not in the model's vocabulary", tag, task: "embedding" },
          { what: "UMIs", lost: 1.1e6, total: 2.4e7, reason: "of those genes", tag, task: "embedding" },
        ]),
      ],
      reconstruction: reconstruction ? { n_cells: cells, models, scores } : null,
      warnings: d === 0 ? [evil("2 groups have fewer than 10 cells.")] : [],
    };
  };
  const sets = Array.from({ length: datasets }, (_, d) => build(NAMES[d] ?? `set ${d}`, d));
  if (variants) sets.push(build("pancreas, no overlap", datasets, "without overlap", evil("pancreas")));
  const pairs = base.flatMap((metric, k) =>
    [false, true].map((reduced) => ({
      metric: metric.name, reduced,
      rows: all.flatMap((a, i) => all.slice(i + 1).map((b, j) => comparison(a.tag, b.tag, Array.from({ length: datasets }, (_, d) => value(d, i, k, reduced) - value(d, i + 1 + j, k, reduced)), i === 3 ? ["PBMC 12k"] : []))),
    })),
  );
  const evidence = (a, b, verdict) => {
    const differences = Array.from({ length: datasets }, (_, d) => ({ dataset: NAMES[d] ?? `set ${d}`, a: 0.6, b: 0.5 + 0.01 * d, difference: 0.1 - 0.01 * d, noise: 0.02, noise_a: "seeds", noise_b: "interval" }));
    return { comparison: comparison(a, b, differences.map((own) => own.difference)), differences, verdict, words: `${a} against ${b}: better on ${datasets} of ${datasets} data sets, median difference 0.080.` };
  };
  const claim = (statement, metric, verdict, pairs_of = [["hvg", "geneformer"], ["scvi", "geneformer"]]) => ({
    statement: evil(statement), metric, suffix: "", verdict, published: !statement.startsWith("Pretrained"), evidence: verdict === "not tested" ? [] : pairs_of.map(([a, b]) => evidence(a, b, verdict)),
    words: verdict === "not tested" ? "The size of the noise is not known: the metric has no interval, and no method was run with several seeds." : `${pairs_of.length > 1 ? `${pairs_of.length} comparisons: ${pairs_of.length} ${verdict}. ` : ""}hvg against geneformer: better on 5 of 5 data sets, median difference 0.151. No p-values below 6 data sets: no outcome of a sign-flip test could reach 0.05.`,
  });
  return {
    schema: "zerocell-study/1", version: "0.1.0", title: evil("Zero-shot embeddings of five data sets"), reduced: "/pc30", conventions: ["zerocell"], metrics: base,
    reconstruction_metrics: [["rank_correlation", "Rank correlation", "higher"], ["mse_gep", "MSE, GEP", "lower"], ["mse_gepc", "MSE, GEPC", "lower"]].map(([name, title, direction]) => ({ name, title, group: "reconstruction", direction, lowest: null, highest: null, definition: `Definition of ${title}.`, source: "Kedzierska et al. 2025" })),
    methods: all, datasets: sets,
    findings: [
      { number: 1, title: "Foundation models do not beat HVG and scVI at clustering", verdict: "confirmed", words: "Of 2 claims: 1 confirmed and 1 not tested.", claims: [claim("No foundation model beats HVG and scVI by asw_label.", "asw_label", "confirmed"), claim("No foundation model beats HVG and scVI by avg_bio.", "avg_bio", "not tested")] },
      { number: 2, title: "More pretraining data does not help", verdict: "not distinguishable", words: "Of 2 claims: 2 not distinguishable.", claims: [claim("More pretraining cells do not make scGPT better by avg_bio.", "avg_bio", "not distinguishable", [["scgpt-blood", "scgpt-human"]]), claim("Pretrained weights do not beat untrained ones by avg_bio.", "avg_bio", "not distinguishable", [["scgpt-random", "scgpt-human"]])] },
      { number: 3, title: "Geneformer's space is driven by batch; HVG scores best in full dimensions, and the order changes in reduced ones", verdict: "refuted", words: "Of 1 claim: 1 refuted.", claims: [claim("Geneformer mixes batches worse than every other method by asw_batch.", "asw_batch", "refuted")] },
      { number: 4, title: "scGPT's GEP is close to the mean bin, GEPC slightly better; Geneformer's ranks against average ranks", verdict: "not tested", words: "Of 1 claim: 1 not tested.", claims: [claim("scGPT's GEP predicts little else than the mean bin.", "mse_gep", "not tested")] },
    ],
    pairs,
    failures: [{ dataset: sets[1]?.name ?? "", tag: "geneformer", task: "embedding", message: evil("The model needs 9.2 GB, and --max-memory allows 8 GB.") }],
    warnings: [evil("1 data set has one batch alone: no batch scores.")],
    stages: [{ name: "pancreas", seconds: 412.5, peak_bytes: 2.1e9, cells_per_second: 0 }],
    provenance: [["zerocell", "0.1.0"], ["command", evil("zerocell study study.toml --out results")], ["processor", "2 cores"]],
    figures: one.figures,
  };
}

export function write_study(path, payload) {
  const template = readFileSync(new URL("../dist/study_template.html", import.meta.url), "utf8");
  writeFileSync(path, template.replace("{{payload}}", () => JSON.stringify(payload).replace(/</g, "\\u003c")));
}
