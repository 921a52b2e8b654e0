// Enter goes to the next question, Ctrl+Enter saves. In a longer text Enter stays a new line, and while an input method
// composes a word (Chinese) Enter belongs to it. Without this script Enter in a field saves, as browsers do.
"use strict";

(() => {
  const form = document.querySelector(".visit-form");
  const save = form.querySelector("[data-save]");

  const isSeen = (element) => element.getClientRects().length > 0 && element.tabIndex >= 0;

  function next(from) {
    const questions = [...form.querySelectorAll("input:not([type=hidden]), textarea, select")].filter(isSeen);
    const after = questions.slice(questions.indexOf(from) + 1).filter((one) => one.name !== from.name);
    if (!after.length) return save;
    // Of several choices the chosen one is where Tab would stop.
    const alike = after.filter((one) => one.name === after[0].name);
    return alike.find((one) => one.type === "radio" && one.checked) || after[0];
  }

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.shiftKey || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      if (!event.repeat) form.requestSubmit(save);
    } else if (event.target.matches("input")) {
      event.preventDefault();
      const there = next(event.target);
      there.focus();
      if (there.matches("[type=text]")) there.select();
    }
  });
})();
