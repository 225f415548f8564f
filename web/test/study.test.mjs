// The study's page: safe, linked, sortable, by mouse and keyboard, light and dark, on paper.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { OUTPUT, assert, plot_pixels, show_plots, test, with_page } from "./harness.mjs";
import { make_study, write_study } from "./study_fixture.mjs";

const written = new Map();
function study(name, options = {}, change = (payload) => payload) {
  if (!written.has(name)) {
    const path = join(OUTPUT, `study_${name}.html`);
    const payload = change(make_study(options));
    write_study(path, payload);
    written.set(name, { url: `file://${path}`, payload });
  }
  return written.get(name);
}
const open = (name, options, run, size = {}, change) => {
  const { url, payload } = study(name, options, change);
  return with_page(url, size, (page) => run(page, payload));
};
const ALL_SECTIONS = ["findings", "overview", "pairs", "umap", "resolution", "gain", "cost", "reconstruction", "losses", "data", "figures", "definitions", "run", "cite"];
const ids = (page) => page.locator("main > section").evaluateAll((list) => list.map((own) => own.id));
const column = (page, title) =>
  page.locator(".matrix").evaluate((table, wanted) => {
    const at = [...table.querySelectorAll("thead th")].findIndex((own) => own.textContent.replace(/[▴▾]/, "") === wanted);
    return [...table.querySelectorAll("tbody tr")].map((row) => row.children[at].textContent);
  }, title);
const number = (text) => Number(/\d\.\d{3}/.exec(text)?.[0] ?? NaN);

test("study: opens with every section, without error or request", () => open("small", {}, async (page) => assert.deepEqual(await ids(page), ALL_SECTIONS)));

