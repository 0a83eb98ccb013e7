/* Many rows at once: tick all of the page, count what is ticked, show the fields that the chosen action needs.
   Without script every field is there and the form works the same. */
(function () {
  "use strict";

  const NEEDS = { assign: ["assign"], aside: ["aside", "note"], "": [] };

  function parts(form) {
    const action = form.querySelector("[data-bulk-action]").value;
    const needs = NEEDS[action] || ["note"];
    for (const part of form.querySelectorAll("[data-bulk-part]")) {
      part.hidden = !needs.includes(part.dataset.bulkPart);
      for (const field of part.querySelectorAll("textarea")) field.required = !part.hidden;
    }
  }

  function count(form) {
    const ones = Array.from(form.querySelectorAll("[data-bulk-one]"));
    const ticked = ones.filter((one) => one.checked).length;
    const all = form.querySelector("[data-bulk-all]");
    all.checked = ticked > 0 && ticked === ones.length;
    all.indeterminate = ticked > 0 && ticked < ones.length;
    const note = form.querySelector("[data-bulk-count]");
    note.textContent = ticked ? note.dataset.one.replace("%n", ticked) : "";
    const every = form.querySelector("[data-bulk-every]");
    const first = ones[0];
    if (first) first.setCustomValidity(ticked || (every && every.checked) ? "" : form.dataset.bulkNone || "");
  }

  function begin(form) {
    form.addEventListener("change", (event) => {
      if (event.target.matches("[data-bulk-all]")) {
        for (const one of form.querySelectorAll("[data-bulk-one]")) one.checked = event.target.checked;
      }
      if (event.target.matches("[data-bulk-action]")) parts(form);
      count(form);
    });
    parts(form);
    count(form);
  }

  for (const form of document.querySelectorAll("form[data-bulk]")) begin(form);
})();
