// The picture of the schedule. Times are wall times of the address throughout: the browser's own zone must not matter, so
// nothing here asks a Date for its local hours; text like 2027-03-28T10:30 is reckoned with as if it were UTC.
(() => {
  "use strict";
  const EVERY_MS = 60000;
  const chosen = (() => {
    // The calendars chosen last, as ids, come back where the address names none.
    const form = document.querySelector("[data-choice]");
    if (!form) return "";
    const key = `schedule-${form.dataset.choice}`;
    form.addEventListener("submit", () => {
      const boxes = [...form.querySelectorAll("[name=calendar]")];
      const ids = boxes.filter((box) => box.checked).map((box) => box.value);
      localStorage.setItem(key, ids.length === boxes.length ? "" : ids.join(","));
    });
    return localStorage.getItem(key) ?? "";
  })();
  const here = new URL(location.href);
  const kept = [...document.querySelectorAll("[data-choice] [name=calendar]")]
    .map((box) => box.value)
    .filter((id) => chosen.split(",").includes(id));
  if (kept.length && !here.searchParams.has("calendar")) {
    kept.forEach((id) => here.searchParams.append("calendar", id));
    location.replace(here);
    return;
  }

  document.querySelector("[data-go]")?.addEventListener("change", (event) => event.target.value && event.target.form.submit());
  document.querySelector("[data-print]")?.addEventListener("click", () => window.print());

  const place = document.getElementById("picture");
  if (!place) return;
  const settings = JSON.parse(document.getElementById("picture-settings").textContent);
  const week = settings.view === "week";
  const icons = Object.fromEntries(
    [...document.querySelector("[data-icons]").content.querySelectorAll("[data-icon]")].map((one) => [one.dataset.icon, one.firstElementChild]),
  );
  const positions = new Map(settings.calendars.map((calendar, position) => [calendar.id, position]));

  const instant = (wall) => Date.parse(`${wall}:00Z`);
  const wall = (milliseconds) => new Date(milliseconds).toISOString().slice(0, 16);
  const length = (delta) => (delta.days * 86400 + delta.seconds) * 1000;

  const element = (name, className, text) => {
    const made = document.createElement(name);
    made.className = className;
    if (text) made.textContent = text;
    return made;
  };
  const said = (entry) => [entry.times, entry.title, entry.service, entry.words].filter(Boolean).join(", ");
  const content = ({ event }) => {
    const entry = event.extendedProps;
    if (!entry.sort) return "";
    // Its own place for the keyboard and readers of the screen: an article of the library may not be a button.
    const inner = element("span", "entry-inner");
    if (entry.url) {
      inner.setAttribute("role", "button");
      inner.tabIndex = 0;
    } else inner.setAttribute("role", "note");
    inner.setAttribute("aria-label", said(entry));
    inner.title = said(entry);
    const head = element("span", "entry-name");
    const icon = icons[entry.icon]?.cloneNode(true);
    if (icon) head.append(icon);
    head.append(element("span", "entry-title", entry.title));
    inner.append(head, element("span", "entry-what", [entry.times, entry.service || (entry.state ? "" : entry.words)].filter(Boolean).join(" · ")));
    return { domNodes: [inner] };
  };
  const drawn = (entry) => ({
    id: entry.id,
    start: entry.start,
    end: entry.end,
    resourceIds: [String(entry.calendar)],
    title: entry.title,
    startEditable: entry.movable,
    durationEditable: entry.movable,
    classNames: ["entry", `entry-${entry.sort}`, `entry-${entry.icon}`, `of-${positions.get(entry.calendar)}`, entry.url ? "entry-opens" : "entry-still"],
    extendedProps: entry,
  });
  const background = (className, spans) =>
    spans.map((span) => ({ start: span.start, end: span.end, resourceIds: span.calendars.map(String), display: "background", classNames: [className] }));

  const load = async () => {
    const answer = await fetch(place.dataset.events, { headers: { Accept: "application/json", "X-Requested-With": "fetch" }, credentials: "same-origin" });
    if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Error(String(answer.status));
    const found = await answer.json();
    const nows = (week ? found.now.slice(0, 1) : found.now).map((now) => ({ ...now, end: wall(instant(now.start) + 120000) }));
    return [...background("closed", found.closed), ...background("now-line", nows), ...found.entries.map(drawn)];
  };

  const open = (url) => window.htmx.ajax("GET", url, { target: "#drawer-body", swap: "innerHTML" });
  const address = (base, given) => `${base}?${new URLSearchParams(given)}`;
  const calendarOf = (resource) => (resource ? { calendar: resource.id } : settings.calendars.length === 1 ? { calendar: settings.calendars[0].id } : {});
  const send = (entry, values) =>
    window.htmx.ajax("POST", place.dataset.place.replace("/0/", `/${entry.visit}/`), { values: { ...values, revision: entry.revision }, swap: "none", source: place });

  const picture = window.EventCalendar.create(place, {
    view: week ? "timeGridWeek" : "resourceTimeGridDay",
    date: settings.day,
    timeZone: "UTC",
    locale: settings.language,
    firstDay: 1,
    headerToolbar: { start: "", center: "", end: "" },
    dayHeaderFormat: { weekday: "short", day: "numeric", month: "numeric" },
    slotLabelFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
    allDaySlot: false,
    slotMinTime: settings.opens,
    slotMaxTime: settings.closes,
    flexibleSlotTimeLimits: true,
    slotDuration: "00:30",
    slotHeight: 36,
    snapDuration: { minutes: settings.step },
    slotEventOverlap: false,
    highlightedDates: [settings.today],
    theme: (theme) => ({ ...theme, today: "of-today" }),
    resources: settings.calendars.map((calendar) => ({ id: String(calendar.id), title: calendar.title })),
    editable: true,
    selectable: true,
    longPressDelay: 500,
    lazyFetching: false,
    eventSources: [
      {
        events: (_, success, failure) => {
          load().then(success, failure);
        },
      },
    ],
    eventContent: content,
    eventDidMount: ({ el }) => {
      el.removeAttribute("role");
      el.removeAttribute("tabindex");
    },
    eventClick: ({ event }) => {
      if (event.extendedProps.url) open(event.extendedProps.url);
    },
    dateClick: ({ dateStr, resource }) => open(address(place.dataset.book, { start: dateStr.slice(0, 16), ...calendarOf(resource) })),
    select: ({ startStr, endStr, resource }) => {
      const minutes = (instant(endStr.slice(0, 16)) - instant(startStr.slice(0, 16))) / 60000;
      open(address(place.dataset.book, { start: startStr.slice(0, 16), minutes, ...calendarOf(resource) }));
      picture.unselect();
    },
    eventDrop: ({ event, delta, newResource }) => {
      const entry = event.extendedProps;
      const calendar = newResource ? { calendar: newResource.id } : {};
      send(entry, { start: wall(instant(entry.start) + length(delta)), ...calendar });
    },
    eventResize: ({ event, endDelta }) => {
      const entry = event.extendedProps;
      send(entry, { minutes: (instant(entry.end) - instant(entry.start) + length(endDelta)) / 60000 });
    },
  });

  place.querySelectorAll("aside").forEach((side) => side.setAttribute("role", "none"));

  const renew = () => picture.refetchEvents();
  document.body.addEventListener("desk:changed", renew);
  document.body.addEventListener("htmx:sendError", renew); // what could not be moved goes back to its place
  setInterval(() => document.hidden || renew(), EVERY_MS);
})();