test("study: hostile names are shown as the text they are, links stay beside the page", () =>
  open("hostile", { hostile: true }, async (page) => {
    await show_plots(page);
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    assert.equal(await page.locator("script").count(), 2);
    assert.ok((await page.locator("h1").textContent()).startsWith("</script><img"));
    const hrefs = await page.locator("main a").evaluateAll((list) => list.map((own) => own.getAttribute("href")));
    assert.ok(hrefs.length > 20);
    for (const href of hrefs) assert.match(href, /^(#[\w-]+|\.\/[\w.%!'()*~-]+(\/[\w.%!'()*~-]+)*)$/);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 1440);
  }));

test("study: a folder that tries to leave or to name a protocol does neither", () =>
  open("folders", { datasets: 2, variants: false }, async (page) => {
    const hrefs = await page.locator("#data .files a").evaluateAll((list) => list.map((own) => own.getAttribute("href")));
    assert.equal(hrefs[0], "./etc/report.html");
    assert.equal(hrefs[4], "./javascript%3Aalert(1)/report.html");
  }, {}, (payload) => {
    payload.datasets[0].folder = "../../etc/./";
    payload.datasets[1].folder = "javascript:alert(1)";
    return payload;
  }));

test("study: nothing, and failures alone", async () => {
  const bare = (payload) => ({ ...payload, datasets: [], methods: [], metrics: [], pairs: [], failures: [], warnings: [], stages: [], provenance: [], figures: [], reconstruction_metrics: [], title: "" });
  await open("nothing", { datasets: 1 }, async (page) => {
    assert.equal(await page.locator("h1").textContent(), "Untitled study");
    assert.match(await page.locator("#losses").textContent(), /Nothing was left out/);
    assert.match(await page.locator("#data").textContent(), /No data set was finished/);
  }, {}, bare);
  await open("failures", { datasets: 2, umaps: false, reconstruction: false }, async (page) => {
    assert.equal(await page.locator("#umap").count(), 0);
    const cell = page.locator(".matrix tbody td .why").first();
    await cell.focus();
    assert.match(await page.locator("#tooltip").textContent(), /not computed|needs 9.2 GB/);
    assert.match(await page.locator("#losses").textContent(), /needs 9.2 GB/);
  }, {}, (payload) => {
    for (const dataset of payload.datasets) Object.assign(dataset, { values: [], costs: [], undefined: [], embeddings: [] });
    return { ...payload, pairs: [] };
  });
});

test("study: the matrix sorts by any method, marks the best of each data set, and has medians", () =>
  open("small", {}, async (page, payload) => {
    const head = page.locator(".matrix thead button", { hasText: "scvi" });
    await head.click();
    const values = (await column(page, "scvi")).map(number);
    assert.deepEqual(values, [...values].sort((a, b) => b - a));
    assert.equal(values.length, 5); // the whole data sets
    assert.equal(await head.locator("xpath=..").getAttribute("aria-sort"), "descending");
    await page.keyboard.press("Enter"); // the focus stays on the header
    assert.equal(await head.locator("xpath=..").getAttribute("aria-sort"), "ascending");
    assert.deepEqual((await column(page, "scvi")).map(number), [...values].reverse());
    for (const dataset of payload.datasets.slice(0, 5)) {
      const own = dataset.values.filter((value) => value.metric === "avg_bio" && !value.reduced);
      const best = own.reduce((a, b) => (b.mean > a.mean ? b : a));
      const row = page.locator(".matrix tbody tr", { hasText: dataset.name });
      assert.equal(number(await row.locator("td.best").textContent()), Number(best.mean.toFixed(3)));
    }
    // Of the values of a method over the five data sets.
    const medians = await page.locator(".matrix tfoot td").allTextContents();
    const expected = payload.datasets.slice(0, 5).map((own) => own.values.find((v) => v.tag === "scvi" && v.metric === "avg_bio" && !v.reduced).mean).sort((a, b) => a - b)[2];
    assert.equal(number(medians[1]), Number(expected.toFixed(3)));
    assert.match(medians[3], /4 of 5/); // geneformer failed once
  }));

test("study: metric, dimensions and variants are one choice for the whole page", () =>
  open("small", {}, async (page, payload) => {
    await page.locator("#cost select[aria-label=Metric]").selectOption("asw_batch");
    assert.equal(await page.locator("#overview select[aria-label=Metric]").inputValue(), "asw_batch");
    assert.match(await page.locator("#overview .note").textContent(), /^ASW batch: higher is better/);
    await page.locator("#overview").getByRole("radio", { name: "Reduced (30)" }).check({ force: true });
    assert.equal(await page.locator("#pairs").getByRole("radio", { name: "Reduced (30)" }).isChecked(), true);
    const own = payload.datasets[0].values.find((v) => v.tag === "pca" && v.metric === "asw_batch" && v.reduced);
    assert.equal(number((await column(page, "pca"))[0]), Number(own.mean.toFixed(3)));
    await page.locator("#overview").getByRole("radio", { name: "Without overlap" }).check({ force: true });
    assert.equal(await page.locator(".matrix tbody tr").count(), 1);
    await page.locator("#overview").getByRole("radio", { name: "All", exact: true }).check({ force: true });
    assert.equal(await page.locator(".matrix tbody tr").count(), 6);
    assert.match(await page.locator(".matrix tfoot th").textContent(), /5 data sets, each once/);
  }));

test("study: seeds are mean and deviation, hover tells interval or that there is none", () =>
  open("small", {}, async (page) => {
    await page.locator("#overview select[aria-label=Metric]").selectOption("asw_label");
    assert.match((await column(page, "scvi"))[0], /±\u20090\.005/);
    assert.match((await column(page, "pca"))[0], /\d\.\d{3}\u2009–\u2009\d\.\d{3}/);
    await page.locator(".matrix tbody tr").first().locator("td").nth(1).locator(".value").focus();
    assert.match(await page.locator("#tooltip").textContent(), /Mean of 3 seeds, standard deviation 0\.005/);
    await page.locator(".matrix tbody tr").first().locator("td").nth(7).locator(".value").hover();
    assert.match(await page.locator("#tooltip").textContent(), /95 % interval/);
  }));

test("study: tables are saved as CSV, in the order shown", () =>
  open("small", {}, async (page, payload) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#overview .tools").getByText("Download CSV").click()]);
    const lines = readFileSync(await download.path(), "utf8").trimEnd().split("\n");
    assert.equal(lines[0], `Data set,${payload.methods.map((own) => own.tag).join(",")}`);
    assert.equal(lines.length, 6);
    assert.equal(Number(lines[1].split(",")[1]), payload.datasets[0].values[0].mean);
    assert.equal(lines[2].split(",")[4], ""); // the failed one
  }));

test("study: verdicts are words, with their numbers on request", () =>
  open("small", {}, async (page) => {
    assert.deepEqual(await page.locator(".verdict-lines .verdict").allTextContents(), ["✓ confirmed", "≈ not distinguishable", "✗ refuted", "– not tested"]);
    const details = page.locator('[data-finding="1"] details').first();
    await details.locator("summary").focus();
    await page.keyboard.press("Enter");
    await details.locator("table").first().waitFor();
    assert.equal(await details.locator("table").first().locator("tbody tr").count(), 2);
    assert.equal(await details.locator("table").nth(1).locator("tbody tr").count(), 10);
    assert.match(await details.locator("table").nth(1).textContent(), /seeds and interval/);
  }));

test("study: pairs can be told from one method's side", () =>
  open("small", {}, async (page, payload) => {
    const rows = page.locator("#pairs tbody tr");
    assert.equal(await rows.count(), 28);
    await page.getByLabel("Compare").selectOption("scvi");
    assert.equal(await rows.count(), 7);
    assert.deepEqual([...new Set(await page.locator("#pairs tbody th").allTextContents())], ["scvi"]);
    const first = payload.pairs.find((own) => own.metric === "avg_bio" && !own.reduced).rows[0]; // hvg, scvi
    assert.equal(await rows.first().locator("td").nth(1).textContent(), (-first.median).toFixed(3).replace("-", "\u2212"));
  }));

test("study: a lasso selects the same cells in every plot and says which", () =>
  open("small", {}, async (page) => {
    await show_plots(page);
    const before = [await plot_pixels(page, 0), await plot_pixels(page, 3)];
    const box = await page.locator(".plot").first().boundingBox();
    const at = (x, y) => [box.x + box.width * x, box.y + box.height * y];
    await page.keyboard.down("Shift");
    await page.mouse.move(...at(0.1, 0.1));
    await page.mouse.down();
    for (const [x, y] of [[0.9, 0.1], [0.9, 0.5], [0.1, 0.5]]) await page.mouse.move(...at(x, y), { steps: 4 });
    await page.mouse.up();
    await page.keyboard.up("Shift");
    await page.waitForTimeout(250);
    assert.notDeepEqual(await plot_pixels(page, 0), before[0]);
    assert.notDeepEqual(await plot_pixels(page, 3), before[1]);
    const said = await page.locator(".selection-count").first().textContent();
    const n = Number(/^(\d+) cells/.exec(said)[1]);
    assert.ok(n > 20 && n < 880, said);
    const shares = await page.locator(".selection-output table").first().locator("tbody td:nth-child(2)").allTextContents();
    assert.equal(shares.reduce((sum, own) => sum + Number(own), 0), n);
    await page.getByRole("button", { name: "Zoom to them" }).click();
    await page.waitForTimeout(250);
    await page.getByRole("button", { name: "Reset views" }).click();
    await page.getByRole("button", { name: "Clear selection" }).click();
    await page.waitForTimeout(250);
    assert.deepEqual(await plot_pixels(page, 3), before[1]);
  }));

test("study: the plots of a data set move together, or apart on request", () =>
  open("small", {}, async (page) => {
    await show_plots(page);
    const before = await Promise.all([0, 1].map((n) => plot_pixels(page, n)));
    await page.locator(".plot").first().focus();
    await page.keyboard.press("+");
    await page.waitForTimeout(300);
    assert.notDeepEqual(await plot_pixels(page, 1), before[1]);
    await page.keyboard.press("0");
    await page.waitForTimeout(300);
    assert.deepEqual(await plot_pixels(page, 1), before[1]);
    await page.getByLabel("Move together").uncheck();
    await page.keyboard.press("Tab");
    await page.locator(".plot").first().focus();
    await page.keyboard.press("ArrowLeft");
    await page.waitForTimeout(300);
    assert.notDeepEqual(await plot_pixels(page, 0), before[0]);
    assert.deepEqual(await plot_pixels(page, 1), before[1]);
  }));

test("study: the keyboard alone selects what a plot shows", () =>
  open("small", {}, async (page) => {
    await show_plots(page);
    await page.locator(".plot").first().focus();
    for (let i = 0; i < 4; ++i) await page.keyboard.press("+");
    await page.keyboard.press("s");
    const n = Number(/^(\d+) cells?/.exec(await page.locator(".selection-count").first().textContent())[1]);
    assert.ok(n > 0 && n < 900);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".selection-count").count(), 0);
  }));

