"""The addresses of the settings."""

from django.urls import path

from myosotis.web.desk.settings import (
    blocks,
    calendars,
    days,
    hours,
    index,
    places,
    practice,
    services,
    undoing,
)

CALENDAR = "settings/calendars/<int:calendar_id>"

urlpatterns = [
    path("settings", index.settings, name="settings"),
    path("settings/practice", practice.practice, name="practice"),
    path("settings/senders", practice.senders, name="senders"),
    path("settings/senders/example", practice.senders_example, name="senders_example"),
    path("settings/window", practice.window, name="window"),
    path("settings/reading", practice.reading, name="reading"),
    path("settings/consent", practice.consent, name="consent"),
    path("settings/doctors", places.doctors, name="doctors"),
    path("settings/doctors/new", places.doctor_new, name="doctor_new"),
    path("settings/doctors/<int:doctor_id>", places.doctor, name="doctor"),
    path("settings/addresses", places.addresses, name="addresses"),
    path("settings/addresses/new", places.address_new, name="address_new"),
    path("settings/addresses/<int:address_id>", places.address, name="address"),
    path("settings/calendars", calendars.calendars, name="calendars"),
    path("settings/calendars/new", calendars.calendar_new, name="calendar_new"),
    path("settings/calendars/undo", undoing.opening_undo, name="opening_undo"),
    path(CALENDAR, calendars.calendar, name="calendar"),
    path(f"{CALENDAR}/hours", hours.hours, name="hours"),
    path(f"{CALENDAR}/days", days.days, name="days"),
    path(f"{CALENDAR}/days/remove", days.days_remove, name="days_remove"),
    path(f"{CALENDAR}/days/holidays", days.holidays_close, name="holidays_close"),
    path(f"{CALENDAR}/blocks", blocks.blocks, name="blocks"),
    path(f"{CALENDAR}/blocks/<int:block_id>/remove", blocks.block_remove, name="block_remove"),
    path(f"{CALENDAR}/services", services.services, name="services"),
    path(f"{CALENDAR}/services/new", services.service_new, name="service_new"),
    path(f"{CALENDAR}/services/<int:service_id>", services.service, name="service"),
    path(f"{CALENDAR}/services/<int:service_id>/off", services.service_off, name="service_off"),
    path(f"{CALENDAR}/services/<int:service_id>/on", services.service_on, name="service_on"),
]
