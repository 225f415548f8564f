// Pictures for people to look at, in the test's output folder: phone, laptop and print, light and dark.
import { statSync } from "node:fs";
import { join } from "node:path";
import { OUTPUT, assert, report, show_plots, test, with_page } from "./harness.mjs";

const views = {
  phone: { width: 390, height: 844, touch: true, scale: 2 },
  laptop: { width: 1440, height: 900 },
};
for (const [view, size] of Object.entries(views)) {
  for (const scheme of ["light", "dark"]) {
    test(`picture: ${view}, ${scheme}`, () =>
      with_page(report("large_legends"), { ...size, scheme }, async (page) => {
        await show_plots(page);
        await page.evaluate(async () => {
          for (let y = 0; y < document.documentElement.scrollHeight; y += 600) {
            scrollTo({ top: y, behavior: "instant" });
            await new Promise((resolve) => setTimeout(resolve, 80));
          }
          scrollTo({ top: 0, behavior: "instant" });
        });
        const path = join(OUTPUT, `${view}_${scheme}.png`);
        await page.screenshot({ path, fullPage: true });
        assert.ok(statSync(path).size > 20_000);
        return path;
      }));
  }
}

test("picture: print, light also from a dark screen, with every plot drawn", () =>
  with_page(report("large_legends"), { width: 1040, height: 720, scheme: "dark" }, async (page) => {
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    await page.waitForTimeout(200);
    const drawn = await page.evaluate(() =>
      [...document.querySelectorAll(".plot .base")].map((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const pixels = new Uint32Array(data.buffer);
        return { ground: pixels[0], inked: pixels.filter((p) => p !== 0xffffffff).length };
      }),
    );
    assert.equal(drawn.length, 5);
    for (const { ground, inked } of drawn) {
      assert.equal(ground, 0xffffffff);
      assert.ok(inked > 1000);
    }
    const path = join(OUTPUT, "print.png");
    await page.screenshot({ path, fullPage: true });
    await page.pdf({ path: join(OUTPUT, "print.pdf"), preferCSSPageSize: true, printBackground: true });
    return path;
  }));