test("study: a drag selects where that is chosen, also by touch", () =>
  open("small", {}, async (page) => {
    await show_plots(page);
    await page.locator("#umap").getByRole("radio", { name: "Select" }).first().check({ force: true });
    const box = await page.locator(".plot").first().boundingBox();
    const client = await page.context().newCDPSession(page);
    const touch = (type, points) => client.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x: box.x + box.width * x, y: box.y + box.height * y, id })) });
    await touch("touchStart", [[0.2, 0.2]]);
    for (const place of [[0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]) await touch("touchMove", [place]);
    await touch("touchEnd", []);
    assert.equal(await page.locator(".selection-count").count(), 1);
  }, { width: 390, height: 844, touch: true }));

test("study: tabs by arrow keys; each data set keeps its own plots", () =>
  open("small", {}, async (page) => {
    const tabs = page.getByRole("tab");
    await tabs.first().focus();
    await page.keyboard.press("ArrowRight");
    assert.equal(await tabs.nth(1).getAttribute("aria-selected"), "true");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "PBMC 12k");
    assert.equal(await page.getByRole("tabpanel").filter({ visible: true }).count(), 1);
    await page.keyboard.press("End");
    assert.equal(await tabs.last().getAttribute("aria-selected"), "true");
    await page.keyboard.press("ArrowRight");
    assert.equal(await tabs.first().getAttribute("aria-selected"), "true");
    await page.locator("#umap [role=tabpanel]:visible").getByRole("radio", { name: "Batch" }).check({ force: true });
    await tabs.nth(1).click();
    assert.equal(await page.locator("#umap [role=tabpanel]:visible").getByRole("radio", { name: "Label" }).isChecked(), true);
  }));

