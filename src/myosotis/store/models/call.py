"""How calls to patients went (docs/rules.md 3, "The call list")."""

from django.db import models

from myosotis.domain.words import CallResult
from myosotis.store.models.practice import Practice
from myosotis.store.models.staff import StaffUser
from myosotis.store.models.visit import Visit


class CallNote(models.Model):
    """One call about a visit: who made it, when, and how it went. What was noted by mistake is taken back, not removed."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="call_notes")
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="call_notes")
    revision = models.PositiveIntegerField()
    """Of the visit when it was called about: news since then need a call of their own."""
    at = models.DateTimeField()
    result = models.CharField(max_length=16, choices=[(word.value, word.value) for word in CallResult])
    note = models.CharField(max_length=500, blank=True)
    actor = models.CharField(max_length=64)
    """`staff:7`, `key:ab12`."""
    staff_user = models.ForeignKey(StaffUser, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["practice", "visit"], name="call_note_visit")]
