"""The practice (the tenant) and its staff."""

from datetime import time
from decimal import Decimal
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from myosotis.domain.values import SendWindow
from myosotis.domain.words import ConsentBasis, Language, Role, SmsLetters


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

    @property
    def window(self) -> SendWindow:
        return SendWindow(opens=self.window_opens, closes=self.window_closes)


class StaffUserManager(BaseUserManager["StaffUser"]):
    """Makes staff users; an e-mail address is the name they sign in with."""

    def create_user(self, email: str, password: str | None = None) -> "StaffUser":
        user = self.model(email=self.normalize_email(email))
        user.set_password(password)
        user.save(using=self._db)
        return user


class StaffUser(AbstractBaseUser):
    """Somebody who signs in; what they may do is said by their memberships."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(
        max_length=2, choices=[(lang.value, lang.value) for lang in Language], default=Language.PL
    )
    is_active = models.BooleanField(default=True)

    objects = StaffUserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []


class Membership(models.Model):
    """The role of a staff user in a practice."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(StaffUser, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])
    doctor = models.ForeignKey(
        "store.Doctor", on_delete=models.SET_NULL, null=True, blank=True, related_name="memberships"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "user"], name="membership_once")]