test("study: every control is reached by Tab, has a name, and shows that it has the focus", () =>
  open("small", { datasets: 2, methods: 4 }, async (page) => {
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("button, input, select, a, [tabindex], summary")]
        .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length || e.title))
        .map((e) => e.outerHTML.slice(0, 100)),
    );
    assert.deepEqual(nameless, []);
    const seen = new Set();
    for (let i = 0; i < 400; ++i) {
      await page.keyboard.press("Tab");
      const state = await page.evaluate(() => {
        const own = document.activeElement;
        if (!own || own === document.body) return null;
        const style = getComputedStyle(own.matches(".choice input") ? own.nextElementSibling : own);
        return { section: own.closest("main > section")?.id ?? "top", ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0, what: own.outerHTML.slice(0, 80) };
      });
      if (!state) break;
      assert.ok(state.ring, state.what);
      seen.add(state.section);
    }
    for (const id of ["findings", "overview", "pairs", "umap"]) assert.ok(seen.has(id), id);
  }));

test("study: reconstruction marks the best apart for masked models", () =>
  open("small", {}, async (page) => {
    const table = page.locator("#reconstruction table").nth(1);
    const rows = await table.locator("tbody tr").evaluateAll((list) => list.map((row) => ({ text: row.textContent, best: row.querySelectorAll(".best").length })));
    assert.equal(rows.length, 18);
    for (const { text, best } of rows) {
      if (text.startsWith("scgpt-masked")) assert.equal(best, 0, text); // the lowest error, and nothing to compare it with
      if (text.startsWith("scgpt-human")) assert.ok(best >= 2, text);
    }
    assert.match(rows.find((own) => own.text.startsWith("scgpt-masked")).text, /15 %/);
  }));

test("study: cost chart, resolution and gain show every method that has the numbers", () =>
  open("small", {}, async (page) => {
    await page.locator("#cost").scrollIntoViewIfNeeded();
    assert.equal(await page.locator("#cost circle").count(), 8);
    assert.match(await page.locator("#cost circle").first().getAttribute("data-tip"), /hvg: AvgBIO \d\.\d{3} in .*, medians over 5 data sets/);
    assert.equal(await page.locator("#resolution tbody tr").count(), 16);
    const gain = page.locator("#gain tbody tr");
    assert.equal(await gain.count(), 1);
    assert.match(await gain.textContent(), /scgpt-human.*scgpt-random.*untrained weights.*\+0\.0/);
  }));

for (const [width, height] of [[380, 800], [768, 1024], [1440, 900]])
  test(`study: nothing sticks out of a page ${width} pixels wide`, () =>
    open("many", { methods: 20, datasets: 5, cells: 400, labels: 30, batches: 12 }, async (page) => {
      await page.evaluate(() => document.querySelectorAll("details").forEach((own) => (own.open = true)));
      await page.waitForTimeout(100);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
    }, { width, height, touch: width < 800 }));

