// Statistics: what was chosen is shown at once; the button is for keyboards that walk through the choices.
(() => {
  "use strict";
  const form = document.querySelector("[data-ask-at-once]");
  let byKey = false;
  form?.addEventListener("keydown", () => (byKey = true));
  form?.addEventListener("pointerdown", () => (byKey = false));
  form?.addEventListener("change", () => byKey || form.requestSubmit());
})();
