// The report of a reconstruction: its own sections, none of an evaluation's, counts under the pointer.
import { join } from "node:path";
import { make_bins, make_reconstruction } from "./fixture.mjs";
import { OUTPUT, assert, report, test, with_page } from "./harness.mjs";

test("reconstruction: its sections, title and verdicts", () =>
  with_page(report("reconstruction", make_reconstruction()), {}, async (page) => {
    assert.deepEqual(await page.locator("section > h2").allTextContents(), [
      "Scores", "Predicted against true rank", "Cell by cell", "Losses and warnings", "Figures", "How each metric is defined", "How it was made", "How to cite",
    ]);
    assert.equal(await page.locator(".eyebrow").textContent(), "Reconstruction of expression");
    assert.match(await page.title(), /^Reconstruction of expression: pbmc_multistudy/);
    const findings = await page.locator(".findings p").allTextContents();
    assert.match(findings[0], /correlation of 0\.800: better than each gene's mean rank over the other cells \(0\.600\), gain 0\.200, 95 % interval 0\.180 to 0\.220\.$/);
    assert.match(findings[1], /worse than/);
    assert.equal(await page.locator(".scores thead .name").textContent(), "Model");
    assert.equal(await page.locator(".scores .row-name small").count(), 0);
    assert.equal(await page.locator(".density svg").count(), 1);
    assert.match(await page.locator(".density").nth(1).textContent(), /No gene was predicted/);
  }));

test("reconstruction: a field of the density tells its count, a bin of a distribution too", () => {
  const payload = make_reconstruction();
  return with_page(report("reconstruction_hover", payload), {}, async (page) => {
    const image = page.locator(".density image");
    await image.scrollIntoViewIfNeeded();
    const box = await image.boundingBox();
    const { truth: { n_bins }, counts } = payload.reconstruction.models[0].densities[0];
    // True bin 12 from the left, predicted bin 10 from below.
    await page.mouse.move(box.x + (box.width * 12.5) / n_bins, box.y + box.height - (box.height * 10.5) / n_bins);
    const expected = `${counts[12 * n_bins + 10].toLocaleString("en-US")} genes: true 0.750 to 0.813, predicted 0.625 to 0.688`;
    assert.equal(await page.locator(".reading").textContent(), expected);
    await page.mouse.move(box.x - 30, box.y);
    assert.match(await page.locator(".reading").textContent(), /Point at/);

    // The model stands below what it is compared with.
    const names = await page.locator(".distribution").first().locator("g").evaluateAll((groups) => groups.map((g) => g.dataset.column));
    assert.deepEqual(names, ["rank_correlation_mean_rank", "rank_correlation_mean_rank_loo", "rank_correlation"]);
    await page.locator(".distribution g rect:not(.ink)").nth(6).hover({ position: { x: 3, y: 2 } });
    assert.match(await page.locator("#tooltip").textContent(), /^0\.\d+ to 0\.\d+: \d+ cells?$/);
    await page.locator(".distribution text[tabindex]").first().focus();
    assert.match(await page.locator("#tooltip").textContent(), /quartiles 0\.650, 0\.700, 0\.760.*40 cells without a value/);
  });
});

test("reconstruction: one cell, no value, hostile names", () => {
  const payload = make_reconstruction({ cells: 1, hostile: true });
  for (const model of payload.reconstruction.models) {
    model.densities = [];
    for (const column of model.cells) Object.assign(column, { n: 0, n_missing: 1, mean: null, quartiles: null, counts: [0, 0] });
  }
  for (const score of payload.scores) Object.assign(score, { value: null, low: null, high: null, status: "not_applicable" });
  return with_page(report("reconstruction_nothing", payload), {}, async (page) => {
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    assert.equal(await page.locator(".density svg").count(), 0);
    assert.match(await page.locator(".distribution").first().textContent(), /no cell has a value/);
    assert.equal(await page.locator(".findings").count(), 0);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 1440);
  });
});

