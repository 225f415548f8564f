// One tooltip for the whole page: elements with `data-tip` show that text on hover and on keyboard focus.
import { el } from "./dom";

export function install_tooltip(): void {
  const box = el("div", { id: "tooltip", role: "tooltip", hidden: true });
  document.body.append(box);
  let owner: Element | null = null;

  const hide = () => {
    box.hidden = true;
    owner?.removeAttribute("aria-describedby");
    owner = null;
  };
  const show = (target: Element) => {
    if (owner !== target) hide();
    owner = target;
    box.textContent = target.getAttribute("data-tip");
    box.hidden = false;
    target.setAttribute("aria-describedby", "tooltip");
    const at = target.getBoundingClientRect();
    const own = box.getBoundingClientRect();
    const left = Math.max(8, Math.min(innerWidth - own.width - 8, at.left + at.width / 2 - own.width / 2));
    const below = at.bottom + 6 + own.height <= innerHeight;
    box.style.left = `${left}px`;
    box.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - own.height - 6)}px`;
  };
  const owner_of = (event: Event) => (event.target as Element | null)?.closest?.("[data-tip]") ?? null;

  document.addEventListener("pointerover", (event) => {
    const target = owner_of(event);
    if (target) show(target);
    else if (owner && !owner.contains(document.activeElement)) hide();
  });
  document.addEventListener("focusin", (event) => {
    const target = owner_of(event);
    if (target) show(target);
    else hide();
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  addEventListener("scroll", hide, { passive: true, capture: true });
}
