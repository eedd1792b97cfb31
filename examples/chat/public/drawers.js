// On a narrow screen the two side panels slide in over the conversation.

import { byId } from "./view.js";

export function createDrawers() {
  const drawers = ["rooms", "people"].map((name) => ({
    panel: byId(`${name}-panel`),
    button: byId(`show-${name}`),
  }));
  let opened = null;

  // The style sheet decides at which width a panel becomes a drawer.
  const slides = ({ panel }) => getComputedStyle(panel).position === "fixed";

  function update() {
    for (const drawer of drawers) {
      const open = drawer === opened && slides(drawer);
      drawer.panel.classList.toggle("open", open);
      drawer.panel.inert = slides(drawer) && !open;
      drawer.button.setAttribute("aria-expanded", String(open));
    }
    const covered = Boolean(opened && slides(opened));
    byId("scrim").hidden = !covered;
    document.querySelector(".conversation").inert = covered;
  }

  function close() {
    const closed = opened;
    opened = null;
    update();
    if (closed && slides(closed)) closed.button.focus();
  }

  for (const drawer of drawers) {
    drawer.button.addEventListener("click", () => {
      opened = drawer;
      update();
      drawer.panel.querySelector(".drawer-close").focus();
    });
    drawer.panel.querySelector(".drawer-close").addEventListener("click", close);
  }
  byId("scrim").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && opened) close();
  });
  addEventListener("resize", update);
  return { update, close };
}
