// What stands in the forms stays when the language is switched: this tab keeps it for that one reload, then forgets it.
// Passwords, codes, files and hidden fields are never kept; a form with a draft (data-draft) keeps itself.
"use strict";

(() => {
  const STORE = "jinxiu-typed";
  const NEVER = "button, fieldset, output, [type=password], [type=hidden], [type=file], [autocomplete=one-time-code]";
  const isTicked = (field) => field.type === "checkbox" || field.type === "radio";

  // Each field under a name that it has in the other language too.
  function fields() {
    const all = new Map();
    for (const form of document.querySelectorAll("main form:not([data-draft])")) {
      const address = form.getAttribute("action") || location.pathname;
      for (const field of form.elements) {
        if (!field.name || field.matches(NEVER)) continue;
        all.set([address, field.name, isTicked(field) ? field.value : ""].join(" "), field);
      }
    }
    return all;
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.language")) return;
    const typed = [...fields()].map(([name, field]) => [name, isTicked(field) ? field.checked : field.value]);
    if (typed.length) sessionStorage.setItem(STORE, JSON.stringify(typed));
    // Filters may have changed the address since the page came.
    event.target.elements.next.value = location.pathname + location.search;
  });

  function putBack(typed) {
    const known = fields();
    for (const [name, value] of typed) {
      const field = known.get(name);
      const part = field && (isTicked(field) ? "checked" : "value");
      if (!field || field[part] === value) continue;
      field[part] = value;
      for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
    }
  }

  // Once every other script of the page listens.
  document.addEventListener("DOMContentLoaded", () => {
    const typed = sessionStorage.getItem(STORE);
    sessionStorage.removeItem(STORE);
    if (typed) putBack(JSON.parse(typed));
  });
})();
