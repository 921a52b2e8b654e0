// A reader types like a keyboard: its digits always reach the field, wherever the focus is. Escape goes back to it.
// A list with boxes has a button that ticks them all, and another time none.
"use strict";

(() => {
  const field = document.getElementById("scan");
  if (!field) return;
  const typing = (element) => element.matches("input:not([type=checkbox], [type=radio]), textarea, select");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key !== "Escape" && (typing(event.target) || !/^\d$/.test(event.key))) return;
    field.focus();
    field.select();
  });
})();

for (const button of document.querySelectorAll("[data-tick-all]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const boxes = [...button.form.querySelectorAll("input[type=checkbox]")];
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
  });
}
