"""The addresses of the patients' pages. A message's link is `/<token>`: in an SMS every character counts."""

from django.urls import path, re_path

from myosotis.web import patient, signals

TOKEN = r"(?P<token>[0-9A-Za-z]{17})"

app_name = "patient"
urlpatterns = [
    re_path(rf"^{TOKEN}$", patient.open_link, name="open"),
    re_path(rf"^{TOKEN}/confirm$", patient.confirm, name="confirm"),
    re_path(rf"^{TOKEN}/cancel$", patient.cancel, name="cancel"),
    re_path(rf"^{TOKEN}/seen$", patient.seen, name="seen"),
    re_path(rf"^{TOKEN}/visit\.ics$", patient.calendar_entry, name="calendar"),
    re_path(rf"^r/{TOKEN}$", patient.read, name="read"),
    path("p/<str:token>", signals.push_clicked, name="push"),
    path("i/<str:token>.gif", signals.mail_image, name="image"),
]
