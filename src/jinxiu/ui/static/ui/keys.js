// Keys: "/" search, j and k move, Enter opens, n new follow-up, "?" help. They can be turned off in the help (WCAG 2.1.4).
"use strict";

(() => {
  const dialog = document.getElementById("keys-help");
  const toggle = document.getElementById("keys-on");
  const off = () => localStorage.getItem("jinxiu-keys") === "off";
  const rows = () => [...document.querySelectorAll("[data-row]")];

  const typing = (element) =>
    element.isContentEditable || element.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const now = all.findIndex((row) => row.classList.contains("here"));
    const next = all[Math.min(Math.max(now < 0 ? (step > 0 ? 0 : all.length - 1) : now + step, 0), all.length - 1)];
    all.forEach((row) => row.classList.toggle("here", row === next));
    (next.querySelector("[data-open]") || next).focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function startNew() {
    const here = document.querySelector("[data-row].here");
    const link = here ? here.querySelector("[data-new]") : document.querySelector("[data-new]");
    if (link) link.click();
  }

  function search() {
    const box = document.querySelector("[data-search]");
    if (!box) return false;
    box.focus();
    box.select();
    return true;
  }

  const doors = {
    "/": (event) => search() && event.preventDefault(),
    j: () => move(1),
    k: () => move(-1),
    n: () => startNew(),
    "?": () => dialog && dialog.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (off() || typing(event.target) || document.querySelector("dialog[open]")) return;
    doors[event.key]?.(event);
  });

  // Whoever walks with Tab stands on the same row as j and k.
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row) rows().forEach((other) => other.classList.toggle("here", other === row));
  });

  for (const button of document.querySelectorAll("[data-keys-help]")) {
    button.addEventListener("click", () => dialog.showModal());
  }
  if (toggle) {
    toggle.checked = !off();
    toggle.addEventListener("change", () => localStorage.setItem("jinxiu-keys", toggle.checked ? "on" : "off"));
  }
})();
