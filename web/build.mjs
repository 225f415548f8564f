// Builds dist/report_template.html: one file with style and script inside, and a marker where the payload goes.
// `node build.mjs --check` compares with the committed file instead of writing it.
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

const script = await bundle("src/main.ts");
const style = await bundle("src/style.css");
// Only this very script may run and nothing may be fetched: what a file's names contain can do neither.
const hash = createHash("sha256").update(script).digest("base64");
const template = readFileSync(here("src/template.html"), "utf8")
  .replace("{{script_hash}}", () => `sha256-${hash}`)
  .replace("{{style}}", () => style)
  .replace("{{script}}", () => script);
if (/[^\x00-\x7f]/.test(template)) throw new Error("the template must be plain ASCII: a C++ literal holds it");
const target = here("dist/report_template.html");

if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== template) {
    console.error("web/dist/report_template.html differs from its sources: run `npm run build` in web/ and commit it");
    process.exit(1);
  }
  console.log("web/dist/report_template.html is up to date");
} else {
  writeFileSync(target, template);
  console.log(`web/dist/report_template.html: ${(template.length / 1024).toFixed(1)} KiB`);
}
