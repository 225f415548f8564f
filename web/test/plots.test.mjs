// The linked plots: zoom, move, hover, select, highlight; by mouse, touch and keyboard.
import { make_payload } from "./fixture.mjs";
import { assert, plot_pixels, report, show_plots, test, with_page } from "./harness.mjs";

const WHITE = 0xffffffff;
const ink = (pixels) => pixels.filter((pixel) => pixel !== WHITE).length;
const middle = async (page, n = 0) => {
  const box = await page.locator(".plot").nth(n).boundingBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
};
const unpack = (packed) => {
  const bytes = Buffer.from(packed.data, "base64");
  return Array.from({ length: bytes.length / 2 }, (_, i) => packed.offset + packed.scale * bytes.readUInt16LE(2 * i));
};

/** Where the page draws a cell of embedding n: the same arithmetic, from the payload. */
async function place_of(page, payload, n, cell) {
  const { x, y } = payload.embeddings[n];
  const [xs, ys] = [unpack(x), unpack(y)];
  const known = xs.map((v, i) => i).filter((i) => i !== 7 && Number.isFinite(xs[i]));
  const range = (values) => known.reduce(([low, high], i) => [Math.min(low, values[i]), Math.max(high, values[i])], [Infinity, -Infinity]);
  const [x0, x1] = range(xs);
  const [y0, y1] = range(ys);
  const box = await page.locator(".plot").nth(n).evaluate((plot) => {
    const at = plot.getBoundingClientRect();
    return { x: at.x, y: at.y, width: plot.clientWidth };
  });
  const scale = (0.92 * box.width) / Math.max(x1 - x0, y1 - y0);
  return [box.x + box.width / 2 + (xs[cell] - (x0 + x1) / 2) * scale, box.y + box.width / 2 - (ys[cell] - (y0 + y1) / 2) * scale];
}

test("the wheel zooms the plot under it and leaves the page, and unless they move together the other plots, alone", () =>
  with_page(report("small"), {}, async (page) => {
    await show_plots(page);
    const alone = await plot_pixels(page, 1);
    await page.mouse.move(...(await middle(page)));
    await page.mouse.wheel(0, -400);
    await page.waitForTimeout(300);
    assert.notDeepEqual(await plot_pixels(page, 1), alone);
    await page.getByText("Reset views").click();
    await page.getByLabel("Move together").uncheck();
    await page.waitForTimeout(300);
    const before = [await plot_pixels(page, 0), await plot_pixels(page, 1)];
    const scrolled = await page.evaluate(() => scrollY);
    await page.mouse.move(...(await middle(page)));
    await page.mouse.wheel(0, -400);
    await page.waitForTimeout(300);
    assert.notDeepEqual(await plot_pixels(page, 0), before[0]);
    assert.deepEqual(await plot_pixels(page, 1), before[1]);
    assert.equal(await page.evaluate(() => scrollY), scrolled);
    await page.locator(".plot").first().dblclick({ position: { x: 4, y: 4 } });
    await page.waitForTimeout(300);
    assert.deepEqual(await plot_pixels(page, 0), before[0]);
  }));

test("a wheel that scrolls the page goes on when a plot comes under it", () =>
  with_page(report("small"), { height: 700 }, async (page) => {
    await page.evaluate(() => document.querySelector("#umap").scrollIntoView({ block: "center", behavior: "instant" }));
    const box = await page.locator(".plot").first().boundingBox();
    await page.evaluate((top) => scrollBy({ top: top - 460, behavior: "instant" }), box.y);
    await page.mouse.move(box.x + 100, 440);
    const from = await page.evaluate(() => scrollY);
    for (let i = 0; i < 6; ++i) await page.mouse.wheel(0, 60);
    await page.waitForTimeout(200);
    assert.ok((await page.evaluate(() => scrollY)) > from + 200);
  }));

test("a drag moves the plot and selects nothing", () =>
  with_page(report("small"), {}, async (page) => {
    await show_plots(page);
    const before = await plot_pixels(page);
    const [x, y] = await middle(page);
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 60, y + 20, { steps: 5 });
    await page.mouse.up();
    await page.waitForTimeout(250);
    const after = await plot_pixels(page);
    assert.notDeepEqual(after, before);
    assert.ok(ink(after) > 0);
    assert.equal(await page.locator(".cell-output dl").count(), 0);
  }));

