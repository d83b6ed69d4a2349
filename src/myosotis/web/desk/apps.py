"""The Django app of the desk; it has no tables."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "myosotis.web.desk"
    label = "desk"
