"""Accounts of a practice with providers, and the state of their circuit breakers."""

from django.db import models

from myosotis.domain.words import Channel
from myosotis.store.models.practice import Practice


class ProviderAccount(models.Model):
    """With whom a practice sends on one channel; without one, the installation's settings hold."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="provider_accounts")
    channel = models.CharField(max_length=8, choices=[(word.value, word.value) for word in Channel])
    provider = models.CharField(max_length=32)
    settings = models.JSONField(default=dict)
    sealed = models.BinaryField(blank=True, default=b"")
    """Secrets, encrypted with the server's key."""
    receipt_key = models.CharField(max_length=40, unique=True)
    """The secret part of the address to which the provider reports."""
    enabled = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "channel"], name="provider_account_once")]


class BreakerState(models.Model):
    """The circuit breaker of one account; `account` is `<practice id>:<channel>` or `*:<channel>`."""

    account = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    """Troubles in a row."""
    openings = models.PositiveIntegerField(default=0)
    """How often it opened since the account last worked: each rest is longer than the one before."""
    probe = models.BooleanField(default=False)
    """One message is under way to see whether the account works again."""
    open_until = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()


class Ration(models.Model):
    """Until when the rate of one account is taken by dispatchers; `account` is as a breaker's."""

    account = models.CharField(max_length=64, primary_key=True)
    taken_until = models.FloatField()
    """Real seconds since 1970 (UTC)."""
