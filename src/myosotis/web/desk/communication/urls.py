"""Addresses of the switches of calendars."""

from django.urls import path

from myosotis.web.desk.communication import asking, copying, previews, trials, views

CALENDAR = "settings/calendars/<int:calendar_id>/communication"
urlpatterns = [
    path("settings/communication", views.communications, name="communications"),
    path("settings/communication/back", views.communication_back, name="communication_back"),
    path(CALENDAR, views.communication, name="communication"),
    path(f"{CALENDAR}/difference", views.difference, name="communication_difference"),
    path(f"{CALENDAR}/preview", previews.preview, name="communication_preview"),
    path(f"{CALENDAR}/mail", previews.mail, name="communication_mail"),
    path(f"{CALENDAR}/trial", trials.trial, name="communication_trial"),
    path(f"{CALENDAR}/what-if", asking.communication_what_if, name="communication_what_if"),
    path(f"{CALENDAR}/copy", copying.communication_copy, name="communication_copy"),
    path(f"{CALENDAR}/copy/difference", copying.copy_difference, name="communication_copy_difference"),
]
