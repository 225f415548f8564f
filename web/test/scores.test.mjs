// The score table and the overview chart.
import { readFileSync } from "node:fs";
import { make_payload } from "./fixture.mjs";
import { assert, report, test, with_page } from "./harness.mjs";

const payload = make_payload();
const column = (page, metric) =>
  page.locator(".scores").evaluate((table, name) => {
    const buttons = [...table.querySelectorAll("thead button")];
    const at = buttons.findIndex((button) => button.dataset.sort === name);
    return [...table.querySelectorAll("tbody tr")].map((row) => row.children[at].textContent);
  }, metric);
const number = (text) => Number(/\d\.\d{3}/.exec(text)?.[0] ?? NaN);
const head = (page, metric) => page.locator(`.scores thead button[data-sort="${metric}"]`);
const sort_state = (page, metric) => head(page, metric).locator("xpath=..").getAttribute("aria-sort");

test("a click sorts best first, another click turns the order", () =>
  with_page(report("small"), {}, async (page) => {
    for (const [metric, first] of [["avg_bio", "descending"], ["pcr_batch", "ascending"]]) {
      await head(page, metric).click();
      assert.equal(await sort_state(page, metric), first);
      const values = (await column(page, metric)).map(number);
      const sorted = [...values].sort((a, b) => (first === "descending" ? b - a : a - b));
      assert.deepEqual(values, sorted);
      await head(page, metric).click();
      assert.notEqual(await sort_state(page, metric), first);
      assert.deepEqual((await column(page, metric)).map(number), sorted.reverse());
    }
  }));

test("the keyboard sorts and keeps its place", () =>
  with_page(report("small"), {}, async (page) => {
    await head(page, "nmi").focus();
    await page.keyboard.press("Enter");
    assert.equal(await sort_state(page, "nmi"), "descending");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.sort), "nmi");
    await page.keyboard.press("Space");
    assert.equal(await sort_state(page, "nmi"), "ascending");
  }));

test("the best of each column is marked, in the direction that is better", () =>
  with_page(report("small"), {}, async (page) => {
    for (const metric of payload.metrics) {
      const scores = payload.scores.filter((s) => s.metric === metric.name && !s.embedding.includes("/"));
      const values = scores.map((s) => s.value);
      const best = metric.direction === "higher" ? Math.max(...values) : Math.min(...values);
      const marked = (await column(page, metric.name)).filter((text) => text.includes("(best)"));
      assert.deepEqual(marked.map(number), [Number(best.toFixed(3))], metric.name);
    }
  }));

test("reduced dimensions: shown on request, with their own best, undefined ones last", () =>
  with_page(report("small"), {}, async (page) => {
    assert.equal(await page.locator(".scores tbody tr").count(), 3);
    await page.getByRole("radio", { name: "Both" }).check({ force: true });
    assert.equal(await page.locator(".scores tbody tr").count(), 6);
    assert.equal((await column(page, "avg_bio")).filter((text) => text.includes("(best)")).length, 2);
    await page.getByRole("radio", { name: "Reduced" }).check({ force: true });
    for (let i = 0; i < 2; ++i) {
      await head(page, "pcr_batch").click();
      assert.equal((await column(page, "pcr_batch"))[2], "n/a");
    }
  }));

test("a score without value says why, on hover and on keyboard focus", () =>
  with_page(report("small"), {}, async (page) => {
    await page.getByRole("radio", { name: "Reduced" }).check({ force: true });
    await page.locator(".why").first().focus();
    assert.match(await page.locator("#tooltip").textContent(), /no variance in these components/);
    assert.equal(await page.locator(".why").first().getAttribute("aria-describedby"), "tooltip");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#tooltip").isVisible(), false);
    await page.locator(".why").first().hover();
    assert.equal(await page.locator("#tooltip").isVisible(), true);
  }));

test("intervals stand under the values that have one; the others say why not", () =>
  with_page(report("small"), {}, async (page) => {
    const score = payload.scores.find((s) => s.embedding === "hvg" && s.metric === "asw_label");
    assert.ok((await column(page, "asw_label"))[0].includes(`${score.low.toFixed(3)}\u2009–\u2009${score.high.toFixed(3)}`));
    await page.locator(".scores tbody tr").first().locator(".value").first().focus();
    assert.match(await page.locator("#tooltip").textContent(), /No interval: not a mean over cells/);
  }));

