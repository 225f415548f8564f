// Numbers as a reader wants them.

export const MISSING_TEXT = "\u2013";

export function score_text(value: number | null): string {
  return value === null || !Number.isFinite(value) ? MISSING_TEXT : value.toFixed(3).replace("-", "\u2212");
}

export function count_text(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count_text(count)} ${count === 1 ? one : many}`;
}

/** Share of a whole that never rounds something to nothing or a part to all. */
export function percent_text(part: number, whole: number): string {
  if (!(whole > 0)) return MISSING_TEXT;
  const percent = (100 * part) / whole;
  if (part > 0 && percent < 0.1) return "< 0.1 %";
  if (part < whole && percent > 99.9) return "> 99.9 %";
  return `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

/** "15 %" of the share "0.15" that a reconstruction masked. */
export function masked_text(share: string): string {
  return `${Number((100 * Number(share)).toPrecision(3))} %`;
}

/** The steps 1, 2, 5 times a power of ten that give two to five ticks over a span above 0. */
export function tick_step(span: number): number {
  const power = 10 ** Math.floor(Math.log10(span / 3));
  return [1, 2, 5].map((factor) => factor * power).find((step) => span / step <= 4) ?? 10 * power;
}

export function seconds_text(seconds: number): string {
  if (seconds < 0.0995) return `${(1000 * seconds).toFixed(seconds < 0.00995 ? 1 : 0)} ms`;
  if (seconds < 99.5) return `${seconds.toPrecision(seconds < 9.95 ? 2 : 3)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds) % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function bytes_text(bytes: number): string {
  if (bytes <= 0) return MISSING_TEXT;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit + 1 < units.length) {
    value /= 1000;
    ++unit;
  }
  return `${Number(value.toPrecision(3))} ${units[unit]}`;
}

export function arrow(direction: "higher" | "lower"): string {
  return direction === "higher" ? "\u2191" : "\u2193";
}

/** One field of a CSV file (RFC 4180). */
export function csv_field(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
