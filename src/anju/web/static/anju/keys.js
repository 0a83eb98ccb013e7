/* Keys of the desk, declared in the page:
   data-key="j"       pressing it clicks (or focuses, for a field) the first visible element that carries it;
   data-key-label     what it does, for the list under "?";
   data-key-focus     the field "/" goes to.
   Single keys are off in fields, in dialogs that do not hold the element, and while an input method composes. */
(function () {
  "use strict";
  const inField = (node) => node && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName)) &&
    !/^(button|submit|checkbox|radio)$/.test(node.type || "");
  const visible = (node) => node.getClientRects().length > 0 && !node.disabled && node.getAttribute("aria-disabled") !== "true";

  function act(node) {
    if (inField(node)) node.focus();
    else node.click();
  }
  function find(key) {
    const open = document.querySelector("dialog[open]");
    const scope = open || document;
    for (const node of scope.querySelectorAll("[data-key]")) {
      if (node.dataset.key.toLowerCase() === key && visible(node)) return node;
    }
    return null;
  }
  function help() {
    const dialog = document.getElementById("keys-help");
    const list = dialog && dialog.querySelector("[data-keys-list]");
    if (!list) return;
    const rows = [["?", list.dataset.wordHelp], ["/", list.dataset.wordSearch], ["Ctrl Enter", list.dataset.wordSubmit]];
    for (const node of document.querySelectorAll("[data-key]")) {
      const label = node.dataset.keyLabel || node.getAttribute("aria-label") || node.textContent.trim();
      rows.push([node.dataset.key.toUpperCase(), label]);
    }
    list.replaceChildren();
    for (const [key, label] of rows) {
      const term = document.createElement("dt");
      const cap = document.createElement("kbd");
      cap.className = "aj-key";
      cap.textContent = key;
      term.append(cap);
      const text = document.createElement("dd");
      text.textContent = label;
      list.append(term, text);
    }
    window.anju.openDialog(dialog);
  }
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    const control = event.ctrlKey || event.metaKey;
    if (control && event.key === "Enter") {
      const form = event.target.closest("form");
      if (form) { event.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (control && event.key.toLowerCase() === "k") {
      const palette = document.getElementById("palette");
      const search = document.querySelector("[data-key-focus]");
      if (palette || search) event.preventDefault();
      if (palette) window.anju.openDialog(palette);
      else if (search) search.focus();
      return;
    }
    if (control || event.altKey || inField(event.target)) return;
    if (event.key === "?") { event.preventDefault(); help(); return; }
    if (event.key === "/") {
      const search = document.querySelector("[data-key-focus]");
      if (search) { event.preventDefault(); search.focus(); }
      return;
    }
    const node = find(event.key.toLowerCase());
    if (node) { event.preventDefault(); act(node); }
  });
})();
