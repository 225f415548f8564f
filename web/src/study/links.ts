// Links to the files beside index.html. Names of folders come from the study's file: every part is escaped, and a
// path cannot leave the study's folder or name another protocol.
import { el } from "../dom";
import type { StudyDataset } from "./payload";

export function file_href(...parts: string[]): string {
  const steps = parts.join("/").split("/").filter((step) => step !== "" && step !== "." && step !== "..");
  return `./${steps.map(encodeURIComponent).join("/")}`;
}

export function file_link(text: string, ...parts: string[]): HTMLElement {
  return el("a", { href: file_href(...parts) }, text);
}

/** A data set's name, leading to its own report. */
export function data_link(dataset: StudyDataset): HTMLElement {
  return dataset.folder ? file_link(dataset.name, dataset.folder, "report.html") : el("span", {}, dataset.name);
}
