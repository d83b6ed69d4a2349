"""The Django app of the bench; it has no tables: what the peers receive is kept in a file of their own."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "myosotis.sandbox"
    label = "sandbox"
