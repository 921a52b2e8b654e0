// Small conveniences; every page works without them.
"use strict";

// An answer to a form stands in the browser's history as a page that can be asked for again: Back and Reload open the
// page instead of an error of the browser, which may keep no copy of it.
if ("answer" in document.body.dataset) history.replaceState(history.state, "", location.href);

// On a phone the navigation is one line that scrolls: it begins at the page that is open, or at the word that was opened.
const navigation = document.querySelector(".main-nav");
const beginAt = (entry) => { navigation.scrollLeft = entry.offsetLeft - navigation.offsetLeft - 16; };
if (navigation) {
  const here = navigation.querySelector("[aria-current]");
  if (here) beginAt(here.closest(".main-nav > *"));
  navigation.addEventListener("toggle", (event) => { if (event.target.open) beginAt(event.target); }, true);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// A form sent twice by an impatient click would be recorded once only, but the second answer would confuse.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-once]")) return;
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = "yes";
});

// Long work tells how far it is, until its answer takes the place of the page.
document.addEventListener("submit", (event) => {
  const box = event.target.dataset.progress && document.getElementById("progress");
  if (!box || event.defaultPrevented) return;
  box.hidden = false;
  setInterval(async () => {
    const answer = await fetch(event.target.dataset.progress);
    if (answer.ok) box.querySelector("progress").value = (await answer.json()).share;
  }, 1000);
});

// Coming back by the browser's button must not find the form still locked.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
