"""Addresses of the bench, below `/sandbox/`."""

from django.urls import path

from myosotis.sandbox import entrance
from myosotis.sandbox.phone import api, views

app_name = "sandbox"
urlpatterns = [
    path("", views.bench, name="bench"),
    path("enter", entrance.enter, name="enter"),
    path("enter/<str:role>", entrance.enter, name="enter-as"),
    path("tour/off", entrance.tour_off, name="tour-off"),
    path("tour/phone/<int:patient_id>", entrance.tour_phone, name="tour-phone"),
    path("phone/<int:patient_id>/", views.bench, name="phone"),
    path("phone/<int:patient_id>/answer", views.answer, name="answer"),
    path("mail/<int:received_id>/", views.mail, name="mail"),
    path("mail/<int:received_id>/source", views.mail_source, name="mail-source"),
    path("mail/<int:received_id>/files/<str:name>", views.mail_file, name="mail-file"),
    path("clock", views.clock_hand, name="clock"),
    path("faults", views.faults, name="faults"),
    path("language", views.language, name="language"),
    path("api/clock", api.clock_api, name="api-clock"),
    path("api/faults", api.faults_api, name="api-faults"),
    path("api/received", api.received_api, name="api-received"),
]
