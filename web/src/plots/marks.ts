// What is drawn above the points: rings around cells and the outline of a lasso, on a rim that sets them off.
import type { CanvasTheme } from "../theme";
import type { Place } from "./lasso";

function stroke_on_rim(context: CanvasRenderingContext2D, rim: number, line: number, theme: CanvasTheme): void {
  for (const [width, colour] of [[rim, theme.halo], [line, theme.text]] as const) {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
  }
}

export function draw_ring(context: CanvasRenderingContext2D, [x, y]: Place, radius: number, theme: CanvasTheme): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 7);
  stroke_on_rim(context, 5, 2, theme);
}

export function draw_outline(context: CanvasRenderingContext2D, outline: Place[], theme: CanvasTheme): void {
  context.beginPath();
  for (const [x, y] of outline) context.lineTo(x, y);
  context.closePath();
  stroke_on_rim(context, 4, 1.6, theme);
}
