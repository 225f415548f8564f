// A test is a name and a function; a check that fails throws.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { make_payload, write_report } from "./fixture.mjs";

export { assert };
export const OUTPUT = process.env.ZEROCELL_REPORT_TEST_DIR ?? join(tmpdir(), "zerocell-report-test");
mkdirSync(OUTPUT, { recursive: true });

const tests = [];
export const test = (name, run) => tests.push({ name, run });

let browser = null;
const written = new Set();

export const DATA_SETS = {
  small: {},
  large_legends: { cells: 8000, labels: 45, batches: 31, tags: ["hvg", "pca", "scgpt", "geneformer", "scvi"] },
  hundred_thousand: { cells: 100_000, labels: 20, batches: 6, tags: ["hvg", "pca", "scgpt"] },
  hostile: { hostile: true },
};

/** Address of a report on disk, written on first use. */
export function report(name, payload) {
  const path = join(OUTPUT, `${name}.html`);
  if (!written.has(name)) write_report(path, payload ?? make_payload(DATA_SETS[name]));
  written.add(name);
  return `file://${path}`;
}

/** Opens a report, hands its page to `run`, and fails on any console message, error or request, but for messages that
 * the test provokes (`expected`). */
export async function with_page(url, { width = 1440, height = 900, scheme = "light", touch = false, scale = 1 } = {}, run, expected = null) {
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: scheme, hasTouch: touch, deviceScaleFactor: scale, acceptDownloads: true, reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => {
    // A note of the emulated graphics driver about the speed of copying, which no real one writes.
    if (!/GL Driver Message .*ReadPixels/.test(message.text()) && !expected?.test(message.text())) complaints.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!/^(file|blob|data):/.test(request.url())) complaints.push(`request: ${request.url()}`);
  });
  try {
    await page.goto(url);
    await page.waitForSelector("footer");
    const result = await run(page);
    assert.deepEqual(complaints, []);
    return result;
  } finally {
    await context.close();
  }
}

/** Brings the plots into view, drawn. */
export async function show_plots(page) {
  await page.evaluate(() => document.querySelector("#umap .tools").scrollIntoView({ block: "start", behavior: "instant" }));
  await page.waitForTimeout(250);
}

/** Pixels of the n-th plot, as one number each. */
export function plot_pixels(page, n = 0, layer = "base") {
  return page.evaluate(
    ([index, which]) => {
      const canvas = document.querySelectorAll(`.plot .${which}`)[index];
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
      return Array.from(new Uint32Array(data.buffer));
    },
    [n, layer],
  );
}

export async function run_all() {
  const wanted = process.argv[2];
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking"],
  });
  let passed = 0;
  let failed = 0;
  for (const { name, run } of tests) {
    if (wanted && !name.includes(wanted)) continue;
    try {
      const note = await run();
      ++passed;
      console.log(`ok    ${name}${note ? ` (${note})` : ""}`);
    } catch (error) {
      ++failed;
      console.log(`FAIL  ${name}\n      ${String(error.stack ?? error).split("\n").slice(0, 12).join("\n      ")}`);
    }
  }
  await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}
