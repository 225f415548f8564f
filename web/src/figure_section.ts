// The figures as files have them: vector drawings shown as images, so that nothing inside them can act on the page.
import { el, file_stem, save_file, section } from "./dom";
import type { Figure, Payload } from "./payload";

type Figures = Pick<Payload, "dataset" | "figures">;

export function figure_section(payload: Figures): HTMLElement | null {
  if (payload.figures.length === 0) return null;
  return section(
    "figures",
    "Figures",
    "The same drawings as in the folder figures/, ready for a paper. Open one to see it large.",
    el("div", { class: "figures" }, ...payload.figures.map((figure) => figure_card(payload, figure))),
  );
}

function figure_card(payload: Figures, figure: Figure): HTMLElement {
  const blob = new Blob([figure.svg], { type: "image/svg+xml" });
  const url = URL.createObjectURL(blob);
  const caption = figure.caption || figure.name;
  const dialog = el("dialog", { class: "figure-dialog", "aria-label": caption });
  const open = () => {
    dialog.replaceChildren(
      el("form", { method: "dialog" }, el("button", { class: "button" }, "Close")),
      el("img", { src: url, alt: caption }),
    );
    dialog.showModal();
  };
  const save = () => save_file(`${file_stem(payload.dataset)}_${file_stem(figure.name)}.svg`, blob);
  return el(
    "figure",
    {},
    el("button", { type: "button", class: "figure-open", "aria-label": `Enlarge: ${caption}`, click: open }, el("img", { src: url, alt: caption })),
    el("figcaption", {}, el("span", {}, caption), el("button", { type: "button", class: "button", click: save }, "Save SVG")),
    dialog,
  );
}
