// Buttons that copy a text: data-copy-text names the element whose text is taken. Where the browser does not let us, it is selected.
(() => {
  "use strict";
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy-text]");
    if (!button) return;
    const source = document.querySelector(button.dataset.copyText);
    const text = source.value ?? source.textContent.trim();
    try {
      await navigator.clipboard.writeText(text);
      const before = button.innerHTML;
      button.textContent = button.dataset.copied;
      setTimeout(() => (button.innerHTML = before), 2000);
    } catch {
      source.focus();
      getSelection().selectAllChildren(source);
      source.select?.();
    }
  });
})();