test("hover names the cell under the pointer, and every plot rings it", () =>
  with_page(report("small"), {}, async (page) => {
    await show_plots(page);
    const payload = make_payload();
    const before = await plot_pixels(page, 1, "overlay");
    for (const cell of [0, 17, 500]) {
      await page.mouse.move(...(await place_of(page, payload, 0, cell)));
      await page.waitForTimeout(60);
      const text = await page.locator(".hover-card").first().textContent();
      const [name] = /AAAC[0-9A-Z]+-1/.exec(text);
      const shown = payload.cell_names.indexOf(name);
      const [a, b] = [await place_of(page, payload, 0, cell), await place_of(page, payload, 0, shown)];
      assert.ok(Math.hypot(a[0] - b[0], a[1] - b[1]) < 1.5, "the card names the cell there, or one on the same spot");
      const codes = Buffer.from(payload.labels.codes.data, "base64");
      assert.ok(text.includes(`Label${payload.labels.categories[codes[shown]]}`));
      assert.match(text, /Batch.*Cluster.*Silhouette/);
    }
    assert.notDeepEqual(await plot_pixels(page, 1, "overlay"), before);
    await page.mouse.move(5, 5);
    assert.equal(await page.locator(".hover-card").first().isVisible(), false);
    await page.waitForTimeout(60);
    assert.deepEqual(await plot_pixels(page, 1, "overlay"), before);
  }));

test("a click keeps a cell marked in all plots and tells of it in every embedding", () =>
  with_page(report("small"), {}, async (page) => {
    await show_plots(page);
    const payload = make_payload();
    const before = await plot_pixels(page, 2, "overlay");
    await page.mouse.click(...(await place_of(page, payload, 0, 30)));
    assert.equal(await page.locator(".cell-output tbody tr").count(), 3);
    await page.mouse.move(5, 5);
    await page.waitForTimeout(60);
    assert.notDeepEqual(await plot_pixels(page, 2, "overlay"), before);
    await page.getByLabel("Find a cell by name").fill(payload.cell_names[77]);
    await page.keyboard.press("Enter");
    assert.ok((await page.locator(".cell-output dd").first().textContent()).includes(payload.cell_names[77]));
    await page.getByLabel("Find a cell by name").fill("no such cell");
    await page.keyboard.press("Enter");
    assert.equal(await page.locator(".cell-output tbody tr").count(), 0);
    assert.match(await page.locator(".cell-details").textContent(), /No cell of that name/);
  }));

test("a legend click highlights the group in every plot; clear ends it", () =>
  with_page(report("small"), {}, async (page) => {
    await show_plots(page);
    const before = await Promise.all([0, 1, 2].map((n) => plot_pixels(page, n)));
    const button = page.locator(".legend-list button").nth(2);
    await button.click();
    await page.waitForTimeout(200);
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    for (const n of [0, 1, 2]) {
      const after = await plot_pixels(page, n);
      assert.notDeepEqual(after, before[n]);
      // Saturated pixels have the hue of the chosen group, a green: the others turn grey.
      const vivid = after.map((p) => [p & 255, (p >> 8) & 255, (p >> 16) & 255]).filter((c) => Math.max(...c) - Math.min(...c) > 80);
      assert.ok(vivid.length > 20, `plot ${n} shows the group`);
      assert.ok(vivid.every(([r, g, b]) => g > b && b > r), `plot ${n} shows no other group`);
    }
    await page.locator(".legend-list button").nth(4).click(); // a second group joins
    assert.equal(await page.locator('.legend-list button[aria-pressed="true"]').count(), 2);
    await page.locator(".clear").click();
    await page.waitForTimeout(200);
    for (const n of [0, 1, 2]) assert.deepEqual(await plot_pixels(page, n), before[n]);
  }));

test("colours follow label, batch, cluster and silhouette; each has its legend", () =>
  with_page(report("large_legends"), {}, async (page) => {
    await show_plots(page);
    const seen = [];
    for (const [mode, groups] of [["Label", 46], ["Batch", 31], ["Cluster", 45], ["Silhouette", 0]]) {
      await page.getByRole("radio", { name: mode, exact: true }).check({ force: true });
      await page.waitForTimeout(150);
      assert.equal(await page.locator(".legend-list button").count(), groups, mode);
      seen.push(JSON.stringify(await plot_pixels(page, 1)));
    }
    assert.equal(new Set(seen).size, 4);
    assert.equal(await page.locator(".ramp").count(), 1);
  }));

