"""The addresses of the app."""

from django.urls import path

from myosotis.web import moving, opinions, patient, preferences, signals
from myosotis.web.app import files, messages, people, push, visits
from myosotis.web.app.door import of_app

VISIT = "app/v/<uuid:visit_uuid>"

urlpatterns = [
    path("app", visits.visits, name="app"),
    path("app/messages", messages.messages, name="app_messages"),
    path("app/people", people.people, name="app_people"),
    path("app/people/<int:member_id>/leave", people.leave, name="app_leave"),
    path("app/forget", people.forget, name="app_forget"),
    path("app/push", push.push, name="app_push"),
    path("app/push/off", push.off, name="app_push_off"),
    path("app/push/renewed", push.renewed, name="app_push_renewed"),
    path("app/offline", files.offline, name="app_offline"),
    path(VISIT, of_app(patient.open_link)),
    path(f"{VISIT}/confirm", of_app(patient.confirm)),
    path(f"{VISIT}/cancel", of_app(patient.cancel)),
    path(f"{VISIT}/move", of_app(moving.move)),
    path(f"{VISIT}/preferences", of_app(preferences.preferences)),
    path(f"{VISIT}/opinion", of_app(opinions.opinion)),
    path(f"{VISIT}/seen", of_app(signals.seen)),
    path(f"{VISIT}/visit.ics", of_app(patient.calendar_entry)),
    path("manifest.webmanifest", files.manifest, name="manifest"),
    path("sw.js", files.worker, name="worker"),
]
