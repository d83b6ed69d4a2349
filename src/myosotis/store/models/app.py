"""The patient's app: an installation on one phone, and the people who joined there (docs/rules.md 5)."""

from django.db import models

from myosotis.store.models.patient import Patient
from myosotis.store.models.practice import Practice


class Installation(models.Model):
    """The app on one phone. Its secret is in a cookie of that phone; it may hold people of several practices."""

    key_hash = models.BinaryField(max_length=16, unique=True)
    created_at = models.DateTimeField()
    seen_on = models.DateField()
    """The last day on which it was used; long unused ones are removed."""
    language = models.CharField(max_length=2, blank=True)


class Member(models.Model):
    """Somebody who joined on an installation, by a code sent to the phone of the card."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="members")
    installation = models.ForeignKey(Installation, on_delete=models.CASCADE, related_name="members")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="memberships")
    phone = models.CharField(max_length=20)
    """To which the code went: with another phone on the card the membership ends."""
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "installation", "patient"], name="member_once")]
