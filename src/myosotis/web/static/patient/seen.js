// Reports that the visit was in sight for three seconds. Without scripts nothing is reported: the SMS then follows.
(function () {
  "use strict";
  var page = document.getElementById("seen");
  if (!page) return;
  var left = 3000, since = 0, timer = null;
  function report() {
    document.removeEventListener("visibilitychange", look);
    fetch(page.dataset.address, {
      method: "POST",
      keepalive: true,
      headers: { "X-CSRFToken": page.dataset.csrf },
      body: new URLSearchParams({ revision: page.dataset.revision })
    }).catch(function () { /* unread, then: one SMS more does no harm */ });
  }
  function look() {
    if (timer !== null) {
      clearTimeout(timer);
      timer = null;
      left -= performance.now() - since;
    }
    if (document.visibilityState === "visible") {
      since = performance.now();
      timer = setTimeout(report, left);
    }
  }
  document.addEventListener("visibilitychange", look);
  look();
})();
