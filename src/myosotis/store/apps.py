"""The Django app."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "myosotis.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created

        from myosotis.store.apart.carried import bind
        from myosotis.store.instants import read_fast
        from myosotis.store.prepared import keep

        connection_created.connect(read_fast, dispatch_uid="store.instants")
        connection_created.connect(bind, dispatch_uid="store.apart")
        connection_created.connect(keep, dispatch_uid="store.prepared")
