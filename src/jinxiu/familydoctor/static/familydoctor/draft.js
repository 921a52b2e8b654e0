// Keeps what is typed into a form as a draft with the server, once a second while somebody types, and brings back what
// the server computes from it. Nothing is stored in the browser: while the server cannot be reached the page says so,
// tries again, and asks before it is left.
"use strict";

(() => {
  const form = document.querySelector("form[data-draft]");
  const state = document.querySelector("[data-draft-state]");
  const trouble = document.querySelector("[data-draft-trouble]");
  const signIn = document.querySelector("[data-draft-sign-in]");
  const A_SECOND = 1000;
  const LONGEST_WAIT = 30 * A_SECOND;
  let typed = 0; // counts changes: what is kept is older than what stands on the page where the numbers differ
  let kept = 0;
  let timer = 0;
  let wait = A_SECOND;
  let sending = null;
  let failed = false; // the last attempt failed, and may succeed later
  let over = false; // this page keeps no draft any more: saved, taken over, or another window goes on
  let leaving = false;

  const body = () => new URLSearchParams(new FormData(form));
  const isJson = (answer) => (answer.headers.get("Content-Type") || "").startsWith("application/json");

  function later(after) {
    if (!timer) timer = setTimeout(keep, after);
  }

  function changed() {
    typed += 1;
    if (!over && !sending) later(failed ? wait : A_SECOND);
  }

  async function keep() {
    clearTimeout(timer);
    timer = 0;
    if (over || sending) return sending;
    sending = attempt().finally(() => {
      sending = null;
      if (!over && kept < typed) later(wait);
    });
    return sending;
  }

  async function attempt() {
    const number = typed;
    try {
      let answer = await fetch(form.dataset.draft, { method: "POST", body: body() });
      if (answer.status === 403 && (await renewed())) answer = await fetch(form.dataset.draft, { method: "POST", body: body() });
      await heard(answer, number);
    } catch (error) {
      notKept("offline");
    }
  }

  async function heard(answer, number) {
    if (answer.ok && isJson(answer)) return wasKept(await answer.json(), number);
    if (answer.status === 409) {
      over = true;
      return say((await answer.json()).said);
    }
    // Signed out, the server leads to the page of signing in; a page that is gone or forbidden is no network's fault.
    notKept(answer.redirected || answer.status === 403 ? "signedOut" : "offline");
  }

  // After somebody has signed in again in another window this page needs the new sign-in's key.
  async function renewed() {
    const answer = await fetch(form.dataset.draft);
    if (!answer.ok || !isJson(answer)) return false;
    const { csrf } = await answer.json();
    for (const key of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) key.value = csrf;
    return true;
  }

  function wasKept(said, number) {
    kept = number;
    failed = false;
    wait = A_SECOND;
    state.textContent = said.said;
    say("");
    signIn.hidden = true;
    show(said.computed, "data-computed");
    show(said.answered, "data-answered");
    tellOthers(said.others);
  }

  function notKept(why) {
    failed = true;
    wait = Math.min(wait * 2, LONGEST_WAIT);
    state.textContent = "";
    say(trouble.dataset[why]);
    signIn.hidden = why !== "signedOut";
    later(wait);
  }

  function say(words) {
    if (trouble.textContent !== words) trouble.textContent = words;
  }

  function show(texts, attribute) {
    for (const element of document.querySelectorAll(`[${attribute}]`)) {
      const text = texts[element.getAttribute(attribute)];
      if (text !== undefined && element.textContent !== text) element.textContent = text;
    }
  }

  function tellOthers(sentences) {
    const list = document.querySelector("[data-others-list]");
    const words = sentences.join("\n");
    if ([...list.children].map((item) => item.textContent).join("\n") === words) return;
    list.replaceChildren(...sentences.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence })));
    list.closest("[data-others]").hidden = !sentences.length;
  }

  // Beside the form there is room for the list of its parts; above it, on a phone, the list stays closed.
  const jump = document.querySelector("[data-jump]");
  if (jump) jump.open = matchMedia("(min-width: 60.01rem)").matches;
  jump?.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const closed = link && document.getElementById(link.hash.slice(1)).closest("details");
    if (closed) closed.open = true;
  });

  form.addEventListener("input", changed);
  // What is ticked or chosen is kept at once: others wait for what follows from it.
  form.addEventListener("change", (event) => {
    if (event.target.matches("[type=radio], [type=checkbox]")) keep();
  });

  // Saving while the server cannot be reached would end on the browser's own error page, without what was typed.
  form.addEventListener("submit", (event) => {
    if (!failed || over) {
      leaving = true;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    keep().then(() => (failed ? say(trouble.dataset.notSent) : form.requestSubmit(button)));
  });
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) leaving = true;
  });

  addEventListener("online", () => failed && keep());
  addEventListener("focus", () => failed && keep());

  // The page goes, or may never be seen again (a phone closes it in the background): what is new goes along.
  function last() {
    if (over || leaving || kept >= typed) return;
    fetch(form.dataset.draft, { method: "POST", body: body(), keepalive: true }).catch(() => {});
  }
  addEventListener("pagehide", last);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && last());
  addEventListener("beforeunload", (event) => {
    if (failed && !leaving && kept < typed) event.preventDefault();
  });
  addEventListener("pageshow", () => (leaving = false));
})();
