// Reports with made-up data for the tests, in the form that src/zerocell/report/html.cpp writes.
import { readFileSync, writeFileSync } from "node:fs";

const palette_source = readFileSync(new URL("../../src/zerocell/figures/palette.cpp", import.meta.url), "utf8");
const PALETTE = /kGroups = \{([^}]*)\}/.exec(palette_source)[1].match(/[0-9a-f]{6}/g).map((code) => `#${code}`);
const colours = (n) => Array.from({ length: n }, (_, i) => PALETTE[i % PALETTE.length]);

function generator(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

const packed = (type, array, extra = {}) => ({ type, data: Buffer.from(array.buffer).toString("base64"), ...extra });

function pack_coordinates(values) {
  const low = Math.min(...sample(values)) - 1;
  const high = Math.max(...sample(values)) + 1;
  const scale = (high - low) / 65534;
  const stored = Uint16Array.from(values, (v) => (Number.isNaN(v) ? 65535 : Math.min(65534, Math.max(0, Math.round((v - low) / scale)))));
  return packed("u16", stored, { scale, offset: low, missing: 65535 });
}

function* chunks(values) {
  for (let i = 0; i < values.length; i += 10_000) yield values.slice(i, i + 10_000);
}
const sample = (values) => [...chunks(values)].flatMap((part) => {
  const known = part.filter((v) => !Number.isNaN(v));
  return [Math.min(...known), Math.max(...known)];
});

const pack_codes = (codes) => packed("u8", Uint8Array.from(codes, (c) => (c < 0 ? 255 : c)), { missing: 255 });
const pack_silhouettes = (values) =>
  packed("i16", Int16Array.from(values, (v) => (Number.isNaN(v) ? -32768 : Math.round(v * 32767))), { scale: 1 / 32767, offset: 0, missing: -32768 });

const LABELS = [
  "CD14+ Monocytes", "CD4+ T cells", "CD8+ T cells", "NK cells", "CD20+ B cells", "Plasma cells", "Monocyte progenitors",
  "Megakaryocyte progenitors", "HSPCs", "Plasmacytoid dendritic cells", "Erythroid progenitors", "Erythrocytes", "CD10+ B cells",
];
const METRICS = [
  ["avg_bio", "AvgBIO", "bio", "higher", "Mean of ASW label, NMI and ARI."],
  ["asw_label", "ASW label", "bio", "higher", "(mean silhouette over labels + 1) / 2; 0.5 is overlap."],
  ["nmi", "NMI", "bio", "higher", "Normalised mutual information of the labels and the best of 20 Louvain partitions."],
  ["ari", "ARI", "bio", "higher", "Adjusted Rand index of the same partition."],
  ["nmi_fixed", "NMI, resolution 1", "bio", "higher", "As NMI, with the partition at resolution 1.0."],
  ["ari_fixed", "ARI, resolution 1", "bio", "higher", "As ARI, with the partition at resolution 1.0."],
  ["avg_batch", "AvgBATCH", "batch", "higher", "Mean of ASW batch and graph connectivity."],
  ["asw_batch", "ASW batch", "batch", "higher", "1 - |silhouette over batches| inside each label, mean over labels."],
  ["asw_batch_global", "ASW batch, global", "batch", "lower", "(silhouette over batches of all cells + 1) / 2."],
  ["pcr_batch", "PCR batch", "batch", "lower", "Share of variance that the batch explains."],
  ["graph_connectivity", "Graph connectivity", "batch", "higher", "Largest component share per label, mean."],
].map(([name, title, group, direction, definition]) => ({
  name, title, group, direction, lowest: 0, highest: 1, definition, source: "Luecken et al. 2022, Nature Methods 19:41",
}));

const drawing = (title) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 240"><rect width="400" height="240" fill="#fff"/>` +
  `<text x="20" y="30" font-family="sans-serif">${title}</text>` +
  [0.8, 0.6, 0.7].map((v, i) => `<rect x="${40 + 110 * i}" y="${220 - 170 * v}" width="80" height="${170 * v}" fill="#0072b2"/>`).join("") + "</svg>";

/** A payload: `cells` cells, so many labels and batches, one embedding a tag. Hostile: every name tries to be markup. */
export function make_payload({ cells = 1500, labels = 13, batches = 4, tags = ["hvg", "pca", "scgpt"], hostile = false, reduced = true } = {}) {
  const { uniform, normal } = generator(7);
  const evil = (text) => (hostile ? `</script><img src=x onerror=alert(1)>${text}` : text);
  const label_names = Array.from({ length: labels }, (_, i) => evil(LABELS[i] ?? `${["Memory", "Naive", "Tissue-resident", "Cycling"][i % 4]} ${LABELS[i % LABELS.length]} ${i}`));
  const batch_names = Array.from({ length: batches }, (_, i) => evil(batches > 6 ? `donor ${String.fromCharCode(65 + (i % 12))}, site ${1 + Math.floor(i / 12)}` : ["10x v2", "10x v3", "Oetjen", "Freytag", "Sun", "Villani"][i]));
  const label_codes = Array.from({ length: cells }, (_, i) => (i === 5 ? -1 : Math.min(labels - 1, Math.floor(labels * uniform() ** 1.7))));
  const batch_codes = Array.from({ length: cells }, () => Math.floor(batches * uniform()));
  const counts = (codes, n) => codes.reduce((sum, c) => (c >= 0 && ++sum[c], sum), new Array(n).fill(0));
  const label_counts = counts(label_codes, labels);

  const embeddings = tags.map((tag, t) => {
    const spread = 5 + 1.2 * Math.sqrt(labels);
    const centres = label_names.map(() => [spread * normal(), spread * normal()]);
    const noise = 0.7 + 0.5 * t;
    const shift = batch_names.map(() => [t * 0.9 * normal(), t * 0.9 * normal()]);
    const place = (axis) =>
      label_codes.map((c, i) => (c < 0 ? 0 : centres[c][axis]) + shift[batch_codes[i]][axis] + noise * normal());
    const x = place(0);
    const y = place(1);
    if (cells > 100) x[7] = NaN;
    const silhouette = label_codes.map((c) => (c < 0 ? NaN : Math.tanh(0.5 - 0.25 * t + 0.35 * normal())));
    const sums = new Array(labels).fill(0);
    label_codes.forEach((c, i) => c >= 0 && (sums[c] += silhouette[i]));
    return {
      colour: PALETTE[t % PALETTE.length], cluster_colours: colours(labels),
      tag: hostile && t === 0 ? evil(tag) : tag,
      method: tag, options: `${tag}:n_top_genes=2000,flavor=seurat,seed=0`, dims: [2000, 50, 512, 30, 20][t % 5],
      x: pack_coordinates(x), y: pack_coordinates(y),
      cluster: pack_codes(label_codes.map((c) => Math.max(0, c))), cluster_sizes: label_counts.map((n, i) => n + Number(i === 0)),
      cluster_resolution: 0.8,
      silhouette_label: pack_silhouettes(silhouette), silhouette_batch: pack_silhouettes(silhouette.map((v) => v / 3)),
      label_profile: {
        silhouette: sums.map((s, i) => (label_counts[i] ? s / label_counts[i] : null)),
        mixed_with: label_names.map((_, i) => (i % 3 === 0 && labels > 1 ? (i + 1) % labels : null)),
        mixed_share: label_names.map((_, i) => (i % 3 === 0 ? uniform() * 0.4 : 0)),
      },
      losses: tag === "scgpt" ? [{ what: "genes", lost: 2114, total: 13714, reason: "not in the model's vocabulary" }, { what: "UMIs", lost: 1.1e6, total: 2.4e7, reason: "of those genes" }] : [],
      stages: [{ name: "embed", seconds: 0.4 + 3 * t, peak_bytes: 4e8, cells_per_second: cells / (0.4 + 3 * t) }, { name: "pairwise pass", seconds: 0.52, peak_bytes: 6.1e8, cells_per_second: cells / 0.52 }],
    };
  });
  const scores = [];
  const names = embeddings.flatMap((e) => (reduced ? [e.tag, `${e.tag}/pc30`] : [e.tag]));
  names.forEach((embedding, e) => {
    for (const metric of METRICS) {
      const base = 0.42 + 0.4 * uniform();
      const without = metric.name === "pcr_batch" && e === names.length - 1;
      const interval = metric.name.startsWith("asw");
      scores.push({
        embedding, dims: embedding.endsWith("/pc30") ? 30 : embeddings.find((own) => own.tag === embedding).dims, n_cells: cells, seed: 0, metric: metric.name,
        value: without ? null : base, low: interval ? base - 0.02 : null, high: interval ? base + 0.017 : null, direction: metric.direction,
        convention: "zerocell", status: without ? "not_applicable" : "ok",
        reason: without ? evil("the embedding has no variance in these components") : interval ? "" : "not a mean over cells, so no bootstrap",
      });
    }
  });
  return {
    schema: "zerocell-report/1", kind: "evaluation", reconstruction: null, version: "0.1.0", dataset: hostile ? evil("pbmc") : "pbmc_multistudy", title: "", n_cells: cells, n_genes: 13714,
    counts_source: "layers/counts", n_points: cells,
    labels: { categories: label_names, colours: colours(labels), counts: label_counts, n_missing: 1, codes: pack_codes(label_codes) },
    batches: { categories: batch_names, colours: colours(batches), counts: counts(batch_codes, batches), n_missing: 0, codes: pack_codes(batch_codes) },
    label_name: evil("celltype"), batch_name: "study",
    cell_names: Array.from({ length: cells }, (_, i) => evil(`AAAC${(i * 7919).toString(36).toUpperCase()}-1`)),
    embeddings, scores, seeds: [], metrics: METRICS,
    losses: [{ what: "genes", lost: 19024, total: 32738, reason: evil("in fewer than 10 cells") }],
    warnings: [evil("1 cell has no label in celltype: it is in embeddings and plots and left out of label scores."), "2 groups have fewer than 10 cells."],
    stages: [{ name: "read", seconds: 0.031, peak_bytes: 1.2e8, cells_per_second: cells / 0.031 }, { name: "highly variable genes", seconds: 1.24, peak_bytes: 2.2e8, cells_per_second: 0 }],
    provenance: [["zerocell", "0.1.0"], ["command", evil("zerocell evaluate pbmc.h5ad --label celltype --batch study --embedding hvg")], ["input (xxh64)", "9d1a0c2f7be34410"], ["threads", "2"], ["seed", "0"]],
    figures: [{ name: "scores", caption: evil("Scores of every embedding"), svg: drawing("Scores") }, { name: "umap_label", caption: "UMAPs by label", svg: drawing("UMAP") }],
  };
}

/** A reconstruction by one model a tag. Every tenth cell has no value; the second model has no counts. */
export function make_reconstruction({ cells = 400, tags = ["geneformer-6L", "geneformer-12L"], hostile = false } = {}) {
  const base = make_payload({ cells, tags, hostile, reduced: false });
  const { uniform } = generator(11);
  const names = [["rank_correlation", "Rank correlation"], ["rank_correlation_mean_rank", "Mean rank"], ["rank_correlation_mean_rank_loo", "Mean rank, left out"], ["rank_correlation_gain_loo", "Gain over mean rank"]];
  const metrics = names.map(([name, title]) => ({
    name, title, group: "reconstruction", direction: "higher", lowest: -1, highest: 1, definition: `Definition of ${title}.`, source: "Kedzierska et al. 2025",
  }));
  const known = cells - Math.floor(cells / 10);
  const n_bins = 16;
  const models = base.embeddings.map((embedding, m) => ({
    tag: embedding.tag, colour: embedding.colour, target: "rank", masked: "",
    densities: [{
      name: "", truth: { n_bins, low: 0, high: 1 }, predicted: { n_bins, low: 0, high: 1 }, n_beyond: 0, constant: null, spreads: [],
      counts: Array.from({ length: n_bins * n_bins }, (_, i) => (m === 1 ? 0 : Math.floor(5000 * Math.exp(-Math.abs(Math.floor(i / n_bins) - (i % n_bins)) * 1.3) * (0.5 + uniform())))),
    }],
    cells: names.slice(0, 3).map(([name], c) => {
      const middle = 0.8 - 0.1 * c - 0.3 * m;
      return {
        name, is_baseline: c > 0, n: known, n_missing: cells - known, mean: middle + 0.003, quartiles: [middle - 0.2, middle - 0.05, middle, middle + 0.06, middle + 0.15], low: -0.1, high: 1,
        counts: Array.from({ length: 55 }, (_, i) => Math.floor(60 * Math.exp(-(((-0.1 + 0.02 * i - middle) / 0.08) ** 2)))),
      };
    }),
  }));
  const scores = base.embeddings.flatMap((embedding, m) =>
    metrics.map((metric, k) => {
      const value = k === 3 ? 0.2 - 0.4 * m : 0.8 - 0.1 * k;
      return {
        embedding: embedding.tag, dims: 0, n_cells: known, seed: 0, metric: metric.name, value, low: value - 0.02, high: value + 0.02,
        direction: "higher", convention: "zerocell", status: "ok", reason: "percentile bootstrap over cells",
      };
    }),
  );
  for (const embedding of base.embeddings)
    Object.assign(embedding, {
      dims: 0, x: null, y: null, cluster: null, cluster_sizes: [], cluster_colours: [], silhouette_label: null, silhouette_batch: null, label_profile: null,
      losses: [{ what: "genes", lost: 120, total: 13714, reason: "not in the model's vocabulary" }],
    });
  const ramp = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"];
  return { ...base, kind: "reconstruction", metrics, scores, cell_names: [], reconstruction: { ramp, models } };
}

const BIN_METRICS = [
  ["mse_gep", "MSE, GEP"], ["mse_gepc", "MSE, GEPC"], ["mse_mean", "MSE, mean bin"], ["mse_gene_mean_loo", "MSE, gene mean, left out"],
  ["mse_gain_gep_loo", "Gain of GEP"], ["mse_gain_gepc_loo", "Gain of GEPC"], ["mae_gep", "MAE, GEP"], ["mre_published_gep", "MRE, published, GEP"],
].map(([name, title]) => ({
  name, title, group: `bin_${name.slice(0, 3)}`, direction: name.includes("gain") ? "higher" : "lower",
  lowest: name.includes("gain") || name.includes("published") ? null : 0, highest: null, definition: `Definition of ${title}.`, source: "Kedzierska et al. 2025",
}));

/** Counts of 50 true bins against predictions from -5 to 60; a slope of 1 is perfect. Bin 50 has no gene. */
function bin_density(name, slope, width) {
  const counts = [];
  const spreads = [];
  for (let bin = 1; bin <= 50; ++bin) {
    const middle = 22.6 + slope * (bin - 22.6);
    for (let field = 0; field < 65; ++field) counts.push(bin === 50 ? 0 : Math.round(900 * Math.exp(-(((field - 4.5 - middle) / width) ** 2))));
    spreads.push(bin === 50 ? null : [middle - 1.16 * width, middle - 0.48 * width, middle, middle + 0.48 * width, middle + 1.16 * width]);
  }
  return { name, truth: { n_bins: 50, low: 0.5, high: 50.5 }, predicted: { n_bins: 65, low: -5, high: 60 }, n_beyond: 3, constant: 22.6, counts, spreads };
}

/** A reconstruction with models of bins, alone or behind one of ranks. */
export function make_bins({ cells = 400, tags = ["scgpt-human", "scgpt-blood"], with_ranks = false, hostile = false } = {}) {
  const all = make_reconstruction({ cells, tags: with_ranks ? ["geneformer-6L", ...tags] : tags, hostile });
  const first = with_ranks ? 1 : 0;
  const known = cells - Math.floor(cells / 10);
  const own = all.embeddings.slice(first);
  const values = { mse_gep: 201, mse_gepc: 148.5, mse_mean: 202.4, mse_gene_mean_loo: 131.2, mse_gain_gep_loo: -69.8, mse_gain_gepc_loo: -17.3, mae_gep: 12, mre_published_gep: 0.4 };
  const models = own.map((embedding, m) => ({
    tag: embedding.tag, colour: embedding.colour, target: "bin", masked: "", densities: [bin_density("GEP", 0.06, 2), bin_density("GEPC", 0.4 + 0.2 * m, 7)],
    cells: ["mse_gep", "mse_gepc", "mse_mean", "mse_gene_mean_loo"].map((name) => {
      const middle = values[name];
      return {
        name, is_baseline: !name.startsWith("mse_gep"), n: known, n_missing: cells - known, mean: middle + 1,
        quartiles: [middle - 40, middle - 10, middle, middle + 10, middle + 50], low: 0, high: 260,
        counts: Array.from({ length: 60 }, (_, i) => Math.floor(60 * Math.exp(-((((260 * (i + 0.5)) / 60 - middle) / 14) ** 2)))),
      };
    }),
  }));
  const scores = own.flatMap((embedding, m) =>
    BIN_METRICS.map((metric) => ({
      embedding: embedding.tag, dims: 0, n_cells: known, seed: 0, metric: metric.name, value: values[metric.name] + (metric.name.includes("gepc") ? 40 * m : 0),
      low: values[metric.name] - 2 + 40 * m, high: values[metric.name] + 2 + 40 * m, direction: metric.direction, convention: "zerocell", status: "ok", reason: "bootstrap over 360 cells",
    })),
  );
  const tags_of_ranks = all.embeddings.slice(0, first).map((embedding) => embedding.tag);
  return {
    ...all, metrics: [...(with_ranks ? all.metrics : []), ...BIN_METRICS], scores: [...all.scores.filter((score) => tags_of_ranks.includes(score.embedding)), ...scores],
    reconstruction: { ramp: all.reconstruction.ramp, models: [...all.reconstruction.models.slice(0, first), ...models] },
  };
}

export function write_report(path, payload) {
  const template = readFileSync(new URL("../dist/report_template.html", import.meta.url), "utf8");
  const json = JSON.stringify(payload).replace(/</g, "\\u003c");
  writeFileSync(path, template.replace("{{payload}}", () => json));
}
