// Reports that the visit was in sight for three seconds. Without scripts nothing is reported: the SMS then follows.
(function () {
  "use strict";
  var visit = document.getElementById("visit");
  if (!visit || !visit.dataset.seen) return;
  var left = 3000, since = null, timer = null;
  function report() {
    var body = new URLSearchParams({ revision: visit.dataset.revision });
    fetch(visit.dataset.seen, {
      method: "POST", body: body, keepalive: true, headers: { "X-CSRFToken": visit.dataset.csrf }
    }).catch(function () { /* unread, then: one SMS more does no harm */ });
    document.removeEventListener("visibilitychange", look);
  }
  function look() {
    if (document.visibilityState === "visible") {
      since = performance.now();
      timer = setTimeout(report, left);
    } else if (since !== null) {
      clearTimeout(timer);
      left = Math.max(0, left - (performance.now() - since));
      since = null;
    }
  }
  document.addEventListener("visibilitychange", look);
  look();
})();
