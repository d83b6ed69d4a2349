"""The addresses of the patients' pages. A message's link is `/<token>`: in an SMS every character counts."""

from django.urls import path, re_path

from myosotis.web import patient, signals, unsubscribe

TOKEN = r"(?P<token>[0-9A-Za-z]{17})"  # noqa: S105 - the shape of tokens
STRAY = r"[/.,;:!?)\]}>'\"”»]+"
"""What programs that make texts clickable take along from the sentence around a link."""

app_name = "patient"
urlpatterns = [
    re_path(rf"^{TOKEN}$", patient.open_link, name="open"),
    re_path(rf"^{TOKEN}{STRAY}$", patient.tidied),
    re_path(rf"^{TOKEN}/confirm$", patient.confirm, name="confirm"),
    re_path(rf"^{TOKEN}/cancel$", patient.cancel, name="cancel"),
    re_path(rf"^{TOKEN}/seen$", signals.seen, name="seen"),
    re_path(rf"^{TOKEN}/visit\.ics$", patient.calendar_entry, name="calendar"),
    re_path(rf"^r/{TOKEN}$", signals.read, name="read"),
    path("u/<str:token>", unsubscribe.unsubscribe, name="unsubscribe"),
    path("p/<str:token>", signals.push_clicked, name="push"),
    path("i/<str:token>.gif", signals.mail_image, name="image"),
]
