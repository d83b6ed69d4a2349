// One visit: where the focus goes when a part of it is loaded anew, and which radio the fields beside it belong to.
(() => {
  "use strict";
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    if (target.id === "visit-act") target.querySelector("[autofocus], h2")?.focus();
    if (target.id.startsWith("message-")) target.querySelector(".letter")?.focus();
  });
  // What was loaded anew has taken the focus with it: back to where the visit begins.
  document.body.addEventListener("htmx:afterSettle", () => {
    if (document.activeElement === document.body || document.activeElement?.id === "drawer") {
      document.querySelector("#visit h1")?.focus({ preventScroll: true });
    }
  });
  document.addEventListener("input", (event) => {
    if (!event.target.closest(".other-time")) return;
    document.getElementById("free-other").checked = true;
  });
})();
