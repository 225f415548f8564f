// What the colours mean. A click on a group highlights its cells in every plot; more clicks add groups.
import { el } from "../dom";
import { count_text, plural } from "../format";
import { silhouette_colour } from "../palette";
import type { Group, GroupKind, PlotStore } from "./store";

const SEARCH_FROM = 12; // groups from which a search field helps
const MOST_SHOWN = 400; // rows in the list; the search reaches the others

export function make_legend(store: PlotStore): HTMLElement {
  const box = el("div", { class: "legend", role: "group", "aria-label": "Legend" });
  let wanted = "";
  let list: HTMLElement | null = null;

  const mark_rows = () => {
    if (store.mode === "silhouette") return;
    for (const button of box.querySelectorAll<HTMLElement>("button[data-code]")) {
      const on = store.is_highlighted(store.mode, store.legend_embedding, Number(button.dataset.code));
      button.setAttribute("aria-pressed", String(on));
    }
    box.classList.toggle("has-highlight", store.highlight !== null && store.highlight.kind === store.mode);
    const clear = box.querySelector<HTMLButtonElement>(".clear");
    if (clear) clear.disabled = store.highlight === null && store.picked === null;
  };
  const fill_list = (kind: GroupKind, groups: Group[]) => {
    const needle = wanted.trim().toLowerCase();
    const matching = needle ? groups.filter((group) => group.name.toLowerCase().includes(needle)) : groups;
    const rows = matching.slice(0, MOST_SHOWN).map((group) => row(store, kind, group));
    const rest = matching.length - rows.length;
    list!.replaceChildren(
      ...rows,
      ...(rest > 0 ? [el("li", { class: "more" }, `${count_text(rest)} more: search by name`)] : []),
      ...(matching.length === 0 ? [el("li", { class: "more" }, "No group of that name")] : []),
    );
    mark_rows();
  };
  const draw = () => {
    if (store.mode === "silhouette") {
      box.replaceChildren(...silhouette_legend());
      return;
    }
    const kind: GroupKind = store.mode;
    const groups = store.groups(kind, store.legend_embedding)?.list ?? [];
    const titles = { label: "Cell types", batch: "Batches", cluster: "Clusters" };
    list = el("ul", { class: "legend-list" });
    const clear = el(
      "button",
      { type: "button", class: "clear", disabled: true, click: () => store.set_highlight(null) },
      "Clear",
    );
    box.replaceChildren(
      el("div", { class: "legend-head" }, el("b", {}, titles[kind]), el("span", { class: "quiet" }, count_text(groups.filter((group) => group.code >= 0).length)), clear),
      ...(kind === "cluster" && store.embeddings.length > 1 ? [embedding_picker(store)] : []),
      ...(groups.length >= SEARCH_FROM ? [search_field((text) => ((wanted = text), fill_list(kind, groups)), wanted)] : []),
      list,
      el("p", { class: "hint" }, "Click groups to highlight them in all plots."),
    );
    fill_list(kind, groups);
  };
  store.subscribe((change) => {
    if (change === "colour") {
      wanted = "";
      draw();
    } else if (change === "highlight") {
      mark_rows();
    }
  });
  draw();
  return box;
}

function row(store: PlotStore, kind: GroupKind, group: Group): HTMLElement {
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        "data-code": group.code,
        "aria-pressed": "false",
        "aria-label": `${group.name}, ${plural(group.size, "cell")}`,
        title: group.name,
        click: () => store.toggle_highlight(kind, store.legend_embedding, group.code),
      },
      el("span", { class: "swatch", style: `--swatch:${group.colour}` }),
      el("span", { class: "group-name" }, group.name),
      el("span", { class: "count" }, count_text(group.size)),
    ),
  );
}

function search_field(on_input: (text: string) => void, value: string): HTMLElement {
  return el("input", {
    type: "search",
    placeholder: "Find a group",
    "aria-label": "Find a group",
    value,
    input: (event: Event) => on_input((event.target as HTMLInputElement).value),
  });
}

function embedding_picker(store: PlotStore): HTMLElement {
  const select = el("select", {
    "aria-label": "Whose clusters the legend lists",
    change: (event: Event) => store.set_legend_embedding(Number((event.target as HTMLSelectElement).value)),
  });
  store.embeddings.forEach((embedding, i) => {
    if (embedding.clusters) select.append(el("option", { value: i, selected: i === store.legend_embedding }, `of ${embedding.info.tag}`));
  });
  return select;
}

function silhouette_legend(): HTMLElement[] {
  const stops = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1].map(silhouette_colour).join(",");
  return [
    el("div", { class: "legend-head" }, el("b", {}, "Silhouette over cell types")),
    el("div", { class: "ramp", style: `background:linear-gradient(90deg,${stops})`, role: "img", "aria-label": "Colour scale from −1 to 1" }),
    el("div", { class: "ramp-ticks" }, el("span", {}, "−1"), el("span", {}, "0"), el("span", {}, "1")),
    el(
      "p",
      { class: "hint" },
      "Blue: nearer to its own cell type than to any other. Vermilion: nearer to another cell type. Measured in the full embedding, not in the plot.",
    ),
  ];
}
