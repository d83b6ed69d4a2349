"""API keys and remembered answers: who may call, and what a repeated write was answered."""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db import IntegrityError, transaction

from myosotis.flows import found
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Invalid
from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.models import ApiKey, AuditEntry, IdempotencyKey, Practice
from myosotis.store.pruning import ANSWERS_FOR
from myosotis.value_class import value_class

_PREFIX: Final = "myo"


class Scope(StrEnum):
    """What an API key may do."""

    VISITS_READ = "visits:read"
    VISITS_WRITE = "visits:write"
    PATIENTS_READ = "patients:read"
    PATIENTS_WRITE = "patients:write"
    SETTINGS_READ = "settings:read"
    SETTINGS_WRITE = "settings:write"


@value_class
class NewKey:
    """A key just made: `secret` is shown once and kept nowhere."""

    key: ApiKey
    secret: str


@transaction.atomic
def create_key(*, practice: Practice, name: str, scopes: Collection[str], actor: Actor, now: datetime) -> NewKey:
    """Make a key of a practice. Raises Invalid (scopes)."""
    unknown = set(scopes) - set(Scope)
    if unknown or not scopes:
        raise Invalid("scopes", "unknown_scope")
    prefix, rest = secrets.token_hex(6), secrets.token_urlsafe(32)
    secret = f"{_PREFIX}_{prefix}_{rest}"
    key = ApiKey.objects.create(
        practice=practice,
        name=name,
        prefix=prefix,
        key_hash=_hash(secret),
        scopes=sorted(scopes),
        created_at=now,
    )
    _audit(key, "api_key.created", actor, now)
    return NewKey(key=key, secret=secret)


@transaction.atomic
def revoke_key(*, practice: Practice, key_id: int, actor: Actor, now: datetime) -> ApiKey:
    """End a key for good. Raises NotFound."""
    key = found.one(practice.api_keys.filter(id=key_id), "api_key")
    if key.revoked_at is None:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        _audit(key, "api_key.revoked", actor, now)
    return key


def authenticate(secret: str, now: datetime) -> ApiKey | None:
    """The key with this secret if it is in force; notes on which day (UTC) it was last used."""
    parts = secret.split("_", 2)
    if len(parts) != 3 or parts[0] != _PREFIX:  # noqa: PLR2004 - prefix, key prefix, rest
        return None
    with scope.across(Why.API_KEY):
        key = ApiKey.objects.select_related("practice").filter(prefix=parts[1], revoked_at=None).first()
    if key is None or not hmac.compare_digest(key.key_hash, _hash(secret)):
        return None
    if key.last_used_on != now.date():
        key.last_used_on = now.date()
        with scope.of_practice(key.practice_id):
            key.save(update_fields=["last_used_on"])
    return key


def remembered(*, practice: Practice, key: str, fingerprint: str, now: datetime) -> IdempotencyKey | None:
    """The kept answer to an earlier write under this key; None if this is the first, which is then noted.

    Call it in the transaction of the write: a second request waits for the first to end, and what fails is not noted.
    Raises Invalid (`Idempotency-Key`) where the earlier request was another one.
    """
    practice.idempotency_keys.filter(created_at__lt=now - ANSWERS_FOR).delete()
    try:
        with transaction.atomic():
            practice.idempotency_keys.create(key=key, fingerprint=fingerprint, created_at=now)
    except IntegrityError:
        kept = practice.idempotency_keys.get(key=key)
        if not hmac.compare_digest(kept.fingerprint, fingerprint):
            raise Invalid("Idempotency-Key", "used_for_another_request") from None
        return kept
    return None


def remember(*, practice: Practice, key: str, status: int, body: str) -> None:
    """Keep the answer to the write that `remembered` noted."""
    practice.idempotency_keys.filter(key=key).update(status=status, body=body)


def forget(*, practice: Practice, key: str) -> None:
    """The write that `remembered` noted was refused: sent again, it is tried again."""
    practice.idempotency_keys.filter(key=key).delete()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _audit(key: ApiKey, action: str, actor: Actor, now: datetime) -> None:
    AuditEntry.objects.create(
        practice_id=key.practice_id, at=now, actor=actor.name, action=action, object_type="api_key", object_id=key.pk
    )
