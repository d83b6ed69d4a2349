"""The Django app; it has no tables."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "myosotis.api"
    label = "api"
