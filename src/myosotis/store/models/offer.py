"""A freed slot offered to up to ten patients (docs/rules.md 4)."""

from django.db import models

from myosotis.store.models.calendar import Calendar
from myosotis.store.models.patient import Patient
from myosotis.store.models.practice import Practice
from myosotis.store.models.visit import Visit


class Offer(models.Model):
    """One freed slot; `cause` is the offer whose winner freed it."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="offers")
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="offers")
    freed_by = models.ForeignKey(Visit, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    cause = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="consequences")
    start = models.DateTimeField()
    end = models.DateTimeField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(max_length=32, blank=True)


class Candidate(models.Model):
    """One patient of an offer, asked or passed over with the reason."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="candidates")
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="candidates")
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="candidacies")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="candidacies")
    position = models.PositiveSmallIntegerField()
    passed_over = models.CharField(max_length=32, blank=True)
    answer = models.CharField(max_length=16, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "offer", "visit"], name="candidate_once")]
