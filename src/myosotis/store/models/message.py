"""The message table is the queue, the timeline and the proof (docs/rules.md 7)."""

import uuid
from typing import Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from myosotis.domain.words import Channel, FallbackRule, Kind, MessageStatus, Reason, SubjectType, Wave
from myosotis.store.models.patient import Patient
from myosotis.store.models.practice import Practice
from myosotis.store.models.visit import Visit

ENDED: Final = (MessageStatus.CANCELLED, MessageStatus.EXPIRED, MessageStatus.FAILED, MessageStatus.SKIPPED)
"""How a message ends that did not arrive."""


class Message(models.Model):
    """One planned, sent or skipped thing on one channel. Texts and addresses live in `MessageText`."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="messages", db_index=False)
    """Indexes that begin with it are below; each index of its own would be written twice more for each message sent."""
    subject_type = models.CharField(max_length=16, choices=[(word.value, word.value) for word in SubjectType])
    subject_id = models.BigIntegerField()
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, null=True, blank=True, related_name="messages")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, null=True, blank=True, related_name="messages")
    """Whom it is for."""
    revision = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=[(word.value, word.value) for word in Kind])
    channel = models.CharField(max_length=8, choices=[(word.value, word.value) for word in Channel])
    wave = models.CharField(max_length=8, choices=[(word.value, word.value) for word in Wave], default=Wave.FIRST)
    copy = models.PositiveIntegerField(default=0)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    """Random: the seed of its links, the provider's `idx`, the left part of its Message-ID."""

    status = models.CharField(max_length=16, choices=[(word.value, word.value) for word in MessageStatus])
    reason = models.CharField(max_length=32, choices=[(word.value, word.value) for word in Reason], blank=True)
    detail = models.CharField(max_length=200, blank=True)
    """The provider's own word, for staff; never an address or text."""
    fallback = models.CharField(max_length=8, choices=[(word.value, word.value) for word in FallbackRule], blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    attempts = models.PositiveIntegerField(default=0)
    first_tried_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    """When it was handed over: accepted, or unclear."""
    finished_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    told_start = models.DateTimeField(null=True, blank=True)
    told_calendar_id = models.BigIntegerField(null=True, blank=True)
    provider = models.CharField(max_length=32, blank=True)
    provider_id = models.CharField(max_length=128, blank=True)
    parts = models.PositiveSmallIntegerField(null=True, blank=True)
    provider_parts = models.PositiveSmallIntegerField(null=True, blank=True)
    price = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "subject_type", "subject_id", "revision", "kind", "channel", "wave", "copy"],
                name="message_once",
            ),
            models.CheckConstraint(
                condition=~Q(status=MessageStatus.PLANNED) | Q(due_at__isnull=False), name="message_planned_is_due"
            ),
            models.CheckConstraint(condition=~Q(status=MessageStatus.CLAIMED), name="message_claimed_in_queue"),
        ]
        indexes = [
            models.Index(Coalesce("due_at", "expires_at"), name="message_due"),
            models.Index("practice", Coalesce("due_at", "expires_at"), name="message_of_practice_due"),
        ]
        """None of what recording changes: one alone would have every index written anew (`MessageTrace`)."""


class MessageTrace(models.Model):
    """By what a message is found once it left or ended: when, and its number at the provider. Its row says the same.

    Triggers of the message table keep it alike (docs/adr/0067). With these in indexes of its own, each record would
    write all the message's indexes; so it changes the one page on which the message lies, and adds a row here at the end.
    """

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="trace", db_constraint=False
    )
    practice = models.ForeignKey(
        Practice, on_delete=models.CASCADE, related_name="message_traces", db_constraint=False, db_index=False
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    """When it finished (or was left out at once); only of a message that did not arrive."""
    provider_id = models.CharField(max_length=128, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["practice", "sent_at", "message"], name="message_sent", condition=Q(sent_at__isnull=False)
            ),
            models.Index(
                fields=["practice", "ended_at", "message"], name="message_ended", condition=Q(ended_at__isnull=False)
            ),
            models.Index(fields=["provider_id"], name="message_provider_id", condition=~Q(provider_id="")),
        ]


class MessageEvent(models.Model):
    """What happened to a message after it was planned; append-only, ids only."""

    practice = models.ForeignKey(
        Practice, on_delete=models.CASCADE, related_name="message_events", db_constraint=False, db_index=False
    )
    """Never asked for by practice. No constraint, here and below: each row of a batch would be checked by itself."""
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="events", db_constraint=False)
    at = models.DateTimeField()
    status = models.CharField(max_length=16)
    reason = models.CharField(max_length=32, blank=True)
    detail = models.CharField(max_length=200, blank=True)


class MessageText(models.Model):
    """What was sent and where to; kept 90 days after the visit (docs/rules.md 6). Links stand as placeholders."""

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="text", db_constraint=False
    )
    practice = models.ForeignKey(
        Practice, on_delete=models.CASCADE, related_name="message_texts", db_constraint=False, db_index=False
    )
    address = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField()
    """The SMS, the plain-text twin of the e-mail, or the push as shown."""

    class Meta:
        indexes = [models.Index(fields=["address"], name="message_text_address")]
        """Of e-mail addresses too: SQLite does not see that a number asked for lies in an index of numbers alone."""


class MessageLinks(models.Model):
    """The hashes of a message's links, by which a page finds it; written before it is first handed over (docs/rules.md 5)."""

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="links", db_constraint=False
    )
    """No constraint: to check it the database would lock the message's row, and write its page."""
    practice = models.ForeignKey(
        Practice, on_delete=models.CASCADE, related_name="message_links", db_constraint=False, db_index=False
    )
    open_hash = models.BinaryField(max_length=16, null=True, blank=True)
    read_hash = models.BinaryField(max_length=16, null=True, blank=True)
    unsubscribe_hash = models.BinaryField(max_length=16, null=True, blank=True)
    image_hash = models.BinaryField(max_length=16, null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["open_hash"], name="message_open", condition=Q(open_hash__isnull=False)),
            models.Index(fields=["read_hash"], name="message_read", condition=Q(read_hash__isnull=False)),
            models.Index(
                fields=["unsubscribe_hash"], name="message_unsubscribe", condition=Q(unsubscribe_hash__isnull=False)
            ),
            models.Index(fields=["image_hash"], name="message_image", condition=Q(image_hash__isnull=False)),
        ]


class ReadingReport(models.Model):
    """That a message was read and how we know; append-only (docs/rules.md 3)."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="reading_reports")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reading_reports")
    at = models.DateTimeField()
    signal = models.CharField(max_length=16)
    counted = models.BooleanField()
    """False where the signal was too doubtful to stop the SMS."""
