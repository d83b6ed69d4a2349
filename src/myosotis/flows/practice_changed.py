"""A practice is added, or changes its settings; what is planned follows (docs/rules.md 1, 3 and 6)."""

from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Final, TypedDict, cast

from django.db import transaction

from myosotis.domain.words import Channel, ConsentBasis, Language, SmsLetters
from myosotis.flows import found, records
from myosotis.flows.actor import Actor
from myosotis.flows.errors import Invalid
from myosotis.flows.laying import lay, require
from myosotis.flows.replanning import replan
from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.models import Practice, ProviderAccount


class PracticeFields(TypedDict, total=False):
    """What a form or the API says of a practice; what is not named stays."""

    name: str
    language: Language
    phone: str
    sms_sender: str
    sms_can_receive: bool
    sms_letters: SmsLetters
    sms_price: Decimal
    email_sender_name: str
    email_sender: str
    email_reply_to: str
    window_opens: time
    window_closes: time
    privacy_notice: str
    privacy_notice_url: str
    tracking_image: bool


FIELDS: Final = frozenset(PracticeFields.__annotations__)
PLANNED_BY: Final = {"window_opens", "window_closes"}
"""Settings on which due times depend."""


@transaction.atomic
def add(*, values: PracticeFields, actor: Actor, now: datetime) -> Practice:
    """A new practice. Its basis of consent is per patient until somebody answers for another. Raises Invalid."""
    practice = Practice(created_at=now)
    lay(practice, cast("Mapping[str, object]", values), FIELDS)
    _check(practice)
    with scope.across(Why.FIRST_START):  # its number, by which it is reached from then on, is the database's to give
        practice.save()
    with scope.of_practice(practice.pk):
        records.audit(practice, "practice.added", "practice", practice.pk, now=now, actor=actor)
    return practice


@transaction.atomic
def update(*, practice: Practice, values: PracticeFields, actor: Actor, now: datetime) -> Practice:
    """Change settings; another send window plans everything ahead anew. Raises Invalid (name, window_closes)."""
    row = _locked(practice)
    changed = lay(row, cast("Mapping[str, object]", values), FIELDS)
    _check(row)
    if changed:
        row.save(update_fields=changed)
        records.audit(row, "practice.changed", "practice", row.pk, now=now, actor=actor)
    if changed & PLANNED_BY:
        _replan_all(row, now)
    return row


@transaction.atomic
def choose_consent_basis(
    *, practice: Practice, basis: ConsentBasis, chosen_by: str, actor: Actor, now: datetime
) -> Practice:
    """Choose on what `review` and `rebook` are based; who chose it and when is recorded. Raises Invalid (chosen_by)."""
    row = _locked(practice)
    if not chosen_by.strip():
        raise Invalid("chosen_by", "missing")
    row.consent_basis, row.consent_basis_chosen_by, row.consent_basis_chosen_at = basis, chosen_by, now
    row.save(update_fields=["consent_basis", "consent_basis_chosen_by", "consent_basis_chosen_at"])
    records.audit(row, f"practice.consent_basis.{basis}", "practice", row.pk, now=now, actor=actor)
    _replan_all(row, now)
    return row


@transaction.atomic
def set_provider(
    *,
    practice: Practice,
    channel: Channel,
    provider: str,
    settings: Mapping[str, str],
    sealed: bytes,
    receipt_key: str,
    enabled: bool,
    actor: Actor,
    now: datetime,
) -> ProviderAccount:
    """Say with whom the practice sends on a channel; `sealed` holds the secrets, encrypted by the caller.

    The address for receipts stays once it was made: the provider knows it.
    """
    row = _locked(practice)
    values = {"provider": provider, "settings": dict(settings), "sealed": sealed, "enabled": enabled}
    account, _ = ProviderAccount.objects.update_or_create(
        practice=row, channel=channel, defaults=values, create_defaults={**values, "receipt_key": receipt_key}
    )
    records.audit(row, f"provider.{channel}.set", "provider", account.pk, now=now, actor=actor)
    _replan_all(row, now)
    return account


@transaction.atomic
def remove_provider(*, practice: Practice, channel: Channel, actor: Actor, now: datetime) -> None:
    """Send on this channel by the installation's account again, if it has one. Raises NotFound."""
    row = _locked(practice)
    account = found.one(row.provider_accounts.filter(channel=channel), "provider")
    records.audit(row, f"provider.{channel}.removed", "provider", account.pk, now=now, actor=actor)
    account.delete()
    _replan_all(row, now)


@transaction.atomic
def switch_provider(*, practice: Practice, channel: Channel, enabled: bool, actor: Actor, now: datetime) -> None:
    """Send by the practice's own account again, or by none at all on this channel. Raises NotFound."""
    row = _locked(practice)
    account = found.one(row.provider_accounts.filter(channel=channel), "provider")
    if account.enabled != enabled:
        account.enabled = enabled
        account.save(update_fields=["enabled"])
        action = f"provider.{channel}.switched_on" if enabled else f"provider.{channel}.switched_off"
        records.audit(row, action, "provider", account.pk, now=now, actor=actor)
        _replan_all(row, now)


def note_provider_checked(*, practice: Practice, channel: Channel, actor: Actor, now: datetime) -> None:
    """Note that somebody had our server try a connection to where they said."""
    records.audit(practice, f"provider.{channel}.checked", "provider", None, now=now, actor=actor)


def _locked(practice: Practice) -> Practice:
    return Practice.objects.select_for_update(no_key=True).get(id=practice.pk)


def _check(practice: Practice) -> None:
    require(practice, "name")
    if not practice.window_opens < practice.window_closes:
        raise Invalid("window_closes", "before_opening")


def _replan_all(practice: Practice, now: datetime) -> None:
    visits = sorted(found.with_something_ahead(practice, now).values_list("id", flat=True))
    found.lock(practice, visits)
    replan(practice, visits, now)
