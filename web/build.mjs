// Builds the pages of dist/: each one file with style and script inside, and a marker where the payload goes.
// `node build.mjs --check` compares with the committed files instead of writing them.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const here = (path) => new URL(path, import.meta.url);
const bundle = async (entry) => {
  const result = await build({
    entryPoints: [here(entry).pathname],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["es2020", "chrome98", "firefox98", "safari15.4"],
    charset: "ascii",
    legalComments: "none",
    logLevel: "warning",
  });
  return result.outputFiles[0].text.trim();
};

/** The page with only this very script allowed to run and nothing to be fetched: what a file's names contain can do neither. */
const page = async (script_entry, style_entry) => {
  const script = await bundle(script_entry);
  const style = await bundle(style_entry);
  const hash = createHash("sha256").update(script).digest("base64");
  const text = readFileSync(here("src/template.html"), "utf8")
    .replace("{{script_hash}}", () => `sha256-${hash}`)
    .replace("{{style}}", () => style)
    .replace("{{script}}", () => script);
  if (/[^\x00-\x7f]/.test(text)) throw new Error("the template must be plain ASCII: a C++ literal holds it");
  return text;
};

const pages = [
  ["dist/report_template.html", "src/main.ts", "src/style.css"],
  ["dist/study_template.html", "src/study/main.ts", "src/study/style.css"],
];
for (const [target, script, style] of pages) {
  const text = await page(script, style);
  if (!process.argv.includes("--check")) {
    writeFileSync(here(target), text);
    console.log(`web/${target}: ${(text.length / 1024).toFixed(1)} KiB`);
  } else if (readFileSync(here(target), "utf8") === text) {
    console.log(`web/${target} is up to date`);
  } else {
    console.error(`web/${target} differs from its sources: run \`npm run build\` in web/ and commit it`);
    process.exitCode = 1;
  }
}