test("bins: sections, verdicts and score groups, alone and beside ranks", async () => {
  await with_page(report("bins", make_bins()), {}, async (page) => {
    const headings = await page.locator("section > h2").allTextContents();
    assert.deepEqual(headings.slice(0, 3), ["Scores", "Predicted against true bin", "Cell by cell"]);
    const findings = await page.locator(".findings p").allTextContents();
    assert.equal(findings.length, 4);
    assert.match(findings[0], /scgpt-human predicts bins from gene tokens \(GEP\) with a squared error of 201\.000: worse than each gene's mean over the other cells \(131\.200\), gain \u221269\.800.*mean bin, has 202\.400/);
    assert.match(findings[3], /scgpt-blood predicts bins given the cell embedding \(GEPC\).*: better than each gene's mean/);
    assert.deepEqual(await page.locator(".scores thead .group").allTextContents(), ["Squared error of bins", "Absolute error of bins", "Relative error of bins"]);
    assert.equal(await page.locator(".density svg").count(), 4);
    assert.match(await page.locator(".density figcaption").nth(1).textContent(), /scgpt-humanGEPC.*genes; 360 of 400 cells scored; 3 predictions beyond/);
    assert.match(await page.locator("#definitions").textContent(), /lower is better, 0 or more/);
    assert.match(await page.locator("#definitions").textContent(), /lower is better, any number/);
  });
  await with_page(report("both_kinds", make_bins({ with_ranks: true, tags: ["scgpt-human"] })), {}, async (page) => {
    const headings = await page.locator("section > h2").allTextContents();
    assert.deepEqual(headings.slice(0, 4), ["Scores", "Predicted against true rank", "Predicted against true bin", "Cell by cell"]);
    assert.deepEqual((await page.locator("nav a").allTextContents()).slice(0, 4), ["Scores", "Ranks", "Bins", "Cells"]);
    assert.equal(await page.locator("#density svg").count(), 1);
    assert.equal(await page.locator("#bins svg").count(), 2);
    assert.equal(await page.locator(".findings p").count(), 3);
    assert.equal(await page.locator(".distribution").count(), 2);
  });
});

test("masked models are compared among themselves, and their verdict says what was masked", () => {
  const payload = make_bins({ tags: ["scgpt-human", "scgpt-blood", "scgpt-masked"] });
  payload.reconstruction.models[2].masked = "0.15";
  const errors = { "scgpt-human": 201, "scgpt-blood": 190, "scgpt-masked": 120 };
  for (const score of payload.scores) if (score.metric === "mse_gep") score.value = errors[score.embedding];
  return with_page(report("masked", payload), {}, async (page) => {
    const stars = await page.locator(".scores tbody tr").evaluateAll((rows) => rows.map((row) => [row.dataset.embedding, row.querySelectorAll("td.best").length]));
    const best = Object.fromEntries(stars);
    assert.equal(best["scgpt-masked"], 0); // the lowest error, and nothing to compare it with
    assert.ok(best["scgpt-blood"] > 0);
    assert.match(await page.locator(".scores tbody .name").nth(2).textContent(), /15 % masked/);
    assert.match(await page.locator("#scores .note").textContent(), /apart for models that were shown all genes/);
    assert.match(await page.locator(".findings p").nth(4).textContent(), /predicts masked bins \(15 % of the genes\) from gene tokens/);
  });
});

test("bins: a field tells its count, its share and the median, lines lie where they belong", () => {
  const payload = make_bins();
  return with_page(report("bins_hover", payload), {}, async (page) => {
    const image = page.locator(".density image").nth(1);
    await image.scrollIntoViewIfNeeded();
    const box = await image.boundingBox();
    const { counts, spreads } = payload.reconstruction.models[0].densities[1];
    // True bin 12, predictions 20 to 21: field 25 from below.
    await page.mouse.move(box.x + (box.width * 11.5) / 50, box.y + box.height - (box.height * 25.5) / 65);
    const all = counts.slice(11 * 65, 12 * 65).reduce((a, b) => a + b, 0);
    const expected = `${counts[11 * 65 + 25]} genes (${((100 * counts[11 * 65 + 25]) / all).toFixed(1)} % of true bin 12): true bin 12, predicted 20.0 to 21.0; median prediction ${spreads[11][2].toFixed(1)}`;
    assert.equal(await page.locator(".reading").nth(1).textContent(), expected);
    await page.mouse.move(box.x + (box.width * 49.5) / 50, box.y + box.height - (box.height * 1.5) / 65);
    assert.equal(await page.locator(".reading").nth(1).textContent(), "0 genes: true bin 50, predicted \u22124.0 to \u22123.0");

    assert.ok(Math.abs(box.height / box.width - 65 / 50) < 0.01); // a bin is as long on both axes
    const median = await page.locator("#bins svg").first().locator("path.median:not(.halo)").boundingBox();
    const plot = await page.locator(".density image").first().boundingBox();
    // From bin 1 to bin 49 (50 has no gene), at 22.6 - 0.06 * 21.6 at the left end.
    assert.ok(Math.abs(median.x - (plot.x + plot.width * 0.01)) < 2);
    assert.ok(Math.abs(median.x + median.width - (plot.x + plot.width * 0.97)) < 2);
    assert.ok(Math.abs(median.y + median.height - (plot.y + plot.height * (1 - (22.6 - 0.06 * 21.6 + 5) / 65))) < 3);

    // The model's two ways stand below the averages, on an axis of squared errors.
    const names = await page.locator(".distribution").first().locator("g").evaluateAll((groups) => groups.map((g) => g.dataset.column));
    assert.deepEqual(names, ["mse_mean", "mse_gene_mean_loo", "mse_gep", "mse_gepc"]);
    const texts = await page.locator(".distribution").first().locator("svg > text").allTextContents();
    assert.deepEqual(texts, ["0", "100", "200"]);
  });
});

test("bins: one cell, nothing scored, hostile names", () => {
  const payload = make_bins({ cells: 1, hostile: true });
  const [first, second] = payload.reconstruction.models;
  first.densities = [];
  second.densities = second.densities.map((density) => ({ ...density, counts: density.counts.map(() => 0), spreads: density.spreads.map(() => null), constant: null }));
  for (const score of payload.scores) Object.assign(score, { value: null, low: null, high: null, status: "not_applicable" });
  return with_page(report("bins_nothing", payload), {}, async (page) => {
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    assert.equal(await page.locator(".density svg").count(), 0);
    assert.equal(await page.locator(".density .quiet").count(), 3);
    assert.equal(await page.locator(".findings").count(), 0);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 1440);
  });
});

for (const [view, size] of Object.entries({ phone: { width: 390, height: 844 }, laptop: { width: 1440, height: 900 } }))
  for (const scheme of ["light", "dark"])
    test(`picture: reconstruction, ${view}, ${scheme}`, () =>
      with_page(report("reconstruction", make_reconstruction()), { ...size, scheme }, async (page) => {
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), size.width);
        const path = join(OUTPUT, `reconstruction_${view}_${scheme}.png`);
        await page.screenshot({ path, fullPage: true });
        return path;
      }));

for (const [view, size] of Object.entries({ phone: { width: 390, height: 844 }, laptop: { width: 1440, height: 900 } }))
  for (const scheme of ["light", "dark"])
    test(`picture: bins, ${view}, ${scheme}`, () =>
      with_page(report("both_kinds", make_bins({ with_ranks: true, tags: ["scgpt-human"] })), { ...size, scheme }, async (page) => {
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), size.width);
        const path = join(OUTPUT, `bins_${view}_${scheme}.png`);
        await page.screenshot({ path, fullPage: true });
        return path;
      }));
