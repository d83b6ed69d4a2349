// What every page of the desk can do: the drawer, what is said, keyboard shortcuts. Pages add their own files.
(() => {
  "use strict";
  const SHOWN_MS = 8000;
  const UNDO_MS = 60000; // as long as the server takes an act back

  // The drawer: what htmx puts into it opens it; closed, it is empty again.
  const drawer = document.getElementById("drawer");
  const inside = document.getElementById("drawer-body");
  let opener = null;
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== inside || !inside.childElementCount) return;
    if (!drawer.open) {
      opener = event.detail.requestConfig?.elt ?? null;
      drawer.showModal();
    }
    drawer.querySelector("[autofocus], h1, h2")?.focus();
  });
  drawer.addEventListener("close", () => {
    inside.replaceChildren();
    // The focus goes back to what opened it; what was loaded anew meanwhile has a successor with the same address.
    const url = opener?.getAttribute("hx-get");
    const back = opener?.isConnected ? opener : url && document.querySelector(`[hx-get="${CSS.escape(url)}"]`);
    (back || document.getElementById("main")).focus({ preventScroll: true });
  });
  // A piece that loads itself anew must not lose the place of who works by keys.
  let held = "";
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const focused = document.activeElement;
    if (event.detail.target.contains(focused)) held = focused.getAttribute("hx-get") ?? "";
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    if (held && document.activeElement === document.body) document.querySelector(`[hx-get="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
    held = "";
  });
  document.body.addEventListener("desk:close", () => drawer.close());
  drawer.addEventListener("click", (event) => {
    if (event.target === drawer) drawer.close();
  });

  // What is said goes by itself; an offer to undo stays as long as it works.
  const said = document.getElementById("said");
  const tend = (say) => {
    if (say.dataset.tended) return;
    say.dataset.tended = "1";
    setTimeout(() => say.remove(), "undo" in say.dataset ? UNDO_MS : SHOWN_MS);
    if ("undo" in say.dataset) said.querySelectorAll("[data-undo]").forEach((old) => old !== say && old.remove());
  };
  const tendAll = () => said.querySelectorAll("[data-say]").forEach(tend);
  new MutationObserver(tendAll).observe(said, { childList: true, subtree: true });
  tendAll();
  // A modal dialog makes everything outside it dead: what is said moves into the open one, so that "undo" works there.
  const follow = () => (document.querySelector("dialog[open]") ?? document.body).append(said);
  document.querySelectorAll("dialog").forEach((dialog) => {
    new MutationObserver(follow).observe(dialog, { attributes: true, attributeFilter: ["open"] });
  });

  document.addEventListener("click", (event) => {
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest("[data-say]").remove();
    const opener = event.target.closest("[data-open]");
    if (opener) document.querySelector(opener.dataset.open).showModal();
  });
  said.addEventListener("submit", (event) => event.target.closest("[data-say]").classList.add("spent"));
  document.body.addEventListener("htmx:afterRequest", (event) => event.detail.elt.closest?.(".spent")?.remove());

  // What could not be done is said aloud, never lost.
  const trouble = (text) => {
    const say = document.createElement("div");
    say.className = "say say-error";
    say.dataset.say = "";
    say.append(Object.assign(document.createElement("p"), { textContent: text }));
    said.append(say);
  };
  const english = document.documentElement.lang === "en";
  document.body.addEventListener("htmx:sendError", () => {
    trouble(english ? "The server cannot be reached. Nothing was changed." : "Serwer nie odpowiada. Nic nie zostało zmienione.");
  });
  document.body.addEventListener("htmx:responseError", () => {
    trouble(english ? "That did not work. Load the page anew." : "To się nie udało. Proszę odświeżyć stronę.");
  });
  // Forms that were filled in wrongly come back with 422, and are to be shown.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    // Links stand in pieces that swap themselves as a whole, and inherit that: the drawer is filled, never replaced.
    if (event.detail.target === inside) event.detail.swapOverride = "innerHTML";
    if ([403, 404, 409, 422].includes(event.detail.xhr.status)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  // Shortcuts: every element with data-key says by which keys it is clicked, or gets the focus.
  let typed = "";
  let forget;
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
  const visible = (element) => element.offsetParent !== null || element === document.body;
  // Behind an open dialog nothing can be clicked, so nothing there has keys; what is said stands within the dialog.
  const keyed = (root) => [...root.querySelectorAll("[data-key]")].filter(visible);
  const onTop = () => [...document.querySelectorAll("dialog[open]")].at(-1) ?? document;
  const act = (element) => (typing(element) ? element.focus() : element.click());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const keys = keyed(onTop());
    const wish = `${typed} ${event.key}`.trim();
    const found = keys.find((element) => element.dataset.key === wish) ?? keys.find((element) => element.dataset.key === event.key);
    clearTimeout(forget);
    typed = keys.some((element) => element.dataset.key.startsWith(`${wish} `)) ? wish : "";
    forget = setTimeout(() => (typed = ""), 1500);
    if (!found) return;
    typed = "";
    event.preventDefault();
    act(found);
  });
  const list = document.querySelector("[data-shortcuts]");
  new MutationObserver(() => {
    list.replaceChildren();
    for (const element of keyed(drawer.open ? drawer : document)) {
      const keys = document.createElement("dt");
      for (const key of element.dataset.key.split(" ")) {
        keys.append(Object.assign(document.createElement("kbd"), { textContent: key }), " ");
      }
      const name = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
      list.append(keys, Object.assign(document.createElement("dd"), { textContent: name.trim().replace(/\s+/g, " ") }));
    }
  }).observe(document.getElementById("shortcuts"), { attributes: true, attributeFilter: ["open"] });
})();
