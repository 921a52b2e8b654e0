// Asks the browser for a passkey and sends its answer with the form. Needs allauth's mfa/js/webauthn-json.js.
//   <form data-passkey="new|known|sign-in">, <input name="credential">, <p data-passkey-trouble hidden>;
//   what the server asks stands in #passkey-question, and for a sign-in at the form's own address.
"use strict";

async function answerOf(form) {
  if (form.dataset.passkey === "new") {
    const question = JSON.parse(document.getElementById("passkey-question").textContent).creation_options;
    // Kept on the device itself: it can then sign in without a user name.
    Object.assign(question.publicKey.authenticatorSelection, { residentKey: "required", requireResidentKey: true });
    return webauthnJSON.create(question);
  }
  if (form.dataset.passkey === "known") {
    return webauthnJSON.get(JSON.parse(document.getElementById("passkey-question").textContent).request_options);
  }
  const response = await fetch(form.action, { headers: { Accept: "application/json" } });
  return webauthnJSON.get((await response.json()).request_options);
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const trouble = document.querySelector("[data-passkey-trouble]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.hidden = true;
    try {
      form.elements.credential.value = JSON.stringify(await answerOf(form));
      form.submit();
    } catch (error) {
      // Neither the reason nor the site's name for it helps anybody here: one sentence says what to do.
      trouble.hidden = false;
      trouble.scrollIntoView({ block: "nearest" });
    }
  });
  // Without https (or localhost) browsers have no passkeys, and none for a site that is called by a number.
  if (window.PublicKeyCredential && !/^[\d.:[\]]+$/.test(location.hostname)) form.hidden = false;
  else if (form.dataset.passkey !== "sign-in") trouble.hidden = false;
}
