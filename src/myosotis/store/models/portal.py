"""Booking by the patient: times held while a form is filled in, codes that prove a phone, opinions (docs/rules.md 5, 6)."""

import uuid

from django.db import models

from myosotis.store.models.calendar import Calendar, Doctor, Service
from myosotis.store.models.patient import Patient
from myosotis.store.models.practice import Practice
from myosotis.store.models.visit import Visit


class Hold(models.Model):
    """A time kept for somebody who is filling in the booking form. What they typed goes with it."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="holds")
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="holds")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="holds")
    key_hash = models.BinaryField(max_length=16, unique=True)
    """Of the secret in the address of the form."""
    start = models.DateTimeField()
    end = models.DateTimeField()
    """With the break after the visit."""
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    """Given back, or turned into a visit."""
    place_hash = models.BinaryField(max_length=16, blank=True, default=b"")
    """Where it came from, keyed and salted by the day: nobody holds a whole day's times."""
    entered = models.BinaryField(blank=True, default=b"")
    """Name, phone, e-mail, language, consents as typed; sealed with the server's key, emptied when it ends."""
    visit = models.ForeignKey(Visit, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    """What it became: the same form sent twice shows it again."""

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(start__lt=models.F("end")), name="hold_order")]
        indexes = [
            models.Index(
                fields=["practice", "calendar", "start"], name="hold_live", condition=models.Q(released_at=None)
            ),
            models.Index(fields=["expires_at"], name="hold_expires"),
        ]


class PhoneVerification(models.Model):
    """A code sent by SMS to prove that somebody holds a phone. The code is derived from the uuid and kept nowhere."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="verifications")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    purpose = models.CharField(max_length=16)
    """booking, or join (the app)."""
    phone = models.CharField(max_length=20)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, null=True, blank=True, related_name="verifications")
    """Whose card the phone stands on; None before a booking."""
    hold = models.ForeignKey(Hold, on_delete=models.CASCADE, null=True, blank=True, related_name="verifications")
    language = models.CharField(max_length=2)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    """Wrong codes so far."""
    verified_at = models.DateTimeField(null=True, blank=True)
    place_hash = models.BinaryField(max_length=16, blank=True, default=b"")
    """Where it was asked for, as of a hold."""

    class Meta:
        indexes = [models.Index(fields=["practice", "phone", "created_at"], name="verification_phone")]


class Opinion(models.Model):
    """What a patient says of a visit held here; one per visit."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="opinions")
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="opinions")
    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="opinions")
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="opinions")
    patient = models.ForeignKey(Patient, on_delete=models.SET_NULL, null=True, blank=True, related_name="opinions")
    stars = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    author = models.CharField(max_length=60, blank=True)
    """As the patient wishes to be called; empty: "a patient"."""
    given_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    rejected_at = models.DateTimeField(null=True, blank=True)
    rejected_because = models.CharField(max_length=32, blank=True)
    """Which of the stated rules it breaks."""
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    """By the patient."""
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "visit"], name="opinion_once"),
            models.CheckConstraint(condition=models.Q(stars__gte=1, stars__lte=5), name="opinion_stars"),
        ]
        indexes = [models.Index(fields=["doctor", "published_at"], name="opinion_published")]
