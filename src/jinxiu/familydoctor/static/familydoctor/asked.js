// A question that another answer asks for is shown with that answer only. What holds something stays in sight, and
// without this script all questions do.
"use strict";

(() => {
  const form = document.querySelector(".visit-form");
  const compare = {
    ">": (value, limit) => value > limit,
    ">=": (value, limit) => value >= limit,
    "<": (value, limit) => value < limit,
    "<=": (value, limit) => value <= limit,
  };

  function isFilled(input) {
    return ["radio", "checkbox"].includes(input.type) ? input.checked : input.value.trim() !== "";
  }

  function answers(inputs) {
    return [...inputs].filter((input) => isFilled(input) && !input.closest("[hidden]")).map((input) => input.value.trim());
  }

  function holds([question, operator, answer]) {
    const inputs = form.querySelectorAll(`[name="${CSS.escape(question)}"]`);
    if (!inputs.length) return true; // nobody types it
    const given = answers(inputs);
    if (operator === "exists") return given.length > 0 === answer;
    if (operator in compare) return given.some((one) => compare[operator](Number(one), answer));
    const same = typeof answer === "boolean" ? given.length > 0 === answer : given.includes(String(answer));
    return same === (operator === "=");
  }

  function refresh() {
    for (const field of form.querySelectorAll("[data-when]")) {
      const holdsSomething = [...field.querySelectorAll("input, textarea")].some(isFilled);
      field.hidden = !holdsSomething && !JSON.parse(field.dataset.when).every(holds);
    }
  }

  form.addEventListener("input", refresh);
  window.addEventListener("pageshow", refresh);
  refresh();
})();
