// Small conveniences. Every page works without them.
(() => {
  "use strict";
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Menus: one open at a time; a click elsewhere or Escape closes.
  const closeMenus = (except) => $$("details.menu[open]").forEach((menu) => {
    if (menu !== except && !menu.contains(except)) menu.open = false;
  });
  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.menu"));
    if (!event.target.closest(".search")) clearHits();
    const close = event.target.closest("[data-close]");
    if (close) close.closest(close.dataset.close)?.remove();
    const theme = event.target.closest("[data-theme-choice]");
    if (theme) { window.portalTheme(theme.dataset.themeChoice); markTheme(); }
    if (event.target.closest("[data-print]")) window.print();
  });
  const clearHits = () => { const hits = document.getElementById("search-hits"); if (hits) hits.replaceChildren(); };
  const markTheme = () => $$("[data-theme-choice]").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === document.documentElement.dataset.theme));
  });

  // Keys: "/" to the search, arrows through its hits, Escape out.
  document.addEventListener("keydown", (event) => {
    const search = document.querySelector("[data-search]");
    if (event.key === "Escape") {
      const open = document.querySelector("details.menu[open]");
      closeMenus();
      open?.querySelector("summary")?.focus();
      clearHits();
    }
    if (event.key === "/" && search && !event.ctrlKey && !event.metaKey && !event.target.closest("input, textarea, select, [contenteditable]")) {
      event.preventDefault();
      search.focus();
      search.select();
    }
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.closest(".search")) {
      const stops = [search, ...$$("#search-hits a")];
      const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) { event.preventDefault(); next.focus(); }
    }
  });

  // Filters: addresses without empty keys, with and without htmx.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.closest("[data-drop-empty]")) return;
    const kept = new FormData();
    for (const [key, value] of event.detail.formData.entries()) if (value !== "") kept.append(key, value);
    for (const key of [...event.detail.formData.keys()]) event.detail.formData.delete(key);
    for (const [key, value] of kept.entries()) event.detail.formData.append(key, value);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-drop-empty]")) {
      $$("input, select", form).filter((field) => field.name && !field.value).forEach((field) => { field.disabled = true; });
    }
    // A form that may be sent only once: the button says so until the page changes.
    if (form.matches("[data-once]")) {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      $$("button:not([type=button])", form).forEach((button) => button.classList.add("btn-loading"));
    }
  });
  window.addEventListener("pageshow", () => {
    $$("form[data-once]").forEach((form) => { delete form.dataset.sent; $$(".btn-loading", form).forEach((b) => b.classList.remove("btn-loading")); });
    $$("[data-drop-empty] :disabled").forEach((field) => { field.disabled = false; });
  });

  // Rows chosen for a bulk action.
  const countPicks = (list) => {
    const picks = $$("[data-pick]", list);
    const chosen = picks.filter((box) => box.checked).length;
    const label = list.querySelector("[data-bulk-count]");
    if (!label) return;
    label.dataset.rest ??= label.textContent;
    label.textContent = chosen ? `${chosen} / ${picks.length}` : label.dataset.rest;
    $$("[data-bulk-button]", list).forEach((button) => { button.disabled = !chosen; });
    const all = list.querySelector("[data-pick-all]");
    if (all) { all.checked = chosen > 0 && chosen === picks.length; all.indeterminate = chosen > 0 && chosen < picks.length; }
  };
  document.addEventListener("change", (event) => {
    const list = event.target.closest(".list");
    if (!list || !event.target.matches("[data-pick], [data-pick-all]")) return;
    if (event.target.matches("[data-pick-all]")) $$("[data-pick]", list).forEach((box) => { box.checked = event.target.checked; });
    countPicks(list);
  });

  // The job tray keeps its place open while it refreshes.
  document.addEventListener("htmx:beforeSwap", (event) => { if (event.target.id === "tray") event.target.ownerDocument.trayOpen = event.target.open; });
  document.addEventListener("htmx:afterSettle", () => { const tray = document.getElementById("tray"); if (tray && document.trayOpen) { tray.open = true; document.trayOpen = false; } });

  // The network went away and came back.
  const offline = (gone) => $$("[data-offline]").forEach((note) => { note.hidden = !gone; });
  document.addEventListener("htmx:sendError", () => offline(true));
  document.addEventListener("htmx:afterOnLoad", () => offline(false));
  window.addEventListener("offline", () => offline(true));
  window.addEventListener("online", () => offline(false));

  const ready = (root) => {
    $$(".list", root).forEach(countPicks);
    root.querySelector?.("[data-focus]")?.focus();
  };
  document.addEventListener("DOMContentLoaded", () => { ready(document); markTheme(); });
  document.addEventListener("htmx:load", (event) => ready(event.target));
})();