test("study: text has the contrast that WCAG AA asks for, in both themes", async () => {
  for (const scheme of ["light", "dark"])
    await open("small", {}, async (page) => {
      const poor = await page.evaluate(() => {
        const parts = (text) => text.match(/[\d.]+/g).map(Number);
        const luminance = ([r, g, b]) => {
          const linear = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
          return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
        };
        const ground_of = (element) => {
          const layers = [];
          for (let at = element; at; at = at.parentElement) layers.push(parts(getComputedStyle(at).backgroundColor));
          return layers.reverse().reduce((under, [r, g, b, a = 1]) => [r, g, b].map((c, i) => c * a + under[i] * (1 - a)), [255, 255, 255]);
        };
        const found = [];
        for (const element of document.querySelectorAll("p,small,dt,dd,th,td,li,a,b,button,.value,.range,.why,.verdict,legend,code,summary")) {
          const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
          if (!own || element.closest(".skip, [hidden], .unseen, :disabled") || !element.getClientRects().length) continue;
          const [a, b] = [luminance(parts(getComputedStyle(element).color)), luminance(ground_of(element))];
          const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          if (ratio < 4.5) found.push(`${element.tagName}.${element.className} "${element.textContent.slice(0, 30)}" ${ratio.toFixed(2)}`);
        }
        return found;
      });
      assert.deepEqual(poor, [], scheme);
    }, { scheme });
});

test("study: print is light, without controls, with every data set's plots and every number of the verdicts", () =>
  open("small", {}, async (page) => {
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    await page.waitForTimeout(400);
    assert.equal(await page.locator(".plot .base").count(), 48);
    const drawn = await page.evaluate(() =>
      [...document.querySelectorAll(".plot .base")].map((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const pixels = new Uint32Array(data.buffer);
        return { ground: pixels[0], inked: pixels.filter((p) => p !== 0xffffffff).length };
      }),
    );
    for (const { ground, inked } of drawn) {
      assert.equal(ground, 0xffffffff);
      assert.ok(inked > 200);
    }
    assert.equal(await page.locator(".tools, .tabs, .panel-tools, .bar-top").filter({ visible: true }).count(), 0);
    assert.equal(await page.locator("details:not([open])").count(), 0);
    const path = join(OUTPUT, "study_print.pdf");
    await page.pdf({ path, preferCSSPageSize: true, printBackground: true });
    await page.screenshot({ path: join(OUTPUT, "study_print.png"), fullPage: true });
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    assert.equal(await page.getByRole("tabpanel").filter({ visible: true }).count(), 1);
    return path;
  }, { width: 1040, height: 720, scheme: "dark" }));

for (const [view, size] of Object.entries({ phone: { width: 380, height: 800, touch: true, scale: 2 }, laptop: { width: 1440, height: 900 } }))
  for (const scheme of ["light", "dark"])
    test(`picture: study, ${view}, ${scheme}`, () =>
      open("small", {}, async (page) => {
        await page.evaluate(async () => {
          for (let y = 0; y < document.documentElement.scrollHeight; y += 600) {
            scrollTo({ top: y, behavior: "instant" });
            await new Promise((resolve) => setTimeout(resolve, 60));
          }
          scrollTo({ top: 0, behavior: "instant" });
        });
        const path = join(OUTPUT, `study_${view}_${scheme}.png`);
        await page.screenshot({ path, fullPage: true });
        return path;
      }, { ...size, scheme }));

test("study: 20 methods x 20,000 cells: frames while all plots move together", () =>
  open("large", { methods: 20, datasets: 1, cells: 20_000, labels: 30, batches: 12, variants: false, reconstruction: false }, async (page) => {
    await show_plots(page);
    const box = await page.locator(".plot").first().boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.evaluate(() => {
      window.frames_ms = [];
      let last = performance.now();
      const tick = (now) => {
        window.frames_ms.push(now - last);
        last = now;
        if (window.frames_ms.length < 300) requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
    });
    for (let i = 0; i < 30; ++i) {
      await page.mouse.wheel(0, i % 20 < 10 ? -60 : 60);
      await page.waitForTimeout(10);
    }
    const frames = (await page.evaluate(() => window.frames_ms)).slice(2);
    assert.ok(frames.length > 5);
    const visible = await page.locator(".plot").evaluateAll((list) => list.filter((own) => own.getBoundingClientRect().top < innerHeight && own.getBoundingClientRect().bottom > 0).length);
    const sorted = [...frames].sort((a, b) => a - b);
    return `median frame ${sorted[sorted.length >> 1].toFixed(1)} ms, worst ${sorted.at(-1).toFixed(0)} ms, ${visible} plots in view`;
  }));

const real = process.env.ZEROCELL_STUDY?.split(":").filter(Boolean) ?? [];
for (const path of real)
  test(`study: opens without error or request: ${path}`, () =>
    with_page(`file://${path}`, {}, async (page) => {
      await show_plots(page);
      assert.ok((await page.locator("section").count()) >= 5);
      await page.screenshot({ path: join(OUTPUT, "study_real.png"), fullPage: true });
    }));
