/** Red, green and blue in one number, as an ImageData pixel holds them: 0xAABBGGRR. */
export type Pixel = number;

export function pixel_of(hex: string): Pixel {
  const value = parseInt(hex.slice(1), 16);
  return (0xff000000 | ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}

function luminance(hex: string): number {
  const linear = (at: number) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(1) + 0.7152 * linear(3) + 0.0722 * linear(5);
}

/** The colour itself, or as little lighter or darker as lets it show on the light and on the dark page. */
export function screen_colour(hex: string): string {
  let colour = hex;
  for (let share = 0.04; luminance(colour) < 0.075 && share < 1; share += 0.04) colour = mix(hex, "#ffffff", share);
  for (let share = 0.04; luminance(colour) > 0.62 && share < 1; share += 0.04) colour = mix(hex, "#000000", share);
  return colour;
}

export function mix(from: string, to: string, share: number): string {
  const channel = (hex: string, i: number) => parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
  let out = "#";
  for (let i = 0; i < 3; ++i) {
    const value = Math.round(channel(from, i) * (1 - share) + channel(to, i) * share);
    out += value.toString(16).padStart(2, "0");
  }
  return out;
}

/** Diverging scale for silhouettes: vermilion at -1, grey at 0, blue at 1. */
export function silhouette_colour(value: number): string {
  const strength = Math.min(1, Math.abs(value)) ** 0.8;
  return mix("#c0bfbb", value < 0 ? "#c44601" : "#005a9e", strength);
}

const SILHOUETTE_STEPS = 201;
let silhouette_table: Uint32Array | null = null;

export function silhouette_pixel(value: number): Pixel {
  if (!silhouette_table) {
    silhouette_table = new Uint32Array(SILHOUETTE_STEPS);
    for (let i = 0; i < SILHOUETTE_STEPS; ++i) silhouette_table[i] = pixel_of(silhouette_colour(i / 100 - 1));
  }
  return silhouette_table[Math.max(0, Math.min(SILHOUETTE_STEPS - 1, Math.round(100 * (value + 1))))];
}
