// The quick search in the head: arrows walk through those who were found, Escape puts them away.
(() => {
  "use strict";
  const form = document.querySelector("[data-find]");
  if (!form) return;
  const text = form.querySelector("input[type=search]");
  const box = form.querySelector("#found");
  const links = () => [...box.querySelectorAll("a")];
  const close = () => box.replaceChildren();

  form.addEventListener("keydown", (event) => {
    const all = links();
    const here = all.indexOf(document.activeElement);
    if (event.key === "Escape" && (box.childElementCount || text.value)) {
      event.preventDefault();
      text.value = "";
      close();
      text.focus();
    } else if (event.key === "ArrowDown" && all.length) {
      event.preventDefault();
      all[Math.min(here + 1, all.length - 1)].focus();
    } else if (event.key === "ArrowUp" && here >= 0) {
      event.preventDefault();
      (all[here - 1] ?? text).focus();
    }
  });
  // Whoever goes on elsewhere is not followed by the list.
  document.addEventListener("focusin", (event) => form.contains(event.target) || close());
  document.addEventListener("pointerdown", (event) => form.contains(event.target) || close());
})();
