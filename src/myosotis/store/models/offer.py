"""A freed slot offered to up to ten patients (docs/rules.md 4)."""

from django.db import models

from myosotis.store.models.calendar import Calendar
from myosotis.store.models.patient import Patient
from myosotis.store.models.practice import Practice
from myosotis.store.models.visit import Visit


class Offer(models.Model):
    """One freed slot. It is open until it is closed or `closes_at` has come, and never reopens."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="offers")
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="offers")
    freed_by = models.ForeignKey(Visit, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    cause = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="consequences")
    """The offer whose winner freed this slot."""
    depth = models.PositiveSmallIntegerField(default=1)
    """Its place in the chain: 1 where a patient freed the slot without having won an offer."""
    start = models.DateTimeField()
    end = models.DateTimeField()
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["practice", "calendar", "start"], name="offer_open", condition=models.Q(closed_at=None)
            ),
            models.Index(fields=["closes_at"], name="offer_closes", condition=models.Q(closed_at=None)),
        ]


class Candidate(models.Model):
    """One visit of an offer, asked or passed over with the reason."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="candidates")
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="candidates")
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="candidacies")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="candidacies")
    position = models.PositiveSmallIntegerField()
    """In the order of starts, from 1, those passed over included."""
    round = models.PositiveSmallIntegerField(default=1)
    visit_start = models.DateTimeField()
    """Of the visit when it was asked about."""
    visit_revision = models.PositiveIntegerField()
    passed_over = models.CharField(max_length=32, blank=True)
    answer = models.CharField(max_length=16, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "offer", "visit"], name="candidate_once")]
        indexes = [
            models.Index(fields=["patient"], name="candidate_asked", condition=models.Q(passed_over="", answer=""))
        ]


class OfferEvent(models.Model):
    """What happened to an offer, append-only: ids and times, no names."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="offer_events")
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="events")
    candidate = models.ForeignKey(Candidate, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    what = models.CharField(max_length=32)
    reason = models.CharField(max_length=32, blank=True)
    actor = models.CharField(max_length=64, blank=True)
    """As in the audit log."""
