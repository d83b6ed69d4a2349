"""The queue: what is due soon, who works on it, and what was about to be handed over (docs/rules.md 7)."""

from typing import Final

from django.db import models
from django.db.models import Q

from myosotis.domain.words import Channel, Kind, MessageStatus, SubjectType
from myosotis.store.models.message import Message
from myosotis.store.models.practice import Practice

FREE: Final = Q(claimed_at__isnull=True, status=MessageStatus.PLANNED)
"""What may be claimed once it is due."""


class QueueEntry(models.Model):
    """A message that is planned or waits, and is due soon, with all that a claim needs to know of it.

    Triggers of the message table keep it alike (docs/adr/0054), a feeder adds what comes near. A claim is written here
    alone, so sending touches a message's own row once, when it is recorded. Whose entry is claimed is `claimed`,
    although its row still says `planned` (`store.queue.claims`); the database refuses to change it meanwhile.
    """

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="queue_entry", db_constraint=False
    )
    """No constraint: to check it the database would lock the message's row, and write its page."""
    practice = models.ForeignKey(
        Practice, on_delete=models.CASCADE, related_name="queue_entries", db_constraint=False, db_index=False
    )
    uuid = models.UUIDField()
    subject_type = models.CharField(max_length=16, choices=[(word.value, word.value) for word in SubjectType])
    subject_id = models.BigIntegerField()
    visit_id = models.BigIntegerField(null=True, blank=True)
    patient_id = models.BigIntegerField(null=True, blank=True)
    revision = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=[(word.value, word.value) for word in Kind])
    channel = models.CharField(max_length=8, choices=[(word.value, word.value) for word in Channel])
    urgency = models.PositiveSmallIntegerField()
    """`domain.urgency`: the smaller, the sooner."""
    status = models.CharField(max_length=16, choices=[(word.value, word.value) for word in MessageStatus])
    """Planned or waiting."""
    due_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField()
    """The present one included."""
    first_tried_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    claim = models.BigIntegerField(null=True, blank=True)
    """The name of the claim by which somebody has it in hand: who claims it again does so by another one."""
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="queue_due", condition=FREE),
            models.Index(fields=["practice", "urgency", "due_at"], name="queue_turns", condition=FREE),
            models.Index(fields=["expires_at"], name="queue_expires", condition=Q(claimed_at__isnull=True)),
            models.Index(fields=["claim"], name="queue_claimed", condition=Q(claim__isnull=False)),
        ]


class QueueHorizon(models.Model):
    """How far the queue reaches: one row."""

    fed_until = models.DateTimeField()
    """What is due (or, having no due time, expires) before this has an entry (UTC)."""
    fed_from = models.DateTimeField()
    """Where the last feeding began: its entries are compared once more by the next."""


class HandOver(models.Model):
    """What a dispatcher was about to hand over, noted just before: should it die, nothing else of its claims left.

    Removed with the record of what became of them; a note that outlives that says nothing any more.
    """

    worker = models.CharField(max_length=64)
    held = models.JSONField()
    """Pairs of a message's id and the claim by which it was held."""
