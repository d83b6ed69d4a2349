"""The addresses of the patients' pages. A message's link is `/<token>`: in an SMS every character counts."""

from django.urls import path, re_path

from myosotis.links import Purpose
from myosotis.web import earlier_time, moving, opinions, patient, preferences, signals, unsubscribe
from myosotis.web.app import joining
from myosotis.web.app.urls import urlpatterns as app
from myosotis.web.portal.urls import urlpatterns as portal
from myosotis.web.reached import of_link

TOKEN = r"(?P<token>[0-9A-Za-z]{17})"  # noqa: S105 - the shape of tokens
STRAY = r"[/.,;:!?)\]}>'\"”»]+"
"""What programs that make texts clickable take along from the sentence around a link."""

by_link = of_link(Purpose.OPEN)

app_name = "patient"
urlpatterns = [
    re_path(rf"^{TOKEN}$", by_link(patient.open_link), name="open"),
    re_path(rf"^{TOKEN}{STRAY}$", patient.tidied),
    re_path(rf"^{TOKEN}/confirm$", by_link(patient.confirm), name="confirm"),
    re_path(rf"^{TOKEN}/cancel$", by_link(patient.cancel), name="cancel"),
    re_path(rf"^{TOKEN}/move$", by_link(moving.move), name="move"),
    re_path(rf"^{TOKEN}/take$", by_link(earlier_time.take), name="take"),
    re_path(rf"^{TOKEN}/decline$", by_link(earlier_time.decline), name="decline"),
    re_path(rf"^{TOKEN}/preferences$", by_link(preferences.preferences), name="preferences"),
    re_path(rf"^{TOKEN}/opinion$", by_link(opinions.opinion), name="opinion"),
    re_path(rf"^{TOKEN}/seen$", by_link(signals.seen), name="seen"),
    re_path(rf"^{TOKEN}/visit\.ics$", by_link(patient.calendar_entry), name="calendar"),
    re_path(rf"^{TOKEN}/app$", by_link(joining.start), name="join"),
    re_path(rf"^{TOKEN}/app/code$", by_link(joining.code), name="join_code"),
    re_path(rf"^r/{TOKEN}$", of_link(Purpose.READ)(signals.read), name="read"),
    path("u/<str:token>", unsubscribe.unsubscribe, name="unsubscribe"),
    path("p/<str:token>", by_link(signals.push_clicked), name="push"),
    path("i/<str:token>.gif", signals.mail_image, name="image"),
    *app,
    *portal,
]
