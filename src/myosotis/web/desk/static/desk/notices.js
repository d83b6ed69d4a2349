// Asks every ten seconds what is new, while somebody can see the page; and at once when they come back to it.
(() => {
  "use strict";
  const EVERY_MS = 10000;
  const BUSY_MS = 100;
  const BUSY = ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added";
  const ask = (quiet) => {
    const bell = document.getElementById("bell");
    if (!bell || document.hidden) return;
    // An answer under way may be older than what just happened, and its swap would take the new question with it.
    if (bell.matches(BUSY)) return setTimeout(ask, BUSY_MS, quiet);
    if (quiet) bell.setAttribute("hx-vals", '{"quiet": "1"}');
    htmx.trigger(bell, "desk:poll");
  };
  setInterval(() => ask(), EVERY_MS);
  document.addEventListener("visibilitychange", () => ask());
  // The page has just loaded anew what changed: the bell need not say so again.
  document.body.addEventListener("desk:changed", () => setTimeout(ask, 0, true));
})();
