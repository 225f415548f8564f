// Names of groups written on a plot, at the median of their cells, where there is room.
import type { CanvasTheme } from "../theme";
import type { EmbeddingCells, PlotStore } from "./store";

export interface GroupPlace {
  code: number;
  name: string;
  x: number;
  y: number;
}

const MOST = 60; // names considered
const SAMPLE = 2000; // cells per group that the median rests on

/** Median place of each group of the current colouring, largest group first. */
export function median_places(cells: EmbeddingCells, store: PlotStore, position: number): GroupPlace[] {
  if (store.mode === "silhouette") return [];
  const groups = store.groups(store.mode, position);
  if (!groups) return [];
  const chosen = groups.list
    .filter((group) => group.code >= 0)
    .sort((a, b) => b.size - a.size)
    .slice(0, MOST);
  const members: ({ xs: number[]; ys: number[] } | undefined)[] = [];
  for (const group of chosen) members[group.code] = { xs: [], ys: [] };
  for (let i = 0; i < cells.x.length; ++i) {
    const own = members[groups.codes[i]];
    if (!own || own.xs.length >= SAMPLE || Number.isNaN(cells.x[i] + cells.y[i])) continue;
    own.xs.push(cells.x[i]);
    own.ys.push(cells.y[i]);
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];
  return chosen
    .filter((group) => members[group.code]!.xs.length > 0)
    .map((group) => ({
      code: group.code,
      name: store.mode === "cluster" ? String(group.code) : group.name,
      x: median(members[group.code]!.xs),
      y: median(members[group.code]!.ys),
    }));
}

/** Writes names, largest group first, and leaves out those that would cover an earlier one. */
export function place_names(
  context: CanvasRenderingContext2D,
  places: GroupPlace[],
  size: number,
  theme: CanvasTheme,
  to_screen: (x: number, y: number) => [number, number],
): void {
  const taken: { left: number; right: number; top: number; bottom: number }[] = [];
  const font = size < 340 ? 10 : 11.5;
  context.font = `600 ${font}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  for (const place of places) {
    const name = place.name.length > 24 ? `${place.name.slice(0, 23)}…` : place.name;
    const [x, y] = to_screen(place.x, place.y);
    if (!(x > 0 && x < size && y > 0 && y < size)) continue;
    const half = context.measureText(name).width / 2 + 3;
    const at = Math.min(size - half, Math.max(half, x));
    const box = { left: at - half, right: at + half, top: y - 0.75 * font, bottom: y + 0.75 * font };
    const clash = taken.some((o) => box.left < o.right && box.right > o.left && box.top < o.bottom && box.bottom > o.top);
    if (clash) continue;
    taken.push(box);
    context.lineWidth = 3.5;
    context.strokeStyle = theme.halo;
    context.strokeText(name, at, y);
    context.fillStyle = theme.text;
    context.fillText(name, at, y);
  }
}
