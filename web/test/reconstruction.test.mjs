// The report of a reconstruction: its own sections, none of an evaluation's, counts under the pointer.
import { join } from "node:path";
import { make_reconstruction } from "./fixture.mjs";
import { OUTPUT, assert, report, test, with_page } from "./harness.mjs";

test("reconstruction: its sections, title and verdicts", () =>
  with_page(report("reconstruction", make_reconstruction()), {}, async (page) => {
    assert.deepEqual(await page.locator("section > h2").allTextContents(), [
      "Scores", "Predicted against true rank", "Cell by cell", "Losses and warnings", "Figures", "How each metric is defined", "How it was made", "How to cite",
    ]);
    assert.equal(await page.locator(".eyebrow").textContent(), "Reconstruction of expression");
    assert.match(await page.title(), /^Reconstruction of expression: pbmc_multistudy/);
    const findings = await page.locator(".findings p").allTextContents();
    assert.match(findings[0], /gain of 0\.200.*0\.180 to 0\.220: better than/);
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
    const { n_bins, counts } = payload.reconstruction.models[0].density;
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
    model.density = { n_bins: 0, low: 0, high: 1, counts: [] };
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

for (const [view, size] of Object.entries({ phone: { width: 390, height: 844 }, laptop: { width: 1440, height: 900 } }))
  for (const scheme of ["light", "dark"])
    test(`picture: reconstruction, ${view}, ${scheme}`, () =>
      with_page(report("reconstruction", make_reconstruction()), { ...size, scheme }, async (page) => {
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), size.width);
        const path = join(OUTPUT, `reconstruction_${view}_${scheme}.png`);
        await page.screenshot({ path, fullPage: true });
        return path;
      }));
