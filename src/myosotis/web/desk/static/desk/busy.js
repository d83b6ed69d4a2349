// A form whose saving takes a while says so, and is not sent twice.
(() => {
  "use strict";
  const buttons = (form) => form.querySelectorAll("button:not([type=button])");
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.busy) return;
    for (const button of buttons(form)) {
      button.dataset.word = button.textContent;
      button.textContent = form.dataset.busy;
      button.disabled = true;
    }
  });
  // Gone back to, the page is as it was.
  window.addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("button[data-word]")) {
      button.textContent = button.dataset.word;
      button.disabled = false;
    }
  });
})();
