// Push on this phone, and the service worker. Everything else of the app works without scripts.
(function () {
  "use strict";
  var app = document.getElementById("app");
  if (!app) return;
  var can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

  if (app.dataset.state === "nobody") forget();
  else if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").then(began, failed);

  var ask = document.getElementById("push-ask");
  if (ask) offer();
  var off = document.getElementById("push-off");
  if (off) off.addEventListener("submit", switchedOff);

  function began(registration) {
    if (can && app.dataset.on === "yes") agree(registration).catch(function () { /* tried again when the app is opened next */ });
  }

  // What the server believes and what the browser does may have grown apart: cleared data, a permission taken back.
  function agree(registration) {
    return registration.pushManager.getSubscription().then(function (subscription) {
      if (subscription && known(subscription)) return tell(subscription);
      if (Notification.permission === "granted") return subscribe(registration).then(tell);
      return post("/off", {});
    });
  }

  function offer() {
    if (!can) return say(apple() && !navigator.standalone ? "push-install" : "push-unsupported");
    if (Notification.permission === "denied") return say("push-denied");
    ask.hidden = false;
    document.getElementById("push-on").addEventListener("click", switchOn);
  }

  function switchOn() {
    say("");
    Notification.requestPermission().then(function (permission) {
      if (permission !== "granted") return say("push-denied");
      return navigator.serviceWorker.ready.then(subscribe).then(tell).then(function () {
        location.search = query("on");
      });
    }).catch(failed);
  }

  function switchedOff(event) {
    if (!can) return;
    event.preventDefault();
    navigator.serviceWorker.getRegistration().then(drop).catch(function () {}).then(function () { off.submit(); });
  }

  function subscribe(registration) {
    return registration.pushManager.getSubscription().then(function (old) {
      return old && !known(old) ? old.unsubscribe() : null;
    }).then(function () {
      return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: octets(app.dataset.key) });
    });
  }

  function known(subscription) {
    var key = subscription.options && subscription.options.applicationServerKey;
    return !key || text(key) === app.dataset.key;
  }

  function tell(subscription) {
    var said = subscription.toJSON();
    return post("", { endpoint: said.endpoint, p256dh: said.keys.p256dh, auth: said.keys.auth });
  }

  function post(path, values) {
    return fetch(app.dataset.address + path, {
      method: "POST",
      headers: { "X-CSRFToken": app.dataset.csrf },
      body: new URLSearchParams(values)
    }).then(function (answer) {
      if (!answer.ok) throw new Error("HTTP " + answer.status);
    });
  }

  function forget() {
    if ("caches" in window) caches.delete("visits").catch(function () {});
    if (can) navigator.serviceWorker.getRegistration().then(drop).catch(function () {});
  }

  function drop(registration) {
    return registration && registration.pushManager.getSubscription().then(function (subscription) {
      return subscription && subscription.unsubscribe();
    });
  }

  function failed() { say("push-failed"); }

  function say(id) {
    ["push-denied", "push-install", "push-unsupported", "push-failed"].forEach(function (other) {
      var words = document.getElementById(other);
      if (words) words.hidden = other !== id;
    });
  }

  function query(done) {
    var asked = new URLSearchParams(location.search);
    asked.set("done", done);
    return asked.toString();
  }

  function apple() {
    return /iPad|iPhone|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
  }

  function octets(key) {
    var plain = atob(key.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (sign) { return sign.charCodeAt(0); });
  }

  function text(key) {
    var plain = String.fromCharCode.apply(null, new Uint8Array(key));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
})();
