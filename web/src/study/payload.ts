// The data that zerocell writes into a study's index.html (src/zerocell/report/study_payload.cpp writes exactly this).
// Every string may come from a stranger's file: it reaches the page as text, never as markup.
import type { Figure, Grouping, Loss, MetricInfo, Packed, Score, Stage } from "../payload";

export interface StudyMethod {
  tag: string;
  spec: string;
  method: string;
  n_seeds: number;
  is_model: boolean;
  control_of: string; // tag, or ""
  control: string; // what of it is random: "weights", "genes", "values", or ""
  colour: string;
}

/** One metric of one method on one data set, over the method's seeds. */
export interface StudyValue {
  tag: string;
  metric: string;
  reduced: boolean;
  mean: number | null;
  lowest: number | null;
  highest: number | null;
  sd: number | null; // over seeds; null with one
  low: number | null; // 95 % interval of a single seed
  high: number | null;
  n_seeds: number;
  n_cells: number;
  dims: number;
}

export interface StudyCost {
  tag: string;
  seconds: number;
  cells_per_second: number;
  peak_bytes: number;
}

export interface StudyLoss extends Loss {
  tag: string; // "": the data set as a whole
  task: string; // "embedding", "reconstruction", ""
}

/** The first layout of a method. */
export interface StudyLayout {
  tag: string;
  seed: number;
  dims: number;
  colour: string;
  x: Packed | null;
  y: Packed | null;
  cluster: Packed | null;
  cluster_sizes: number[];
  cluster_colours: string[];
  cluster_resolution: number;
  silhouette_label: null; // each data set's own report has them
  silhouette_batch: null;
}

export interface StudyModel {
  tag: string;
  model: string;
  target: string; // "rank" or "bin"
  masked: string; // share of genes, or ""
  colour: string;
}

export interface StudyReconstruction {
  n_cells: number;
  models: StudyModel[];
  scores: Score[];
}

export interface StudyDataset {
  name: string;
  folder: string; // of its files, beside index.html
  variant: "whole" | "sample" | "without overlap";
  variant_of: string;
  counts: boolean; // one of the data sets that medians and verdicts rest on
  title: string;
  n_cells: number;
  n_genes: number;
  counts_source: string;
  label_name: string;
  batch_name: string;
  n_points: number;
  labels: Grouping | null;
  batches: Grouping | null;
  embeddings: StudyLayout[];
  values: StudyValue[];
  undefined: Score[]; // scores without a value
  costs: StudyCost[];
  losses: StudyLoss[];
  reconstruction: StudyReconstruction | null;
  warnings: string[];
}

export type Verdict = "confirmed" | "refuted" | "not distinguishable" | "not tested";

export interface Comparison {
  a: string;
  b: string;
  median: number | null; // of the differences a - b, in the direction in which more is better
  n_better: number;
  n_worse: number;
  n_tied: number;
  n_noise_unknown: number;
  p: number | null;
  p_adjusted: number | null;
  missing: string[]; // data sets on which one of both has no value
}

export interface Difference {
  dataset: string;
  a: number;
  b: number;
  difference: number;
  noise: number | null;
  noise_a: string; // "seeds", "interval", or ""
  noise_b: string;
}

export interface Evidence {
  comparison: Comparison;
  differences: Difference[];
  verdict: Verdict;
  words: string;
}

export interface Claim {
  statement: string;
  metric: string;
  suffix: string;
  verdict: Verdict;
  words: string;
  published: boolean; // false: asked besides, without a say in the finding's verdict
  evidence: Evidence[];
}

export interface Finding {
  number: number;
  title: string;
  verdict: Verdict;
  words: string;
  claims: Claim[];
}

export interface PairTable {
  metric: string;
  reduced: boolean;
  rows: Comparison[];
}

export interface StudyFailure {
  dataset: string;
  tag: string;
  task: string;
  message: string;
}

export interface StudyPayload {
  schema: "zerocell-study/1";
  version: string;
  title: string;
  reduced: string; // "/pc30"; "" where nothing was scored in reduced dimensions
  conventions: string[];
  metrics: MetricInfo[]; // of embeddings
  reconstruction_metrics: MetricInfo[];
  methods: StudyMethod[];
  datasets: StudyDataset[];
  findings: Finding[];
  pairs: PairTable[];
  failures: StudyFailure[];
  warnings: string[];
  stages: Stage[];
  provenance: [string, string][];
  figures: Figure[];
}

export function read_study(): StudyPayload {
  const payload = JSON.parse(document.getElementById("payload")!.textContent!) as StudyPayload;
  if (payload.schema !== "zerocell-study/1") throw new Error("This page's data has a form that its script does not know.");
  return payload;
}
