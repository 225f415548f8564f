// The study's values by data set, method and metric, and what the reader looks at.
import { screen_colour } from "../palette";
import type { MetricInfo } from "../payload";
import type { StudyDataset, StudyMethod, StudyPayload, StudyValue } from "./payload";

export type Variants = "whole" | "sample" | "without overlap" | "all";

export interface Method extends StudyMethod {
  screen: string; // its colour, such that it shows on light and on dark
}

export function median_of(values: number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export class StudyBook {
  readonly methods: Method[];
  readonly metrics: MetricInfo[];
  readonly conventions: string[];
  readonly has_reduced: boolean;
  metric: MetricInfo;
  reduced = false;
  variants: Variants;
  private readonly values = new Map<string, StudyValue>();
  private readonly listeners: (() => void)[] = [];

  constructor(readonly payload: StudyPayload) {
    this.methods = payload.methods.map((method) => ({ ...method, screen: screen_colour(method.colour) }));
    this.metrics = payload.metrics;
    this.conventions = payload.conventions;
    this.has_reduced = payload.reduced !== "";
    payload.datasets.forEach((dataset, d) => {
      for (const value of dataset.values) if (value.mean !== null) this.values.set(this.key(d, value.tag, value.metric, value.reduced), value);
    });
    const known = new Set([...this.values.values()].map((value) => value.metric));
    const wished = ["avg_bio", "asw_label"].map((name) => this.metrics.find((own) => own.name === name && known.has(name)));
    this.metric = wished.find((own) => own) ?? this.metrics.find((own) => known.has(own.name)) ?? this.metrics[0];
    this.variants = payload.datasets.length === 0 || payload.datasets.some((own) => own.variant === "whole") ? "whole" : "all";
  }

  private key(dataset: number, tag: string, metric: string, reduced: boolean): string {
    return JSON.stringify([dataset, tag, metric, reduced]);
  }

  value(dataset: StudyDataset, tag: string, metric = this.metric, reduced = this.reduced): StudyValue | undefined {
    return this.values.get(this.key(this.payload.datasets.indexOf(dataset), tag, metric.name, reduced));
  }

  mean(dataset: StudyDataset, tag: string, metric = this.metric, reduced = this.reduced): number | null {
    return this.value(dataset, tag, metric, reduced)?.mean ?? null;
  }

  subscribe(listener: () => void): void {
    this.listeners.push(listener);
  }

  show(view: { metric?: MetricInfo; reduced?: boolean; variants?: Variants }): void {
    Object.assign(this, view);
    for (const listener of this.listeners) listener();
  }

  /** Data sets of the variants that are shown. */
  datasets(): StudyDataset[] {
    return this.payload.datasets.filter((own) => this.variants === "all" || own.variant === this.variants);
  }

  /** Those of them that medians rest on: where all are shown, one for each data set. */
  counted(): StudyDataset[] {
    return this.variants === "all" ? this.payload.datasets.filter((own) => own.counts) : this.datasets();
  }

  median(tag: string, metric = this.metric, reduced = this.reduced): { value: number | null; n: number } {
    const values = this.counted().map((own) => this.mean(own, tag, metric, reduced)).filter((own): own is number => own !== null);
    return { value: median_of(values), n: values.length };
  }

  method(tag: string): Method | undefined {
    return this.methods.find((own) => own.tag === tag);
  }

  /** Why a method has no value: what a failure said, or the score's reason. */
  why_missing(dataset: StudyDataset, tag: string, metric = this.metric): { state: string; reason: string } {
    const failure = this.payload.failures.find((own) => own.dataset === dataset.name && (own.tag === tag || own.tag === ""));
    if (failure) return { state: failure.message.startsWith("not applicable") ? "n/a" : "failed", reason: failure.message };
    const score = dataset.undefined.find((own) => own.metric === metric.name && (own.embedding === tag || own.embedding.startsWith(`${tag}/`) || own.embedding.startsWith(`${tag}-s`)));
    if (score) return { state: score.status === "failed" ? "failed" : "n/a", reason: score.reason || "no reason was recorded" };
    return { state: "n/a", reason: "not computed" };
  }

  metric_title(metric = this.metric): string {
    return metric ? metric.title || metric.name : "";
  }

  view_text(): string {
    return `${this.metric_title()}, ${this.reduced ? `${this.payload.reduced.slice(3)} dimensions` : "full dimensions"}`;
  }
}
