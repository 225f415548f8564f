// The page as a whole: opens without a sound, stays safe, reads well everywhere.
import { make_payload } from "./fixture.mjs";
import { DATA_SETS, assert, plot_pixels, report, show_plots, test, with_page } from "./harness.mjs";

for (const name of Object.keys(DATA_SETS)) {
  test(`opens without error or request: ${name}`, () =>
    with_page(report(name), {}, async (page) => {
      await show_plots(page);
      const sections = await page.locator("section > h2").allTextContents();
      assert.deepEqual(sections, [
        "Scores", "All scores at a glance", "UMAPs", "Cell types", "Losses and warnings", "Figures", "How each metric is defined",
        "How it was made", "How to cite",
      ]);
    }));
}

test("hostile names are shown as the text they are", () =>
  with_page(report("hostile"), {}, async (page) => {
    await show_plots(page);
    const evil = "</script><img src=x onerror=alert(1)>";
    assert.ok((await page.locator("h1").textContent()).startsWith(evil));
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    assert.equal(await page.locator("script").count(), 2);
    assert.ok((await page.locator(".legend-list .group-name").first().textContent()).startsWith(evil));
    assert.ok((await page.locator(".warnings li").first().textContent()).startsWith(evil));
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 1440);
  }));

test("the page may run no other script and fetch nothing", () =>
  with_page(report("small"), {}, async (page) => {
    const outcome = await page.evaluate(async () => {
      const blocked = [];
      addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
      const script = document.createElement("script");
      script.textContent = "window.injected = true";
      document.body.append(script);
      const fetched = await fetch("data:,x").then(() => true, () => false);
      if (fetched) blocked.push("nothing: a fetch went through");
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { injected: window.injected ?? false, blocked };
    });
    assert.deepEqual(outcome, { injected: false, blocked: ["script-src-elem", "connect-src"] });
  }, /Content Security Policy/));

test("an evaluation without cells, labels, embeddings or scores still opens", () => {
  const nothing = {
    ...make_payload({ cells: 3 }), title: "", dataset: "", n_cells: 0, n_genes: 0, counts_source: "", n_points: 0, labels: null, batches: null,
    cell_names: [], embeddings: [], scores: [], seeds: [], metrics: [], losses: [], warnings: [], stages: [], provenance: [], figures: [],
  };
  return with_page(report("nothing", nothing), {}, async (page) => {
    assert.equal(await page.locator("h1").textContent(), "Untitled data set");
    assert.match(await page.locator("#umap").textContent(), /no embedding/);
    assert.match(await page.locator("#losses").textContent(), /Nothing was left out/);
  });
});

test("an embedding without layout, silhouettes or clusters, and a data set without labels", () => {
  const bare = make_payload({ cells: 200 });
  bare.labels = null;
  Object.assign(bare.embeddings[1], { x: null, y: null });
  for (const embedding of bare.embeddings) {
    Object.assign(embedding, { cluster: null, cluster_sizes: [], cluster_colours: [], silhouette_label: null, silhouette_batch: null, label_profile: null });
  }
  return with_page(report("bare", bare), {}, async (page) => {
    await show_plots(page);
    assert.equal(await page.locator(".panel").count(), 2);
    assert.deepEqual(await page.locator("#umap .choice span").allTextContents(), ["Batch", "Move", "Select"]);
    assert.equal(await page.locator("#cell-types").count(), 0);
  });
});

test("one cell, and cells all in one place", () => {
  const one = make_payload({ cells: 1, labels: 1, batches: 1 });
  return with_page(report("one_cell", one), {}, async (page) => {
    await show_plots(page);
    assert.equal(await page.locator(".panel").count(), 3);
  });
});

