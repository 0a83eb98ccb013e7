/* Before the first paint: "auto" follows the device. Runs at the head; touches one attribute and nothing else. */
(function () {
  "use strict";
  const root = document.documentElement;
  if (root.dataset.themeChoice !== "auto") return;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const show = () => root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  show();
  dark.addEventListener("change", () => { show(); document.dispatchEvent(new Event("anju:theme")); });
})();
