// The call list by keyboard: arrows go from visit to visit, 1 to 5 say how the call about the focused one went.
(() => {
  "use strict";
  const list = document.getElementById("to-call");
  let active = null; // the row that has, or had last, the focus
  let place = 0;
  let inside = false;
  const rows = () => [...list.querySelectorAll("[data-call]")];
  const focus = (row) => row?.querySelector("[data-call-focus]").focus();

  // The keys belong to one row at a time: by them they are found, and listed under "?".
  const arm = (row) => {
    list.querySelectorAll("[data-key]").forEach((button) => button.removeAttribute("data-key"));
    active = row;
    row?.querySelectorAll("[data-call-key]").forEach((button) => button.setAttribute("data-key", button.dataset.callKey));
  };
  list.addEventListener("focusin", (event) => {
    inside = true;
    const row = event.target.closest("[data-call]");
    if (!row || row === active) return;
    place = rows().indexOf(row);
    arm(row);
  });
  document.addEventListener("focusin", (event) => {
    if (list.contains(event.target) || event.target.closest("dialog, #said")) return;
    inside = false;
    arm(null);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !active) return;
    event.preventDefault();
    focus(rows()[rows().indexOf(active) + step]);
  });

  // After a result the list comes anew, and the next visit gets the focus: the one that moved into the place, or the one
  // behind where a call without an answer left the visit on the list.
  let noted = "";
  list.addEventListener("submit", (event) => (noted = event.target.closest("[data-call]").id));
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== list || !inside) return;
    const now = rows();
    const kept = now.findIndex((row) => row.id === (noted || active?.id));
    const next = kept < 0 ? place : kept + (noted ? 1 : 0);
    noted = "";
    active = null;
    focus(now[Math.min(next, now.length - 1)]);
  });
  if (rows().length) focus(rows()[0]);
})();
