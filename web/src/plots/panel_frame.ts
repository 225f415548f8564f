// A plot with its caption and buttons.
import { el, svg } from "../dom";

const ICONS: Record<string, string> = {
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  home: "M3.2 8.6a5 5 0 1 0 1.3-4.1M3 2.5v3h3",
  enlarge: "M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5l-4.5 4.5M2.5 13.5l4.5-4.5",
  save: "M8 2.5v7.5M4.8 7L8 10.2 11.2 7M2.5 13.5h11",
};

export interface PanelTool {
  icon: keyof typeof ICONS;
  label: string;
  act: (button: HTMLElement) => void;
}

export interface PanelCaption {
  tag: string;
  colour: string;
  note: string;
}

/** The button "enlarge" is one that stays pressed. */
export function panel_frame(plot: HTMLElement, { tag, colour, note }: PanelCaption, tools: PanelTool[]): HTMLElement {
  const buttons = tools.map(({ icon, label, act }) =>
    el(
      "button",
      {
        type: "button", class: "icon", "aria-label": `${label}: ${tag}`, title: label, "aria-pressed": icon === "enlarge" ? "false" : undefined,
        click: (event: Event) => act(event.currentTarget as HTMLElement),
      },
      svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: ICONS[icon] })),
    ),
  );
  return el(
    "figure",
    { class: "panel", "data-embedding": tag },
    el(
      "figcaption",
      {},
      el("span", { class: "swatch", style: `--swatch:${colour}` }),
      el("b", { title: tag }, tag),
      el("span", { class: "panel-tools" }, ...buttons),
      el("small", {}, note),
    ),
    plot,
  );
}
