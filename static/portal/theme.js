// Runs before the first paint: dark where the reader chose it or the system is dark.
(() => {
  "use strict";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const choice = root.dataset.theme;
    const dark = choice === "dark" || (choice === "auto" && system.matches);
    root.setAttribute("data-bs-theme", dark ? "dark" : "light");
    document.dispatchEvent(new CustomEvent("portal:theme"));
  };
  system.addEventListener("change", apply);
  window.portalTheme = (choice) => {
    root.dataset.theme = choice;
    document.cookie = `theme=${choice}; path=/; max-age=31536000; samesite=lax`;
    apply();
  };
  root.classList.add("js");
  apply();
})();
