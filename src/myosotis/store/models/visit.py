"""The visit and its own append-only log."""

import uuid

from django.db import models

from myosotis.domain.values import VisitSwitches
from myosotis.domain.words import Party, Via, VisitEvent, VisitStatus
from myosotis.store.models.calendar import Calendar, Service
from myosotis.store.models.patient import Patient
from myosotis.store.models.practice import Practice


class Visit(models.Model):
    """One visit. Its revision is raised by a move, a cancellation, its undoing, and an exchange of the patient."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="visits")
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="visits")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="visits")
    former_patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    """Who had the visit before it was given to another patient, until that is told."""
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, blank=True, related_name="visits")
    uuid = models.UUIDField(default=uuid.uuid4)
    """The UID of its calendar file."""
    external_id = models.CharField(max_length=100, blank=True)
    source_uid = models.CharField(max_length=255, blank=True)
    source_recurrence = models.CharField(max_length=64, blank=True)
    source_state = models.CharField(max_length=32, blank=True)
    """Fingerprint of what the last import said of it: said again it changes nothing, whatever happened here since."""
    batch = models.ForeignKey(
        "store.ImportBatch", on_delete=models.SET_NULL, null=True, blank=True, related_name="visits"
    )

    start = models.DateTimeField()
    end = models.DateTimeField()
    booked_at = models.DateTimeField()
    """When the present start was agreed: creation, or the last move."""
    booked_by = models.CharField(max_length=16, choices=[(party.value, party.value) for party in Party])
    status = models.CharField(
        max_length=16, choices=[(status.value, status.value) for status in VisitStatus], default=VisitStatus.BOOKED
    )
    cancelled_by = models.CharField(max_length=16, choices=[(party.value, party.value) for party in Party], blank=True)
    cancel_reason = models.CharField(max_length=500, blank=True)
    revision = models.PositiveIntegerField(default=1)

    event = models.CharField(max_length=16, choices=[(event.value, event.value) for event in VisitEvent])
    """The last thing of which the patient is to be told."""
    event_at = models.DateTimeField()
    event_by = models.CharField(max_length=16, choices=[(party.value, party.value) for party in Party])
    event_via = models.CharField(max_length=16, choices=[(via.value, via.value) for via in Via])
    previous_start = models.DateTimeField(null=True, blank=True)
    first_start = models.DateTimeField()
    first_calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="+")

    # What staff changed for this visit; None is "as the calendar says", also later.
    details = models.BooleanField(null=True, blank=True)
    reminder = models.BooleanField(null=True, blank=True)
    actions = models.BooleanField(null=True, blank=True)
    review = models.BooleanField(null=True, blank=True)
    offer = models.BooleanField(null=True, blank=True)
    rebook = models.BooleanField(null=True, blank=True)
    silent = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "uuid"], name="visit_uuid"),
            models.UniqueConstraint(
                fields=["practice", "external_id"], name="visit_external_id", condition=~models.Q(external_id="")
            ),
            models.UniqueConstraint(
                fields=["practice", "calendar", "source_uid", "source_recurrence"],
                name="visit_source",
                condition=~models.Q(source_uid=""),
            ),
            models.CheckConstraint(condition=models.Q(start__lt=models.F("end")), name="visit_order"),
        ]
        indexes = [
            models.Index(fields=["practice", "calendar", "start"], name="visit_calendar_start"),
            models.Index(fields=["practice", "start"], name="visit_start"),
        ]

    @property
    def own_switches(self) -> VisitSwitches:
        return VisitSwitches(
            details=self.details,
            reminder=self.reminder,
            actions=self.actions,
            review=self.review,
            offer=self.offer,
            rebook=self.rebook,
            silent=self.silent,
        )


class VisitLog(models.Model):
    """What happened to a visit, append-only: ids and times, no names."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="visit_logs")
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField()
    what = models.CharField(max_length=32)
    by = models.CharField(max_length=16)
    via = models.CharField(max_length=16)
    staff_user = models.ForeignKey(
        "store.StaffUser", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    revision = models.PositiveIntegerField()
    old_start = models.DateTimeField(null=True, blank=True)
    new_start = models.DateTimeField(null=True, blank=True)
    old_calendar = models.ForeignKey(Calendar, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    new_calendar = models.ForeignKey(Calendar, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    before = models.JSONField(default=dict, blank=True)
    """What an undo has to bring back: words, ids and times of the visit before this change."""
    batch = models.ForeignKey("store.ImportBatch", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["practice", "at"], name="visit_log_by_patient", condition=models.Q(by=Party.PATIENT)),
            models.Index(fields=["practice", "what", "at"], name="visit_log_what"),
        ]
        """What patients did lately: the notices of the desk ask for it every ten seconds. What happened in a month: figures."""
