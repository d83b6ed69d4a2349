"""The Django app; it has no tables."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "myosotis.web"
    label = "web"
