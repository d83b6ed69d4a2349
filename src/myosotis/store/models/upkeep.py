"""What the installation does for itself: duties that its dispatchers share, and a stop for all of them."""

from django.db import models
from django.db.models import Q

from myosotis.domain.words import HaltCause


class Upkeep(models.Model):
    """A duty that all dispatchers share: who takes a turn writes when, and afterwards what it came to. Nothing of patients."""

    name = models.CharField(max_length=16, primary_key=True)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    """Of the last turn that came to its end."""
    counts = models.JSONField(default=dict)
    """How many rows of what that turn removed or kept."""


class Halt(models.Model):
    """While one stands, no dispatcher hands anything over (docs/rules.md 7.4)."""

    because = models.CharField(max_length=16, choices=[(word.value, word.value) for word in HaltCause])
    begun_at = models.DateTimeField()
    backup_of = models.DateTimeField(null=True, blank=True)
    """When the backup was made that was restored."""
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["because"], name="halt_stands_once", condition=Q(ended_at__isnull=True))
        ]
