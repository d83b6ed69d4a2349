"""Doors: API keys, idempotency, incoming SMS, the audit log."""

from django.db import models

from myosotis.domain.words import Answer
from myosotis.store.models.patient import Patient
from myosotis.store.models.practice import Practice


class ApiKey(models.Model):
    """A key of a practice; only its hash is kept."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    """Its first characters, to tell keys apart."""
    key_hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    last_used_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)


class IdempotencyKey(models.Model):
    """The answer to a write, kept so that a repeat gets the same answer and does nothing; of a form of the desk, no answer."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="idempotency_keys")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    """SHA-256 of method, path and body."""
    status = models.PositiveSmallIntegerField(null=True)
    """Of the answer; None while the first request is under way."""
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "key"], name="idempotency_key_once")]


class IncomingMessage(models.Model):
    """What a patient wrote to the practice by SMS or e-mail: the inbox."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="incoming_messages")
    channel = models.CharField(max_length=8)
    provider = models.CharField(max_length=32, blank=True)
    provider_id = models.CharField(max_length=128, blank=True)
    sender = models.CharField(max_length=254)
    text = models.TextField()
    patient = models.ForeignKey(
        Patient, on_delete=models.SET_NULL, null=True, blank=True, related_name="incoming_messages"
    )
    received_at = models.DateTimeField()
    about = models.ForeignKey("store.Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="replies")
    """The SMS that it replies to, where that is certain."""
    understood_as = models.CharField(max_length=16, blank=True)
    answer = models.CharField(max_length=16, choices=[(word.value, word.value) for word in Answer], blank=True)
    """With what it was answered; empty: with nothing."""
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "provider", "provider_id"],
                name="incoming_once",
                condition=~models.Q(provider_id=""),
            )
        ]


class AuditEntry(models.Model):
    """Who did or read what: append-only, ids only. The database itself lets no row be changed, nor removed too early.

    A practice that is deleted goes before its entries (see `Practice.delete`): while it is there, they stay.
    """

    practice = models.ForeignKey(Practice, on_delete=models.DO_NOTHING, related_name="audit_entries")
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    """`staff:7`, `key:ab12`, `patient:5`, `system`."""
    action = models.CharField(max_length=64)
    object_type = models.CharField(max_length=32)
    object_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["practice", "at"], name="audit_at"),
            models.Index(fields=["practice", "object_type", "object_id"], name="audit_object"),
        ]


class ReplyQuestion(models.Model):
    """Which visit a reply by SMS means, asked back with a code for each (docs/rules.md 5)."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="reply_questions")
    incoming = models.OneToOneField(IncomingMessage, on_delete=models.CASCADE, related_name="question")
    """The SMS that could mean several."""
    phone = models.CharField(max_length=20)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    choices = models.JSONField(default=list)
    """`{"code": 1, "message": 17, "revision": 2}`: what each code stands for, and the visit's revision when it was asked."""
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["practice", "phone", "asked_at"], name="reply_question_phone")]


class RateCount(models.Model):
    """What was spent of a limit within one minute, by all web processes together; pruned soon after (docs/rules.md 5)."""

    name = models.CharField(max_length=100, primary_key=True)
    """Of which limit, whose, and which minute; an address only as a hash."""
    spent = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)
