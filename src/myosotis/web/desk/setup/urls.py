"""The addresses of the set-up."""

from django.urls import path

from myosotis.web.desk.setup import pages, trial

urlpatterns = [
    path("setup", pages.setup, name="setup"),
    path("setup/practice", pages.setup_practice, name="setup_practice"),
    path("setup/consent", pages.setup_consent, name="setup_consent"),
    path("setup/doctor", pages.setup_doctor, name="setup_doctor"),
    path("setup/address", pages.setup_address, name="setup_address"),
    path("setup/hours", pages.setup_hours, name="setup_hours"),
    path("setup/services", pages.setup_services, name="setup_services"),
    path("setup/providers", pages.setup_providers, name="setup_providers"),
    path("setup/trial", trial.setup_trial, name="setup_trial"),
    path("setup/trial/state", trial.setup_trial_state, name="setup_trial_state"),
    path("setup/staff", pages.setup_staff, name="setup_staff"),
    path("setup/finish", pages.setup_finish, name="setup_finish"),
]
