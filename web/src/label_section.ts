// Which cell types an embedding keeps apart, and which it confuses with which.
import { el, section } from "./dom";
import { count_text, percent_text, plural, score_text } from "./format";
import { silhouette_colour } from "./palette";
import type { Payload } from "./payload";
import type { PlotStore } from "./plots/store";
import type { ScoreBook } from "./score_book";

const FIRST_ROWS = 60;

export function label_section(payload: Payload, book: ScoreBook, store: PlotStore | null): HTMLElement | null {
  const labels = payload.labels;
  const shown = payload.embeddings.filter((embedding) => embedding.label_profile);
  if (!labels || shown.length === 0) return null;
  const order = labels.categories.map((_, i) => i).sort((a, b) => labels.counts[b] - labels.counts[a] || a - b);

  const row = (label: number) => {
    const name = labels.categories[label];
    const highlight = () => {
      store!.set_highlight({ kind: "label", embedding: 0, codes: new Set([label]) });
      document.getElementById("umap")!.scrollIntoView({ block: "start" });
    };
    return el(
      "tr",
      {},
      el(
        "th",
        { scope: "row" },
        store ? el("button", { type: "button", class: "link", title: "Highlight in the UMAPs", click: highlight }, name) : name,
      ),
      el("td", { class: "number" }, count_text(labels.counts[label])),
      ...shown.map((embedding) => profile_cell(embedding.label_profile!, labels.categories, label)),
    );
  };
  const body = el("tbody", {}, ...order.slice(0, FIRST_ROWS).map(row));
  const rest = order.slice(FIRST_ROWS);
  const more = el(
    "button",
    {
      type: "button",
      class: "button",
      click: () => {
        body.append(...rest.splice(0, 500).map(row));
        more.hidden = rest.length === 0;
      },
    },
    `Show ${plural(Math.min(500, rest.length), "more cell type")}`,
  );
  more.hidden = rest.length === 0;

  return section(
    "cell-types",
    "Cell types",
    "Mean silhouette of each cell type, −1 to 1. The line below tells which types are confused: " +
      "the share of the type's cells in clusters where another type is in the majority, and the other type that takes most of them.",
    el(
      "div",
      { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "Silhouette per cell type" },
      el(
        "table",
        { class: "cell-types" },
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            el("th", { scope: "col" }, payload.label_name || "Label"),
            el("th", { scope: "col", class: "number" }, "Cells"),
            ...shown.map((embedding) => {
              const colour = book.rows.find((candidate) => candidate.name === embedding.tag)!.colour;
              return el("th", { scope: "col" }, el("span", { class: "swatch", style: `--swatch:${colour}` }), embedding.tag);
            }),
          ),
        ),
        body,
      ),
    ),
    more,
  );
}

function profile_cell(
  profile: NonNullable<Payload["embeddings"][number]["label_profile"]>,
  names: string[],
  label: number,
): HTMLElement {
  const value = profile.silhouette[label];
  const other = profile.mixed_with[label];
  const share = profile.mixed_share[label];
  const colour = value === null ? "transparent" : silhouette_colour(value);
  const mixed = other !== null && share >= 0.005 ? `${percent_text(share, 1)} with ${names[other]}` : "";
  return el(
    "td",
    {},
    el(
      "span",
      { class: "profile" },
      el("span", { class: "chip", style: `--chip:${colour}` }),
      el("span", {}, value === null ? "n/a" : score_text(value)),
    ),
    mixed ? el("small", { title: `${percent_text(share, 1)} of the cells in clusters of other types, most in those of ${names[other!]}` }, mixed) : null,
  );
}
