// Parts that need no browser.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { OUTPUT, assert, test } from "./harness.mjs";

async function load(source) {
  const { outputFiles } = await build({
    entryPoints: [new URL(`../src/${source}`, import.meta.url).pathname], bundle: true, write: false, format: "esm",
  });
  const path = join(OUTPUT, `${source.replaceAll("/", "_")}.mjs`);
  writeFileSync(path, outputFiles[0].text);
  return import(path);
}

test("grid index finds the nearest point as a search over all does", async () => {
  const { GridIndex } = await load("plots/grid_index.ts");
  let state = 1;
  const uniform = () => ((state = (state * 48271) % 2147483647) / 2147483647);
  for (const spread of [1, 0]) {
    const n = 500;
    const x = Float32Array.from({ length: n }, () => 10 * uniform());
    const y = Float32Array.from({ length: n }, () => spread * 5 * uniform()); // 0: all on a line
    x[3] = NaN;
    const index = new GridIndex(x, y);
    for (let q = 0; q < 400; ++q) {
      const [px, py, radius] = [12 * uniform() - 1, 7 * uniform() - 1, 2 * uniform()];
      let best = radius * radius;
      for (let i = 0; i < n; ++i) best = Math.min(best, (x[i] - px) ** 2 + (y[i] - py) ** 2 || Infinity);
      const found = index.nearest(px, py, radius);
      if (found < 0) assert.equal(best, radius * radius);
      else assert.equal((x[found] - px) ** 2 + (y[found] - py) ** 2, best);
    }
  }
});

test("grid index of no point, of one point and of points in one place", async () => {
  const { GridIndex } = await load("plots/grid_index.ts");
  assert.equal(new GridIndex(new Float32Array(0), new Float32Array(0)).nearest(0, 0, 5), -1);
  assert.equal(new GridIndex(Float32Array.of(2), Float32Array.of(3)).nearest(2, 4, 1.5), 0);
  assert.equal(new GridIndex(Float32Array.of(2, 2, 2), Float32Array.of(3, 3, 3)).nearest(9, 9, 1), -1);
  assert.equal(new GridIndex(Float32Array.of(2, 2, 2), Float32Array.of(3, 3, 3)).nearest(2, 3, 1), 2);
});

test("numbers are written as readers expect", async () => {
  const f = await load("format.ts");
  assert.equal(f.score_text(0.12345), "0.123");
  assert.equal(f.score_text(-0.5), "\u22120.500");
  assert.equal(f.score_text(null), "\u2013");
  assert.equal(f.score_text(NaN), "\u2013");
  assert.equal(f.percent_text(0, 10), "0.0 %");
  assert.equal(f.percent_text(1, 1e6), "< 0.1 %");
  assert.equal(f.percent_text(999_999, 1e6), "> 99.9 %");
  assert.equal(f.percent_text(10, 10), "100 %");
  assert.equal(f.percent_text(0, 0), "\u2013");
  assert.equal(f.seconds_text(0.0042), "4.2 ms");
  assert.equal(f.seconds_text(3.14159), "3.1 s");
  assert.equal(f.seconds_text(119.7), "2 min 0 s");
  assert.equal(f.seconds_text(7322), "2 h 2 min");
  assert.equal(f.bytes_text(1_500_000_000), "1.5 GB");
  assert.equal(f.bytes_text(999_600), "1 MB");
  assert.equal(f.csv_field('a,"b"'), '"a,""b"""');
  assert.equal(f.plural(1, "cell"), "1 cell");
  assert.equal(f.plural(1200, "cell"), "1,200 cells");
});

test("colours keep clear of both page colours and mean the same as in the figures", async () => {
  const { screen_colour, pixel_of, silhouette_colour } = await load("palette.ts");
  assert.equal(screen_colour("#0072b2"), "#0072b2");
  assert.notEqual(screen_colour("#101030"), "#101030");
  assert.notEqual(screen_colour("#ffffaa"), "#ffffaa");
  assert.equal(pixel_of("#123456"), 0xff563412);
  assert.equal(silhouette_colour(0), "#c0bfbb");
  assert.notEqual(silhouette_colour(-1), silhouette_colour(1));
});
