// The form of booking: free times by a click, the length of the service chosen, and a new patient in place of one found.
(() => {
  "use strict";
  const form = () => document.getElementById("book-form");
  const changed = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));

  const showNew = (wanted) => {
    const known = form().querySelector(".book-choose");
    const fresh = form().querySelector(".book-new");
    known.hidden = wanted;
    fresh.hidden = fresh.disabled = !wanted;
    document.getElementById("book-card").replaceChildren();
    document.getElementById("book-found").replaceChildren();
    return wanted ? fresh : known;
  };

  // What was typed to find somebody is most likely a name, a number or an address of the one who was not found.
  const typed = (text) => {
    if (text.includes("@")) return { email: text };
    if (/^[+\d\s()-]+$/.test(text)) return { phone: text };
    const [first, ...rest] = text.split(/\s+/);
    return { first_name: first, last_name: rest.join(" ") };
  };

  document.addEventListener("click", (event) => {
    const time = event.target.closest("[data-book-time]");
    if (time) {
      const field = form().elements.time;
      field.value = time.dataset.bookTime;
      changed(field);
    }
    if (event.target.closest("[data-book-new]")) {
      const text = form().elements.text.value.trim();
      const fields = showNew(true);
      if (text) Object.entries(typed(text)).forEach(([name, value]) => (form().elements[name].value = value));
      (fields.querySelector("input:placeholder-shown, input") ?? fields).focus();
    }
    if (event.target.closest("[data-book-known]")) {
      form().querySelectorAll(".book-new input").forEach((field) => (field.value = ""));
      showNew(false).querySelector("input").focus();
    }
    const block = event.target.closest("[data-block-instead]");
    if (block) {
      event.preventDefault();
      const { calendar, day, time, minutes } = form().elements;
      const query = new URLSearchParams({ calendar: calendar.value, start: `${day.value}T${time.value}`, minutes: minutes.value });
      const url = `${block.pathname}?${query}`;
      if (block.closest("#drawer")) window.htmx.ajax("GET", url, { target: "#drawer-body", swap: "innerHTML" });
      else location.assign(url);
    }
    const use = event.target.closest("[data-book-use]");
    if (use) {
      form().querySelectorAll(".book-new input").forEach((field) => (field.value = ""));
      showNew(false);
      const radio = Object.assign(document.createElement("input"), { type: "radio", name: "patient", value: use.dataset.bookUse, checked: true, className: "form-check-input" });
      const label = document.createElement("label");
      label.className = "found-one";
      label.append(radio, ` ${use.dataset.name}`);
      document.getElementById("book-found").replaceChildren(label);
      changed(radio);
      radio.focus();
    }
  });

  // Before htmx asks for the free times, the length follows the service.
  document.addEventListener(
    "change",
    (event) => {
      const service = event.target.closest?.("[data-book-service]");
      const minutes = service?.selectedOptions[0]?.dataset.minutes;
      if (minutes) form().elements.minutes.value = minutes;
    },
    true,
  );
})();
