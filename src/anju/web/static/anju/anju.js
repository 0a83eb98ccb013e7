/* What both faces need: dialogs, confirmation, busy marks, menus that close, focus that follows htmx swaps. */
(function () {
  "use strict";
  const words = () => document.body.dataset;

  /* dialogs */
  function openDialog(dialog) {
    if (!dialog || dialog.open) return;
    dialog.showModal();
    const first = dialog.querySelector("[data-focus], [autofocus]");
    if (first) first.focus();
  }
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog-open]");
    if (opener) { event.preventDefault(); openDialog(document.getElementById(opener.dataset.dialogOpen)); return; }
    const closer = event.target.closest("[data-dialog-close]");
    if (closer) { event.preventDefault(); closer.closest("dialog").close(); }
  });

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }
  /* One question, two answers; resolves to true or false. */
  function ask(question) {
    return new Promise((resolve) => {
      const dialog = element("dialog", "aj-dialog");
      dialog.setAttribute("aria-labelledby", "ask-title");
      const title = element("h2", "", words().wordsPlease);
      title.id = "ask-title";
      const actions = element("div", "aj-dialog-actions");
      const no = element("button", "btn", words().wordsCancel);
      const yes = element("button", "btn btn-primary", words().wordsConfirm);
      no.type = yes.type = "button";
      no.addEventListener("click", () => dialog.close("no"));
      yes.addEventListener("click", () => dialog.close("yes"));
      dialog.addEventListener("close", () => { dialog.remove(); resolve(dialog.returnValue === "yes"); });
      actions.append(no, yes);
      dialog.append(title, element("p", "", question), actions);
      document.body.append(dialog);
      dialog.showModal();
      yes.focus();
    });
  }
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question).then((yes) => { if (yes) event.detail.issueRequest(true); });
  });

  /* plain forms: ask when told to, and never send twice */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog") return;
    if (form.dataset.confirm && !form.dataset.confirmed) {
      event.preventDefault();
      const button = event.submitter;
      ask(form.dataset.confirm).then((yes) => {
        if (!yes) return;
        form.dataset.confirmed = "1";
        form.requestSubmit(button);
      });
      return;
    }
    if (form.hasAttribute("hx-post") || form.hasAttribute("hx-get")) return;
    if (form.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
    form.setAttribute("aria-busy", "true");
    document.documentElement.classList.add("is-busy");
  });
  window.addEventListener("pageshow", () => {
    document.documentElement.classList.remove("is-busy");
    for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
  });

  /* menus close when one leaves them */
  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details.aj-menu[open]")) {
      if (!except || !menu.contains(except)) menu.open = false;
    }
  }
  document.addEventListener("click", (event) => closeMenus(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.aj-menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  /* htmx: busy mark, focus, failures said in words */
  let inFlight = 0;
  function busy(step) {
    inFlight = Math.max(0, inFlight + step);
    document.documentElement.classList.toggle("is-busy", inFlight > 0);
  }
  const quiet = (event) => event.detail.elt && event.detail.elt.closest("[data-quiet]");
  document.addEventListener("htmx:beforeRequest", (event) => { if (!quiet(event)) busy(1); });
  document.addEventListener("htmx:afterRequest", (event) => { if (!quiet(event)) busy(-1); });

  document.addEventListener("htmx:afterSettle", (event) => {
    /* after an outerHTML swap the target of the request is gone: the event then comes from what took its place */
    const asked = event.detail.target;
    const place = asked && document.contains(asked) ? asked : event.target;
    if (!(place instanceof Element) || quiet(event)) return;
    const wanted = place.matches("[data-focus]") ? place : place.querySelector("[data-focus]");
    const lost = !document.activeElement || document.activeElement === document.body;
    const goal = wanted || (lost ? place : null);
    if (!goal || goal === document.body) return;
    if (goal.tabIndex < 0 && !goal.hasAttribute("tabindex")) goal.setAttribute("tabindex", "-1");
    goal.focus({ preventScroll: !wanted });
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    /* a form sent back with its errors is content, not a failure */
    if (event.detail.xhr.status === 422) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
  function failed(event) {
    if (quiet(event)) return;
    const place = document.getElementById("flash");
    if (!place) return;
    const box = element("div", "aj-alert tone-bad");
    box.append(element("div", "aj-alert-body", words().wordsFailed));
    place.replaceChildren(box);
  }
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:timeout", failed);

  window.anju = { openDialog, ask };
})();
