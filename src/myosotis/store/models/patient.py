"""The patient card: addresses, consents, opt-outs, app installations."""

from django.db import models

from myosotis.domain.words import ConsentPurpose, Language
from myosotis.store.models.practice import Practice


class Patient(models.Model):
    """A patient card (docs/rules.md 1). Phones are E.164; empty means none."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="patients")
    external_id = models.CharField(max_length=100, blank=True)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    sort_key = models.CharField(max_length=210, blank=True)
    """Sorts Polish names alike on every database."""
    search_key = models.CharField(max_length=600, blank=True)
    """Lower-case, without Polish letters and formatting: what the search looks at."""
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    phone_is_mobile = models.BooleanField(default=True)
    email_bad_at = models.DateTimeField(null=True, blank=True)
    """Since when the present address is known to be dead."""
    phone_bad_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=2, choices=[(lang.value, lang.value) for lang in Language], blank=True)
    """Empty: the practice's."""

    guardian_name = models.CharField(max_length=200, blank=True)
    guardian_email = models.EmailField(blank=True)
    guardian_phone = models.CharField(max_length=20, blank=True)
    guardian_phone_is_mobile = models.BooleanField(default=True)
    guardian_email_bad_at = models.DateTimeField(null=True, blank=True)
    guardian_phone_bad_at = models.DateTimeField(null=True, blank=True)
    guardian_until = models.DateField(null=True, blank=True)
    """The hand-over date: from this local day on the patient's own addresses are used."""

    no_sms = models.BooleanField(default=False)
    no_email = models.BooleanField(default=False)
    no_push = models.BooleanField(default=False)
    no_review = models.BooleanField(default=False)
    no_rebook = models.BooleanField(default=False)
    no_offer = models.BooleanField(default=False)
    silent = models.BooleanField(default=False)
    """ "Nie wysyłaj niczego": no message of any kind."""
    deceased = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="doubles")
    """The card that is kept; this one was the same person's, and holds no more than its external id."""
    created_at = models.DateTimeField()
    batch = models.ForeignKey(
        "store.ImportBatch", on_delete=models.SET_NULL, null=True, blank=True, related_name="patients"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "external_id"], name="patient_external_id", condition=~models.Q(external_id="")
            )
        ]
        indexes = [
            models.Index(fields=["phone", "practice"], name="patient_phone"),
            models.Index(
                fields=["guardian_phone"], name="patient_guardian_phone", condition=~models.Q(guardian_phone="")
            ),
            models.Index(fields=["practice", "sort_key"], name="patient_sort"),
            models.Index(fields=["id"], name="patient_erased", condition=models.Q(erased_at__isnull=False)),
        ]

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Consent(models.Model):
    """One consent: given when, how and in which words; withdrawn when (docs/rules.md 6)."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="consents")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=32, choices=[(purpose.value, purpose.value) for purpose in ConsentPurpose])
    given_at = models.DateTimeField()
    how = models.CharField(max_length=100)
    wording = models.TextField(blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "patient", "purpose"],
                name="consent_in_force",
                condition=models.Q(withdrawn_at=None),
            )
        ]


class PushSubscription(models.Model):
    """One installation of the app that takes push messages (RFC 8030). Dead ones are deleted."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="push_subscriptions")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="push_subscriptions")
    member = models.ForeignKey(
        "store.Member", on_delete=models.CASCADE, null=True, blank=True, related_name="push_subscriptions"
    )
    """Of our own app: it holds and ends with the membership. None where another system registered it by the API."""
    endpoint = models.TextField()
    endpoint_hash = models.CharField(max_length=64)
    """SHA-256 of the endpoint, hexadecimal."""
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "patient", "endpoint_hash"], name="push_subscription_once")
        ]


class StoppedNumber(models.Model):
    """A number from which STOP came: no SMS of this practice goes there until START (docs/rules.md 5)."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="stopped_numbers")
    phone = models.CharField(max_length=20)
    stopped_at = models.DateTimeField()
    at_provider = models.BooleanField(default=False)
    """The provider blocks the number too: only START sent by the patient helps."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "phone"], name="stopped_number_once")]
