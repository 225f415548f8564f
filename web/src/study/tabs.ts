// Tabs as a screen reader knows them: arrow keys move and choose, Home and End go to the ends.
import { el } from "../dom";

export interface Tab {
  title: string;
  build: () => HTMLElement; // when first shown
}

export interface Tabs {
  element: HTMLElement;
  show_all: () => void; // for print: every panel, under its title
  show_one: () => void;
}

let n_tabs = 0;

export function make_tabs(label: string, tabs: Tab[]): Tabs {
  const id = `tabs-${++n_tabs}`;
  let chosen = 0;
  const panels = tabs.map((tab, i) => el("div", { role: "tabpanel", id: `${id}-panel-${i}`, "aria-labelledby": `${id}-tab-${i}`, hidden: true }, el("h3", { class: "print-title" }, tab.title)));
  const built = tabs.map(() => false);
  const build = (i: number) => {
    if (!built[i]) panels[i].append(tabs[i].build());
    built[i] = true;
  };
  const buttons = tabs.map((tab, i) =>
    el("button", { type: "button", role: "tab", id: `${id}-tab-${i}`, "aria-controls": `${id}-panel-${i}`, click: () => choose(i) }, tab.title),
  );
  const choose = (i: number) => {
    chosen = i;
    buttons.forEach((button, k) => {
      button.setAttribute("aria-selected", String(k === i));
      button.tabIndex = k === i ? 0 : -1;
    });
    panels.forEach((panel, k) => (panel.hidden = k !== i));
    build(i);
  };
  const list = el("div", { class: "tabs", role: "tablist", "aria-label": label }, ...buttons);
  list.addEventListener("keydown", (event) => {
    const last = tabs.length - 1;
    const next: Record<string, number> = { ArrowRight: chosen === last ? 0 : chosen + 1, ArrowLeft: chosen === 0 ? last : chosen - 1, Home: 0, End: last };
    if (!(event.key in next)) return;
    event.preventDefault();
    choose(next[event.key]);
    buttons[chosen].focus();
  });
  if (tabs.length) choose(0);
  return {
    element: el("div", { class: "tabbed" }, list, ...panels),
    show_all: () =>
      panels.forEach((panel, i) => {
        build(i);
        panel.hidden = false;
      }),
    show_one: () => choose(chosen),
  };
}