test("repeated seeds are shown as their mean and range", () => {
  const seeds = make_payload({ reduced: false });
  const first = seeds.scores.find((s) => s.embedding === "pca" && s.metric === "nmi");
  Object.assign(first, { value: 0.5, seed: 0 });
  seeds.scores.push({ ...first, value: 0.6, seed: 1 }, { ...first, value: 0.7, seed: 2 });
  return with_page(report("seeds", seeds), {}, async (page) => {
    assert.match((await column(page, "nmi"))[1], /0\.600.*0\.500\u2009–\u20090\.700/);
  });
});

test("equal values have no best", () => {
  const equal = make_payload({ reduced: false });
  for (const score of equal.scores) if (score.metric === "ari") score.value = 0.5;
  return with_page(report("equal", equal), {}, async (page) => {
    assert.equal((await column(page, "ari")).filter((text) => text.includes("best")).length, 0);
  });
});

test("the table is saved as CSV, as scores.csv has it", () =>
  with_page(report("hostile"), {}, async (page) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByText("Download CSV").click()]);
    const lines = readFileSync(await download.path(), "utf8").trimEnd().split("\n");
    assert.equal(lines[0], "dataset,embedding,dims,n_cells,seed,metric,value,low,high,direction,convention,status,reason");
    assert.equal(lines.length, payload.scores.length + 1);
  }));

test("the overview shows every score of the rows in view; a legend click brings one embedding out", () =>
  with_page(report("small"), {}, async (page) => {
    const defined = payload.scores.filter((s) => !s.embedding.includes("/") && s.value !== null).length;
    assert.equal(await page.locator(".overview circle").count(), defined);
    await page.locator(".method-legend button", { hasText: "pca" }).click();
    assert.equal(await page.locator(".overview .mark:not(.faded)").count(), payload.metrics.length);
    await page.getByRole("radio", { name: "Both" }).check({ force: true });
    assert.equal(await page.locator(".overview .mark:not(.faded)").count(), 2 * payload.metrics.length);
  }));

test("the summary names the best and the next, and says where their intervals overlap", () => {
  const close = make_payload({ reduced: false, tags: ["hvg", "pca"] });
  close.scores = close.scores.filter((s) => s.metric === "asw_label" || s.metric === "pcr_batch");
  for (const score of close.scores) score.value = score.embedding === "hvg" ? 0.61 : 0.6;
  for (const score of close.scores) Object.assign(score, { low: score.value - 0.02, high: score.value + 0.02 });
  return with_page(report("close", close), {}, async (page) => {
    assert.equal(
      await page.locator(".findings").textContent(),
      "By ASW label, hvg keeps cell types apart best (0.610), ahead of pca (0.600); their 95 % intervals overlap, so the order is not certain.",
    );
  });
});

test("seeds: a row a metric, sorted on request; no section without them", async () => {
  const seeds = [["nmi", 0.5, 0.01], ["avg_bio", 0.75, 0.004], ["pcr_batch", 0.25, null]].map(([metric, mean, sd]) => ({
    embedding: "scvi", metric, n_seeds: sd === null ? 1 : 3, mean, sd, lowest: mean - 0.01, highest: mean + 0.01,
  }));
  await with_page(report("seed_spread", { ...make_payload(), seeds }), {}, async (page) => {
    const rows = page.locator("#seeds tbody tr");
    assert.equal(await rows.count(), 3);
    assert.match(await page.locator("#seeds .lead").textContent(), /scvi/);
    assert.deepEqual(await rows.nth(1).locator("td").allTextContents(), ["3", "0.750", "0.004", "0.740", "0.760"]);
    assert.match(await rows.nth(2).textContent(), /\u2013/);
    await page.locator("#seeds thead button", { hasText: "Mean" }).click();
    assert.match(await rows.first().textContent(), /0\.250/);
    assert.equal(await page.locator("#seeds thead button", { hasText: "Method" }).count(), 0, "one method alone has seeds");
  });
  await with_page(report("small"), {}, async (page) => assert.equal(await page.locator("#seeds").count(), 0));
});
