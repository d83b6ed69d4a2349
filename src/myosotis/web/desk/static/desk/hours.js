// The editor of opening hours: stretches are added, removed, and copied to the days below.
(() => {
  "use strict";
  const week = document.querySelector("[data-week]");
  if (!week) return;
  const days = [...week.querySelectorAll("[data-day]")];
  const stretches = (day) => [...day.querySelectorAll("[data-stretch]")];
  const inputs = (stretch) => [...stretch.querySelectorAll("input")];
  const blanks = new Map(days.map((day) => [day, day.querySelector("[data-spare]").cloneNode(true)]));

  const show = (day) => {
    const open = stretches(day).length > 0;
    day.querySelector("[data-closed]").hidden = open;
    day.querySelector("[data-copy]").hidden = day === days.at(-1);
  };
  const add = (day, values = []) => {
    const stretch = blanks.get(day).cloneNode(true);
    delete stretch.dataset.spare;
    stretch.querySelector("[data-remove]").hidden = false;
    inputs(stretch).forEach((input, number) => (input.value = values[number] ?? ""));
    day.querySelector("[data-stretches]").append(stretch);
    show(day);
    return stretch;
  };
  const fill = (day, wanted) => {
    stretches(day).forEach((stretch) => stretch.remove());
    wanted.forEach((values) => add(day, values));
    show(day);
  };

  // The spare row of each day is for browsers without scripts.
  days.forEach((day) => {
    day.querySelector("[data-spare]").remove();
    day.querySelectorAll("[data-remove], [data-add]").forEach((button) => (button.hidden = false));
    show(day);
  });
  week.addEventListener("click", (event) => {
    const day = event.target.closest("[data-day]");
    if (!day) return;
    if (event.target.closest("[data-add]")) inputs(add(day))[0].focus();
    const remove = event.target.closest("[data-remove]");
    if (remove) {
      remove.closest("[data-stretch]").remove();
      show(day);
      day.querySelector("[data-add]").focus();
    }
    if (event.target.closest("[data-copy]")) {
      const values = stretches(day).map((stretch) => inputs(stretch).map((input) => input.value));
      const below = days.slice(days.indexOf(day) + 1);
      // From Monday to the days of work; from any other to whatever comes after it.
      (day === days[0] ? below.slice(0, 4) : below).forEach((other) => fill(other, values));
    }
  });
})();
