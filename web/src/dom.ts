// Elements made from text: nothing here or anywhere else in the report parses a string as HTML.

type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | ((event: any) => void) | undefined>;

function fill(element: Element, attributes: Attributes, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) element.append(child);
}

export function el<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  fill(element, attributes, children);
  return element;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  fill(element, attributes, children);
  return element;
}

/** A section of the page with its heading; `id` is where the navigation jumps to. */
export function section(id: string, heading: string, lead: string, ...children: Child[]): HTMLElement {
  return el(
    "section",
    { id, "aria-labelledby": `${id}-heading` },
    el("h2", { id: `${id}-heading` }, heading),
    lead ? el("p", { class: "lead" }, lead) : null,
    ...children,
  );
}

let n_choices = 0; // a page may hold several choices of one name

/** Buttons of which one is on, as a group of radio buttons: arrow keys move, a click chooses. */
export function choice<T extends string>(
  name: string,
  options: { value: T; text: string }[],
  chosen: T,
  on_change: (value: T) => void,
): HTMLElement {
  const id = `choice-${name.toLowerCase().replace(/\W+/g, "-")}-${++n_choices}`;
  return el(
    "fieldset",
    { class: "choice" },
    el("legend", {}, name),
    ...options.map((option) =>
      el(
        "label",
        {},
        el("input", {
          type: "radio",
          name: id,
          value: option.value,
          checked: option.value === chosen,
          change: () => on_change(option.value),
        }),
        el("span", {}, option.text),
      ),
    ),
  );
}

export function save_file(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = el("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function file_stem(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, "_").replace(/^[._]+/, "").slice(0, 80) || "report";
}
