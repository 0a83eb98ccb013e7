/* Pages of the desk: rows by J and K, drafts, dependent fields, palette. keys.js presses the keys; here is what some of them do.
   Everything is a shortcut to something that also works by mouse and without script. */
(function () {
  "use strict";

  const $ = (selector, root) => (root || document).querySelector(selector);
  const $$ = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  /* ---- rows of a list ---- */
  function step(by) {
    const rows = $$("[data-row]").filter((row) => row.getClientRects().length);
    if (!rows.length) return;
    const here = rows.indexOf(document.activeElement);
    const current = here >= 0 ? here : rows.findIndex((row) => row.getAttribute("aria-current") === "true");
    const next = Math.min(rows.length - 1, Math.max(0, current + by));
    rows[next].focus();
    rows[next].scrollIntoView({ block: "nearest" });
  }

  /* ---- composer: an outcome says which fields it needs ---- */
  const composer = () => $("form[data-composer]");

  function showParts(form) {
    const chosen = $("input[type=radio][data-needs]:checked", form);
    const needs = new Set(chosen ? chosen.dataset.needs.split(" ").filter(Boolean) : []);
    for (const part of $$("[data-part]", form)) part.hidden = !needs.has(part.dataset.part);
  }

  /* Drafts stay in this tab (sessionStorage) and go at log-out: a bank's computer is shared, and the words are about people. */
  const KEPT = "input:not([type=hidden]):not([type=password]):not([type=file]), select, textarea";
  const draftName = (form) => `anju-draft:${form.dataset.draft}`;

  function saveDraft(form) {
    const draft = {};
    for (const field of $$(KEPT, form)) {
      if (!field.name) continue;
      if (field.type === "radio") { if (field.checked) draft[field.name] = field.value; }
      else if (field.value) draft[field.name] = field.value;
    }
    try { sessionStorage.setItem(draftName(form), JSON.stringify(draft)); } catch (error) { return; }
    showDraftNote(form);
  }
  function showDraftNote(form) {
    const note = $("[data-draft-note]", form);
    if (note) note.hidden = false;
  }
  function readDraft(form) {
    if (form.dataset.bound) return;
    let draft = null;
    try { draft = JSON.parse(sessionStorage.getItem(draftName(form)) || "null"); } catch (error) { return; }
    if (!draft) return;
    for (const field of $$(KEPT, form)) {
      if (!(field.name in draft)) continue;
      if (field.type === "radio") field.checked = field.value === draft[field.name];
      else field.value = draft[field.name];
    }
    showDraftNote(form);
  }
  function clearDrafts(name) {
    try {
      for (const key of Object.keys(sessionStorage)) {
        if (name === "*" ? key.startsWith("anju-draft:") : key === `anju-draft:${name}`) sessionStorage.removeItem(key);
      }
    } catch (error) { return; }
  }

  /* ---- palette ---- */
  function paletteStep(dialog, by) {
    const links = $$("[data-palette-item]", dialog);
    if (!links.length) return;
    const here = links.indexOf(document.activeElement);
    const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by;
    if (next < 0) $("input", dialog).focus();
    else links[Math.min(next, links.length - 1)].focus();
  }

  function ready() {
    for (const mark of $$("[data-clear-draft]")) clearDrafts(mark.dataset.clearDraft);
    for (const form of $$("form[data-composer]:not([data-wired])")) {
      form.dataset.wired = "1";
      readDraft(form);
      showParts(form);
    }
    const who = $(".desk-who");
    if (who) document.documentElement.style.setProperty("--desk-who", `${who.offsetHeight}px`);
  }

  const formOf = (event) => event.target instanceof Element && event.target.closest("form[data-composer]");
  document.addEventListener("input", (event) => { const form = formOf(event); if (form) saveDraft(form); });
  document.addEventListener("change", (event) => {
    const form = formOf(event);
    if (form) { showParts(form); saveDraft(form); }
  });
  document.addEventListener("click", (event) => {
    const stepper = event.target instanceof Element && event.target.closest("[data-step]");
    if (stepper) step(Number(stepper.dataset.step));
    if (event.target instanceof HTMLDialogElement && event.target.open) event.target.close();
  });
  document.addEventListener("submit", (event) => {
    /* a download leaves the page where it is: the form may be sent again */
    const form = event.target;
    const note = form.hasAttribute("data-progress") && $("[data-progress-note]");
    if (note && !event.defaultPrevented) note.hidden = false;
    if (!form.hasAttribute("data-download")) return;
    setTimeout(() => { form.removeAttribute("aria-busy"); document.documentElement.classList.remove("is-busy"); }, 1500);
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    const form = composer();
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && form) {
      event.preventDefault();
      form.requestSubmit($("[data-main]", form));
      return;
    }
    const dialog = $("dialog#palette[open]");
    if (dialog && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      paletteStep(dialog, event.key === "ArrowDown" ? 1 : -1);
    }
  });
  /* A new case in place of the old one: its first words take the focus, a form's faults before them. */
  document.addEventListener("htmx:afterSettle", () => {
    ready();
    const place = document.activeElement;
    if (place && place !== document.body && place.id !== "main") return;
    const goal = $("main [data-focus-first]") || $("main h1");
    if (!goal) return;
    if (!goal.hasAttribute("tabindex")) goal.setAttribute("tabindex", "-1");
    goal.focus({ preventScroll: true });
  });
  window.addEventListener("resize", ready);
  ready();
  const wrong = $("[data-focus-first]");
  if (wrong) wrong.focus();
})();
