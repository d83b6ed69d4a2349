"""Staff: who signs in, what they may do, and what is written to them."""

from datetime import time
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from myosotis.domain.words import Digest, Language, Role, StaffTopic
from myosotis.store.models.practice import Practice


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
    """Whose calendars somebody with the role of a doctor sees; an owner may be a doctor too."""
    seen_at = models.DateTimeField(null=True, blank=True)
    """Up to when the notices of the desk were looked at."""
    digest = models.CharField(
        max_length=8, choices=[(digest.value, digest.value) for digest in Digest], default=Digest.NONE
    )
    digest_at = models.TimeField(default=time(18, 0))
    """When the e-mail with the day's notices goes, in the zone of the practice's first address."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "user"], name="membership_once")]


class StaffLetter(models.Model):
    """An e-mail to staff, the subject of a `staff` message: an invitation, a new password, a digest (docs/rules.md 7.1)."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="staff_letters")
    topic = models.CharField(max_length=16, choices=[(topic.value, topic.value) for topic in StaffTopic])
    email = models.EmailField()
    language = models.CharField(max_length=2, choices=[(lang.value, lang.value) for lang in Language])
    user = models.ForeignKey(StaffUser, on_delete=models.CASCADE, null=True, blank=True, related_name="letters")
    """Whom it is for; None for somebody who was invited and has no account yet."""
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role], blank=True)
    """That an invitation gives."""
    doctor = models.ForeignKey("store.Doctor", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    made_by = models.ForeignKey(StaffUser, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    day = models.DateField(null=True, blank=True)
    """The local day of a digest."""
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    """Until when its link works."""
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "user", "day"], name="digest_once", condition=models.Q(topic=StaffTopic.DIGEST)
            )
        ]
