"""The practice: the tenant."""

from datetime import time
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from myosotis.domain.values import SendWindow
from myosotis.domain.words import ConsentBasis, Language, SmsLetters


class Practice(models.Model):
    """The tenant: its names, language, send window, privacy notice and basis of consent (docs/rules.md 1)."""

    name = models.CharField(max_length=200)
    language = models.CharField(
        max_length=2, choices=[(lang.value, lang.value) for lang in Language], default=Language.PL
    )
    phone = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField()

    sms_sender = models.CharField(max_length=20, blank=True)
    """At most 11 characters of a verified sender name, or a number."""
    sms_can_receive = models.BooleanField(default=False)
    """Texts mention replies only where the sender can receive them."""
    sms_letters = models.CharField(
        max_length=16, choices=[(rule.value, rule.value) for rule in SmsLetters], default=SmsLetters.STRIP_TO_SAVE
    )
    sms_price = models.DecimalField(max_digits=8, decimal_places=4, default=Decimal("0.1600"))
    """Of one part, in the practice's currency."""
    email_sender_name = models.CharField(max_length=100, blank=True)
    email_sender = models.EmailField(blank=True)
    email_reply_to = models.EmailField(blank=True)

    window_opens = models.TimeField(default=time(7, 0))
    window_closes = models.TimeField(default=time(22, 0))

    privacy_notice = models.TextField(blank=True)
    privacy_notice_url = models.URLField(blank=True)
    consent_basis = models.CharField(
        max_length=16, choices=[(basis.value, basis.value) for basis in ConsentBasis], default=ConsentBasis.CARD
    )
    consent_basis_chosen_by = models.CharField(max_length=200, blank=True)
    consent_basis_chosen_at = models.DateTimeField(null=True)
    tracking_image = models.BooleanField(default=False)
    set_up_at = models.DateTimeField(null=True, blank=True)
    """When its set-up at the desk was finished or put aside; until then the desk leads there."""

    @property
    def window(self) -> SendWindow:
        return SendWindow(opens=self.window_opens, closes=self.window_closes)

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete a practice with all that is its own; the audit log last, which the database guards until then."""
        entries = self.audit_entries.all()
        key = self.pk
        gone = super().delete(*args, **kwargs)
        entries.model.objects.filter(practice_id=key).delete()
        return gone
