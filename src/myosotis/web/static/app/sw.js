// The app's service worker. It shows pushes, reports clicks, and keeps the last list of visits for when there is no network.
"use strict";

const SHELL = "shell-1", VISITS = "visits";
const OFFLINE = "/app/offline";
const FILES = ["/static/patient/patient.css", "/static/app/app.css", "/static/app/app.js", "/static/patient/flower.svg"];

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll([...FILES, OFFLINE])));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== SHELL && name !== VISITS) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const request = event.request, url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname !== "/app" && !url.pathname.startsWith("/app/")) return;
    if (request.method !== "GET") event.waitUntil(caches.delete(VISITS)); // what it shows is about to change
    else event.respondWith(page(event, url.pathname === "/app"));
  } else if (request.method === "GET" && FILES.includes(url.pathname)) {
    event.respondWith(file(request, url.pathname));
  }
});

async function page(event, isVisits) {
  let answer;
  try {
    answer = await fetch(event.request);
  } catch (error) {
    return (isVisits && await caches.match("/app", { cacheName: VISITS })) || (await caches.match(OFFLINE)) || Response.error();
  }
  const state = answer.headers.get("App-State");
  if (state === "nobody") event.waitUntil(caches.delete(VISITS));
  else if (isVisits && state === "joined" && answer.ok) event.waitUntil(keep(answer.clone()));
  return answer;
}

// The page as it is shown later: with the line that says of when it is.
async function keep(answer) {
  const html = (await answer.text()).replace('id="as-of" hidden', 'id="as-of"');
  const headers = new Headers();
  for (const name of ["Content-Type", "Content-Language", "Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options"]) {
    if (answer.headers.has(name)) headers.set(name, answer.headers.get(name));
  }
  const cache = await caches.open(VISITS);
  await cache.put("/app", new Response(html, { headers }));
}

async function file(request, path) {
  try {
    const answer = await fetch(request);
    if (answer.ok) (await caches.open(SHELL)).put(path, answer.clone());
    return answer;
  } catch (error) {
    return (await caches.match(path)) || Response.error();
  }
}

self.addEventListener("push", (event) => event.waitUntil(show(event.data)));

// A push without a notice is not allowed, so whatever came, something neutral is shown.
async function show(data) {
  let said = {};
  try {
    said = data.json();
  } catch (error) { /* not ours, or damaged */ }
  const { title = "Myosotis", body = "", lang = "", tag = "myosotis", url = "/app", click = "" } = said;
  const shown = await self.registration.getNotifications({ tag });
  await self.registration.showNotification(title, {
    body, lang, tag, // the newest of a visit takes the place of the one before; only if it is another one the phone rings again
    renotify: !shown.some((notice) => notice.data && notice.data.click === click),
    icon: "/static/app/icon-192.png",
    badge: "/static/app/badge-96.png",
    data: { url: own(url) || "/app", click: own(click) },
  });
}

// A path on this server, or nothing.
function own(path) {
  return /^\/[0-9A-Za-z/_-]*$/.test(path) && !path.startsWith("//") ? path : "";
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url, click } = event.notification.data || {};
  event.waitUntil(Promise.all([report(click), open(url || "/app")]));
});

async function report(click) {
  if (!click) return;
  try {
    await fetch(click, { method: "POST", credentials: "omit", keepalive: true });
  } catch (error) { /* unread, then: one SMS more does no harm */ }
}

async function open(url) {
  const wanted = new URL(url, self.location.origin).href;
  for (const client of await self.clients.matchAll({ type: "window", includeUncontrolled: true })) {
    if (client.url.split("?")[0] === wanted && "focus" in client) return client.focus();
  }
  return self.clients.openWindow(wanted);
}

// The browser has replaced the subscription by itself. Where it does not say which, the app says it when it is opened next.
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event.oldSubscription, event.newSubscription)));

async function renew(old, given) {
  if (!old) return;
  const fresh = given || await self.registration.pushManager.subscribe(old.options);
  const { endpoint, keys } = fresh.toJSON();
  const body = new URLSearchParams({ old: old.endpoint, endpoint, p256dh: keys.p256dh, auth: keys.auth });
  await fetch("/app/push/renewed", { method: "POST", body });
}
