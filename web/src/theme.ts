// Light or dark: as the system says until the reader chooses. Canvases can't read CSS variables by themselves, so
// whoever draws one asks here and is told of changes; print is always light.
import { el } from "./dom";

export interface CanvasTheme {
  background: string;
  text: string;
  halo: string;
  muted: string; // points that are not in the highlighted group
}

const LIGHT: CanvasTheme = { background: "#ffffff", text: "#1b2126", halo: "#ffffff", muted: "#d3d7da" };
const DARK: CanvasTheme = { background: "#15191d", text: "#e8ebed", halo: "#15191d", muted: "#3a4147" };

const listeners: (() => void)[] = [];
let printing = false;

function stored(): string | null {
  try {
    return localStorage.getItem("zerocell-theme");
  } catch {
    return null; // some browsers refuse storage to files on disk
  }
}

function is_dark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  if (chosen) return chosen === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

export function canvas_theme(): CanvasTheme {
  return is_dark() && !printing ? DARK : LIGHT;
}

export function on_theme_change(listener: () => void): void {
  listeners.push(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}

export function theme_button(): HTMLElement {
  const saved = stored();
  if (saved === "dark" || saved === "light") document.documentElement.dataset.theme = saved;
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
  const button = el("button", { type: "button", class: "theme-button" });
  const show = () => {
    button.textContent = is_dark() ? "Light" : "Dark";
    button.setAttribute("aria-label", is_dark() ? "Use light colours" : "Use dark colours");
  };
  on_theme_change(show);
  button.addEventListener("click", () => {
    const next = is_dark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem("zerocell-theme", next);
    } catch {
      // the choice holds until the page is closed
    }
    tell();
  });
  show();
  return button;
}

// At load, so that whoever draws for print later finds the light theme in place.
for (const kind of ["beforeprint", "afterprint"]) {
  addEventListener(kind, () => {
    printing = kind === "beforeprint";
    tell();
  });
}
