"""The addresses of patients."""

from django.urls import path

from myosotis.web.desk.patients import card, search

urlpatterns = [
    path("patients", search.patients, name="patients"),
    path("patients/find", search.find, name="patient_find"),
    path("patients/<int:patient_id>", card.patient, name="patient"),
]
