// Light or dark. Loaded before the page is drawn, so that a stored choice never flashes.

const STORED = "chat-theme";
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

function stored() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // Storage can be switched off; the theme then follows the system.
  }
}

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
}

function label() {
  for (const button of document.querySelectorAll(".theme-toggle")) {
    button.setAttribute("aria-pressed", String(isDark()));
  }
}

function toggle() {
  root.dataset.theme = isDark() ? "light" : "dark";
  try {
    localStorage.setItem(STORED, root.dataset.theme);
  } catch {
    // The choice then holds until the page is reloaded.
  }
  label();
}

if (["light", "dark"].includes(stored())) root.dataset.theme = stored();
system.addEventListener("change", label);
document.addEventListener("DOMContentLoaded", () => {
  label();
  for (const button of document.querySelectorAll(".theme-toggle")) {
    button.addEventListener("click", toggle);
  }
});
