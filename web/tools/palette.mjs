// Writes src/palette_data.ts: colours for categories, chosen so that each new one is as far as possible from all
// earlier ones, seen with normal vision and with the two common forms of colour blindness (Machado et al. 2009).
// The first seven are those of Okabe and Ito (2008), the yellow darkened so that it shows on white.
import { writeFileSync } from "node:fs";

const SEEDS = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#c7b000"];
const COUNT = 48;
const VISION = [
  [1, 0, 0, 0, 1, 0, 0, 0, 1],
  [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
];

const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const encoded = (c) => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);
const clamp = (c) => Math.min(1, Math.max(0, c));

function oklab([r, g, b]) {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function rgb_of_oklab([L, a, b]) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

const seen = (rgb) =>
  VISION.map((v) => oklab([0, 3, 6].map((i) => clamp(v[i] * rgb[0] + v[i + 1] * rgb[1] + v[i + 2] * rgb[2]))));
const distance = (p, q) =>
  Math.min(...p.map((a, i) => Math.hypot(a[0] - q[i][0], a[1] - q[i][1], a[2] - q[i][2]) * (i === 0 ? 0.75 : 1)));
const to_hex = (rgb) =>
  "#" + rgb.map((c) => Math.round(255 * clamp(encoded(c))).toString(16).padStart(2, "0")).join("");
const of_hex = (hex) => [1, 3, 5].map((i) => linear(parseInt(hex.slice(i, i + 2), 16) / 255));

const candidates = [];
for (let L = 0.4; L <= 0.83; L += 0.0215) {
  for (let C = 0.05; C <= 0.25; C += 0.02) {
    for (let h = 0; h < 360; h += 6) {
      const rgb = rgb_of_oklab([L, C * Math.cos((h * Math.PI) / 180), C * Math.sin((h * Math.PI) / 180)]);
      if (rgb.every((c) => c >= 0 && c <= 1)) candidates.push({ hex: to_hex(rgb), seen: seen(rgb) });
    }
  }
}
const chosen = SEEDS.map((hex) => ({ hex, seen: seen(of_hex(hex)) }));
const nearest = candidates.map((c) => Math.min(...chosen.map((p) => distance(c.seen, p.seen))));
while (chosen.length < COUNT) {
  let best = 0;
  for (let i = 1; i < candidates.length; ++i) if (nearest[i] > nearest[best]) best = i;
  chosen.push({ ...candidates[best], gap: nearest[best] });
  candidates.forEach((c, i) => (nearest[i] = Math.min(nearest[i], distance(c.seen, chosen.at(-1).seen))));
}
const rows = [];
for (let i = 0; i < COUNT; i += 8) rows.push("  " + chosen.slice(i, i + 8).map((c) => `"${c.hex}"`).join(", ") + ",");
writeFileSync(
  new URL("../src/palette_data.ts", import.meta.url),
  `// Written by tools/palette.mjs.\nexport const CATEGORY_COLOURS: readonly string[] = [\n${rows.join("\n")}\n];\n`,
);
console.log(chosen.map((c) => `${c.hex} ${(c.gap ?? 0).toFixed(3)}`).join("\n"));
