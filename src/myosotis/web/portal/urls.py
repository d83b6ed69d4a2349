"""The addresses of the public pages: no personal data in any of them, and nothing that could be counted up."""

from django.urls import path

from myosotis.web.portal import booking, profile, times

urlpatterns = [
    path("d/<slug:slug>", profile.profile, name="profile"),
    path("d/<slug:slug>/<str:calendar>", times.times, name="times"),
    path("h/<str:key>", booking.form, name="form"),
    path("h/<str:key>/code", booking.code, name="code"),
    path("h/<str:key>/again", booking.again, name="again"),
    path("h/<str:key>/back", booking.give_back, name="give_back"),
    path("h/<str:key>/done", booking.done, name="done"),
    path("h/<str:key>/visit.ics", booking.calendar_entry, name="booked_calendar"),
]
