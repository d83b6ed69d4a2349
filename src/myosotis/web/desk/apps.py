"""The Django app of the desk; it has no tables."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "myosotis.web.desk"
    label = "desk"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from myosotis.web.desk.doors import idle

        user_logged_in.connect(idle.begin, dispatch_uid="desk.idle")
