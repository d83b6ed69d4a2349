// Keeps the bench fresh, tells of a tap on a push, and shows that time is on its way. Without it everything works too.
"use strict";

const EVERY = 2000;
let busy = false;

async function refresh() {
  if (busy || document.hidden || document.activeElement?.closest("[data-live]")) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || busy) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const now = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
      if (now && !part.querySelector("iframe") && now.innerHTML !== part.innerHTML) part.replaceChildren(...now.childNodes);
    }
  } catch {
    // The server is stopping or starting: the next round will tell.
  }
}

document.addEventListener("click", (event) => {
  const push = event.target.closest?.("a[data-click]");
  if (push && push.dataset.click) navigator.sendBeacon(push.dataset.click);
});

document.addEventListener("submit", (event) => {
  const words = event.target.dataset.busy;
  if (!words) return;
  busy = true;
  document.body.classList.add("busy");
  const state = document.querySelector(".state");
  if (state) state.textContent = words;
});

const talk = document.querySelector(".bubbles");
if (talk) talk.scrollTop = talk.scrollHeight;
setInterval(refresh, EVERY);