test("ten thousand labels", () => {
  const many = make_payload({ cells: 20_000, labels: 200 });
  const names = Array.from({ length: 10_000 }, (_, i) => `type ${i}`);
  Object.assign(many.labels, { categories: names, counts: names.map(() => 2), colours: names.map((_, i) => many.labels.colours[i % 200]) });
  for (const { label_profile } of many.embeddings) {
    label_profile.silhouette = names.map((_, i) => (i % 100) / 100);
    label_profile.mixed_with = names.map(() => null);
    label_profile.mixed_share = names.map(() => 0);
  }
  return with_page(report("many_labels", many), {}, async (page) => {
    await show_plots(page);
    assert.match(await page.locator(".legend-list .more").textContent(), /9,601 more/);
    await page.getByLabel("Find a group").fill("type 9999");
    assert.equal(await page.locator(".legend-list button").count(), 1);
    assert.equal(await page.locator(".cell-types tbody tr").count(), 60);
    await page.locator("#cell-types > .button").click();
    assert.equal(await page.locator(".cell-types tbody tr").count(), 560);
  });
});

test("a subset of the cells is said to be one", () => {
  const part = { ...make_payload({ cells: 500 }), n_cells: 483_152 };
  return with_page(report("subset", part), {}, async (page) => {
    assert.match(await page.locator("#umap .lead").textContent(), /show 500 of 483,152 cells/);
  });
});

for (const [width, height] of [[390, 844], [768, 1024], [1440, 900], [1920, 1080]]) {
  test(`nothing sticks out of a page ${width} pixels wide`, () =>
    with_page(report("large_legends"), { width, height, touch: width < 800 }, async (page) => {
      await show_plots(page);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
    }));
}

test("the theme button changes colours, of the plots too", () =>
  with_page(report("small"), {}, async (page) => {
    await show_plots(page);
    const corner = async () => (await plot_pixels(page))[0];
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(await corner(), 0xffffffff);
    await page.locator(".theme-button").click();
    await page.waitForTimeout(150);
    assert.equal(await ground(), "rgb(21, 25, 29)");
    assert.equal(await corner(), 0xff1d1915);
    await page.reload();
    assert.equal(await ground(), "rgb(21, 25, 29)");
  }));

test("text has the contrast that WCAG AA asks for, in both themes", async () => {
  for (const scheme of ["light", "dark"]) {
    await with_page(report("small"), { scheme }, async (page) => {
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
        for (const element of document.querySelectorAll("p,small,dt,dd,th,td,li,a,b,button,.value,.range,.why,legend,code")) {
          const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
          if (!own || element.closest(".skip, [hidden], .unseen, :disabled") || !element.getClientRects().length) continue;
          const [a, b] = [luminance(parts(getComputedStyle(element).color)), luminance(ground_of(element))];
          const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          if (ratio < 4.5) found.push(`${element.tagName}.${element.className} "${element.textContent.slice(0, 30)}" ${ratio.toFixed(2)}`);
        }
        return found;
      });
      assert.deepEqual(poor, [], scheme);
    });
  }
});

test("every control has a name", () =>
  with_page(report("small"), {}, async (page) => {
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("button, input, select, a, [tabindex]")]
        .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length || e.title))
        .map((e) => e.outerHTML.slice(0, 100)),
    );
    assert.deepEqual(nameless, []);
  }));

test("figures open large, close, and are saved as they are", () =>
  with_page(report("small"), {}, async (page) => {
    await page.locator(".figure-open").first().click();
    assert.equal(await page.locator("dialog[open] img").count(), 1);
    assert.ok(await page.locator("dialog[open] img").evaluate((image) => image.naturalWidth > 0));
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("dialog[open]").count(), 0);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByText("Save SVG").first().click()]);
    assert.equal(download.suggestedFilename(), "pbmc_multistudy_scores.svg");
  }));

const real = process.env.ZEROCELL_REPORT?.split(":").filter(Boolean) ?? [];
for (const path of real) {
  test(`opens without error or request: ${path}`, () =>
    with_page(`file://${path}`, {}, async (page) => {
      await show_plots(page);
      assert.ok((await page.locator("section").count()) >= 5);
    }));
}
