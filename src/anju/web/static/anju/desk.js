/* Desk: keys, palette, drafts, dependent fields. Everything here is a shortcut to something that also works by mouse and without script. */
(function () {
  "use strict";

  const $ = (selector, root) => (root || document).querySelector(selector);
  const $$ = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const SILENT = new Set(["radio", "checkbox", "button", "submit", "reset", "range", "file"]);

  function isWriting(target) {
    if (!(target instanceof Element)) return false;
    if (target.closest("[contenteditable='true'], textarea, select")) return true;
    return target instanceof HTMLInputElement && !SILENT.has(target.type);
  }

  /* ---- dialogs ---- */
  function openDialog(id) {
    const dialog = document.getElementById(id);
    if (!dialog || dialog.open) return;
    dialog.showModal();
    const field = $("input", dialog);
    if (field) { field.focus(); field.select(); }
  }

  /* ---- rows: J and K walk through the links of a list ---- */
  function step(by) {
    const rows = $$("[data-row]").filter((row) => row.getClientRects().length);
    if (!rows.length) return;
    const here = rows.indexOf(document.activeElement);
    const current = here >= 0 ? here : rows.findIndex((row) => row.getAttribute("aria-current") === "true");
    const next = Math.min(rows.length - 1, Math.max(0, current + by));
    rows[next].focus();
    rows[next].scrollIntoView({ block: "nearest" });
  }

  /* ---- composer ---- */
  const composer = () => $("form[data-composer]");

  function chooseOutcome(digit) {
    const form = composer();
    const radio = form && $(`input[type=radio][data-key="${digit}"]`, form);
    if (!radio || radio.disabled) return false;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    radio.focus();
    return true;
  }

  function showParts(form) {
    const chosen = $("input[type=radio][data-needs]:checked", form);
    const needs = new Set(chosen ? chosen.dataset.needs.split(" ").filter(Boolean) : []);
    const may = new Set(chosen && chosen.dataset.may ? chosen.dataset.may.split(" ").filter(Boolean) : []);
    $$("[data-part]", form).forEach((part) => {
      const shown = needs.has(part.dataset.part) || may.has(part.dataset.part);
      part.hidden = !shown;
      $$("input, select, textarea", part).forEach((field) => {
        if (field.dataset.optional === undefined) field.required = needs.has(part.dataset.part);
      });
    });
    const after = $("[data-after-choice]", form);
    if (after) after.hidden = !chosen && form.dataset.openFromStart === undefined;
  }

  function submitComposer() {
    const form = composer();
    if (!form) return false;
    const main = $("button[data-main]", form) || $("button[type=submit]", form);
    if (main && !main.disabled) form.requestSubmit(main);
    return true;
  }

  /* Drafts stay in this tab only (sessionStorage): a bank's computer is shared, and the words are about people. */
  const draftName = (form) => `anju-draft:${form.dataset.draft}`;
  const KEPT = "input:not([type=hidden]):not([type=password]):not([type=file]), select, textarea";

  function saveDraft(form) {
    const draft = {};
    $$(KEPT, form).forEach((field) => {
      if (!field.name) return;
      if (field.type === "radio") { if (field.checked) draft[field.name] = field.value; }
      else if (field.type === "checkbox") draft[field.name] = field.checked;
      else if (field.value) draft[field.name] = field.value;
    });
    try { sessionStorage.setItem(draftName(form), JSON.stringify(draft)); } catch (error) { return; }
    const note = $("[data-draft-note]", form);
    if (note) note.hidden = false;
  }

  function readDraft(form) {
    if (form.dataset.bound === "true") return;
    let draft = null;
    try { draft = JSON.parse(sessionStorage.getItem(draftName(form)) || "null"); } catch (error) { return; }
    if (!draft) return;
    $$(KEPT, form).forEach((field) => {
      if (!(field.name in draft)) return;
      if (field.type === "radio") field.checked = field.value === draft[field.name];
      else if (field.type === "checkbox") field.checked = draft[field.name];
      else field.value = draft[field.name];
    });
    const note = $("[data-draft-note]", form);
    if (note) note.hidden = false;
  }

  function clearDrafts(name) {
    try {
      Object.keys(sessionStorage)
        .filter((key) => (name === "*" ? key.startsWith("anju-draft:") : key === `anju-draft:${name}`))
        .forEach((key) => sessionStorage.removeItem(key));
    } catch (error) { /* private mode keeps no drafts */ }
  }

  /* ---- palette: arrows walk through what the server found ---- */
  function paletteStep(dialog, by) {
    const links = $$("[data-palette-item]", dialog);
    if (!links.length) return;
    const here = links.indexOf(document.activeElement);
    const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by;
    if (next < 0) $("input", dialog).focus();
    else links[Math.min(next, links.length - 1)].focus();
  }

  /* ---- charts ---- */
  function css(name) { return getComputedStyle(document.body).getPropertyValue(name).trim(); }

  function drawSchedule(box) {
    const source = document.getElementById(box.dataset.source);
    if (!source || !window.echarts) return;
    const data = JSON.parse(source.textContent);
    const old = window.echarts.getInstanceByDom(box);
    if (old) old.dispose();
    const ink = css("--tblr-secondary") || "#667382";
    const line = css("--tblr-border-color") || "#dadfe5";
    const chart = window.echarts.init(box, null, { renderer: "canvas" });
    const tens = (value) => (value >= 10000 ? `${Math.round(value / 1000) / 10}${data.wan}` : `${value}`);
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: css("font-family") || "inherit" },
      grid: { left: 8, right: 8, top: 36, bottom: 8, containLabel: true },
      legend: { top: 0, left: 0, textStyle: { color: ink }, itemWidth: 14, itemHeight: 10 },
      tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => `${value.toLocaleString()} ${data.unit}` },
      xAxis: { type: "category", data: data.dates, axisLabel: { color: ink }, axisLine: { lineStyle: { color: line } } },
      yAxis: [
        { type: "value", axisLabel: { color: ink, formatter: tens }, splitLine: { lineStyle: { color: line } } },
        { type: "value", axisLabel: { color: ink, formatter: tens }, splitLine: { show: false } },
      ],
      series: [
        { name: data.principal, type: "bar", stack: "due", data: data.principals, color: css("--anju-chart-1") || "#2f6f8f", barCategoryGap: "0%" },
        { name: data.interest, type: "bar", stack: "due", data: data.interests, color: css("--anju-chart-2") || "#c9a063" },
        { name: data.balance, type: "line", yAxisIndex: 1, data: data.balances, color: css("--anju-chart-3") || "#7b6aa8", showSymbol: false, lineStyle: { width: 2 } },
      ],
    });
    new ResizeObserver(() => chart.resize()).observe(box);
  }

  /* ---- wire up what is on the page now ---- */
  function ready(root) {
    $$("form[data-composer]", root).forEach((form) => {
      if (form.dataset.wired) return;
      form.dataset.wired = "true";
      readDraft(form);
      showParts(form);
    });
    $$("[data-clear-draft]", root).forEach((mark) => clearDrafts(mark.dataset.clearDraft));
    $$("[data-desk-chart]", root).forEach(drawSchedule);
    $$("[data-only-script]", root).forEach((element) => { element.hidden = false; });
  }

  document.addEventListener("input", (event) => {
    const form = event.target instanceof Element && event.target.closest("form[data-composer]");
    if (form) saveDraft(form);
  });
  document.addEventListener("change", (event) => {
    const form = event.target instanceof Element && event.target.closest("form[data-composer]");
    if (form) { showParts(form); saveDraft(form); }
    if (event.target instanceof Element && event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    const opener = event.target instanceof Element && event.target.closest("[data-open-dialog]");
    if (opener) { event.preventDefault(); openDialog(opener.dataset.openDialog); return; }
    const closer = event.target instanceof Element && event.target.closest("[data-close-dialog]");
    if (closer) { closer.closest("dialog").close(); return; }
    if (event.target instanceof HTMLDialogElement && event.target.open) event.target.close();
  });
  /* A second press while the first is on its way does nothing here; the idempotency key makes it harmless there. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    if (form.hasAttribute("data-download")) return;
    form.dataset.sent = "true";
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    const key = event.key;
    if ((event.ctrlKey || event.metaKey) && !event.altKey) {
      if (key === "Enter" && submitComposer()) event.preventDefault();
      if (key.toLowerCase() === "k") { event.preventDefault(); openDialog("palette"); }
      return;
    }
    if (event.altKey) return;
    const dialog = $("dialog[open]");
    if (dialog) {
      if (dialog.id === "palette" && (key === "ArrowDown" || key === "ArrowUp")) {
        event.preventDefault();
        paletteStep(dialog, key === "ArrowDown" ? 1 : -1);
      }
      return;
    }
    if (isWriting(event.target)) return;
    if (/^[1-9]$/.test(key)) { if (chooseOutcome(key)) event.preventDefault(); return; }
    if (key === "?") { event.preventDefault(); openDialog("keys-help"); return; }
    if (key === "/") { const box = $("[data-search]"); if (box) { event.preventDefault(); box.focus(); box.select(); } return; }
    const small = key.toLowerCase();
    if (small === "j" || small === "k") { event.preventDefault(); step(small === "j" ? 1 : -1); return; }
    if (small === "n") { const next = $("form[data-next-case]"); if (next) { event.preventDefault(); next.requestSubmit(); } return; }
    if (small === "c") { const note = $("[data-note]"); if (note) { event.preventDefault(); note.focus(); } }
  });

  /* Refusals and corrections (4xx pages in words) are shown in place, like every other answer. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    if ([400, 403, 404, 409, 413, 422].includes(event.detail.xhr.status)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    ready(document);
    const wrong = $("[data-focus-first]");
    if (wrong) { wrong.focus(); wrong.scrollIntoView({ block: "nearest" }); }
  });
  document.addEventListener("anju:theme", () => $$("[data-desk-chart]").forEach(drawSchedule));

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => ready(document));
  else ready(document);
})();