test("a cluster of one embedding can be highlighted in all", () =>
  with_page(report("small"), {}, async (page) => {
    await show_plots(page);
    await page.getByRole("radio", { name: "Cluster" }).check({ force: true });
    await page.getByLabel("Whose clusters the legend lists").selectOption({ label: "of pca" });
    const before = await plot_pixels(page, 2);
    await page.locator(".legend-list button").nth(1).click();
    await page.waitForTimeout(200);
    assert.notDeepEqual(await plot_pixels(page, 2), before);
  }));

test("the legend's search finds groups among 45", () =>
  with_page(report("large_legends"), {}, async (page) => {
    await show_plots(page);
    await page.getByLabel("Find a group").fill("plasma");
    const names = await page.locator(".legend-list .group-name").allTextContents();
    assert.ok(names.length > 1 && names.every((name) => /plasma/i.test(name)));
  }));

test("a cell type's name in the table highlights it in the plots", () =>
  with_page(report("small"), {}, async (page) => {
    await page.locator(".cell-types .link", { hasText: "NK cells" }).click();
    await page.waitForTimeout(300);
    assert.equal(await page.locator('.legend-list button[aria-pressed="true"] .group-name').textContent(), "NK cells");
  }));

test("the keyboard zooms, moves, selects and goes back", () =>
  with_page(report("small"), {}, async (page) => {
    await show_plots(page);
    const settle = () => page.waitForTimeout(250);
    const before = await plot_pixels(page);
    await page.locator(".plot").first().focus();
    const states = [before];
    for (const key of ["+", "ArrowLeft", "ArrowUp", "-"]) {
      await page.keyboard.press(key);
      await settle();
      const now = await plot_pixels(page);
      assert.notDeepEqual(now, states.at(-1), key);
      states.push(now);
    }
    await page.keyboard.press("0");
    await settle();
    assert.deepEqual(await plot_pixels(page), before);
    await page.keyboard.press("Enter");
    assert.equal(await page.locator(".cell-output tbody tr").count(), 3);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".cell-output tbody tr").count(), 0);
  }));

test("two fingers zoom, a tap selects", () =>
  with_page(report("small"), { width: 390, height: 844, touch: true }, async (page) => {
    await show_plots(page);
    const before = await plot_pixels(page);
    const [x, y] = await middle(page);
    const client = await page.context().newCDPSession(page);
    const touch = (type, points) => client.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([px, py], id) => ({ x: px, y: py, id })) });
    await touch("touchStart", [[x - 20, y], [x + 20, y]]);
    for (let d = 30; d <= 80; d += 10) await touch("touchMove", [[x - d, y], [x + d, y]]);
    await touch("touchEnd", []);
    await page.waitForTimeout(300);
    assert.notDeepEqual(await plot_pixels(page), before);
    assert.equal(await page.locator(".cell-output tbody tr").count(), 0);
    const payload = make_payload();
    await page.locator(".panel-tools button[title='Show all']").first().click();
    await page.touchscreen.tap(...(await place_of(page, payload, 0, 40)));
    assert.equal(await page.locator(".cell-output tbody tr").count(), 3);
  }));

test("WebGL and the software painter draw the same picture", async () => {
  const draw = (renderer) =>
    with_page(`${report("small")}#renderer=${renderer}`, {}, async (page) => {
      await show_plots(page);
      assert.equal(await page.locator("#umap").getAttribute("data-renderer"), renderer);
      return plot_pixels(page);
    });
  const [a, b] = [await draw("webgl"), await draw("canvas")];
  assert.equal(a.length, b.length);
  const inked = ink(b);
  assert.ok(inked > 2000);
  // Rims are smoothed differently, by up to a pixel: compare which pixels are inked at all.
  let differ = 0;
  for (let i = 0; i < a.length; ++i) if ((a[i] === WHITE) !== (b[i] === WHITE)) ++differ;
  assert.ok(differ < 0.35 * inked, `${differ} of ${inked}`);
  return `${((100 * differ) / inked).toFixed(0)} % of inked pixels at rims differ`;
});

test("a plot is saved as PNG", () =>
  with_page(report("small"), {}, async (page) => {
    await show_plots(page);
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator(".panel-tools button[title='Save as PNG']").first().click()]);
    assert.equal(download.suggestedFilename(), "pbmc_multistudy_hvg_label.png");
  }));
