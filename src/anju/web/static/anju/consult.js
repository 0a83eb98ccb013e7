/* Consult: what htmx does not do. Sliders say so when they ask; fields follow their notes; copy; another plan in place. */
(function () {
  "use strict";
  const form = document.getElementById("consult-form");
  if (!form) return;

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== form) return;
    const source = event.detail.triggeringEvent && event.detail.triggeringEvent.target;
    if (source && source.closest && source.closest("#what-if")) event.detail.headers["X-Consult-Moved"] = "1";
  });

  function follow() {
    for (const field of form.querySelectorAll(".form-control[id^='f-'], .form-select[id^='f-']")) {
      const note = document.getElementById(`${field.id}-note`);
      const wrong = Boolean(note && note.querySelector(".aj-field-error"));
      field.closest(".aj-field").classList.toggle("has-error", wrong);
      if (wrong) { field.setAttribute("aria-invalid", "true"); field.closest("details")?.setAttribute("open", ""); } else field.removeAttribute("aria-invalid");
      if (note && note.childElementCount) field.setAttribute("aria-describedby", note.id); else field.removeAttribute("aria-describedby");
    }
    for (const output of document.querySelectorAll("#what-if output")) {
      document.getElementById(output.htmlFor.value)?.setAttribute("aria-valuetext", output.textContent);
    }
    for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
  }
  follow();
  document.addEventListener("htmx:afterSettle", follow);

  document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).value).then(() => {
        document.getElementById("live").textContent = copy.dataset.copied;
        copy.querySelector("span").textContent = copy.dataset.copied;
      });
      return;
    }
    const see = event.target.closest("a[data-see]");
    if (see && !event.ctrlKey && !event.metaKey && !event.shiftKey && window.htmx) {
      event.preventDefault();
      form.elements.see.value = see.dataset.see;
      window.htmx.trigger(form, "submit");
    }
  });
})();
