// 100,000 cells in three plots. Times are recorded, never asserted: other work may run beside.
import { assert, report, show_plots, test, with_page } from "./harness.mjs";

const middle_of = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

for (const renderer of ["canvas", "webgl"]) {
  test(`frames while zooming 100,000 cells: ${renderer}`, () =>
    with_page(`${report("hundred_thousand")}#renderer=${renderer}`, {}, async (page) => {
      await show_plots(page);
      const box = await page.locator(".plot").first().boundingBox();
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.evaluate(() => {
        window.frames = [];
        let last = performance.now();
        const tick = (now) => {
          window.frames.push(now - last);
          last = now;
          if (window.frames.length < 400) requestAnimationFrame(tick);
        };
        requestAnimationFrame(tick);
      });
      for (let i = 0; i < 40; ++i) {
        await page.mouse.wheel(0, i % 20 < 10 ? -60 : 60);
        await page.waitForTimeout(10);
      }
      const frames = (await page.evaluate(() => window.frames)).slice(2);
      const hover = await page.evaluate(async () => {
        const plot = document.querySelector(".plot");
        const at = plot.getBoundingClientRect();
        const times = [];
        for (let i = 0; i < 60; ++i) {
          const started = performance.now();
          const place = { clientX: at.x + 60 + 3 * i, clientY: at.y + 60 + 3 * i, pointerId: 1, bubbles: true };
          plot.dispatchEvent(new PointerEvent("pointermove", place));
          times.push(performance.now() - started);
        }
        return times.slice(1);
      });
      const recolour = await page.evaluate(async () => {
        const started = performance.now();
        document.querySelectorAll(".legend-list button")[1].click();
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        return performance.now() - started;
      });
      assert.ok(frames.length > 5);
      return (
        `median frame ${middle_of(frames).toFixed(1)} ms, worst ${Math.max(...frames).toFixed(0)} ms; ` +
        `hover ${middle_of(hover).toFixed(2)} ms; highlight in three plots ${recolour.toFixed(0)} ms`
      );
    }));
}

test("time to open 100,000 cells x 3 plots", () =>
  with_page(report("hundred_thousand"), {}, async (page) => {
    const timing = await page.evaluate(() => {
      const [navigation] = performance.getEntriesByType("navigation");
      return navigation.domContentLoadedEventEnd;
    });
    assert.ok(timing > 0);
    return `${timing.toFixed(0)} ms`;
  }));
