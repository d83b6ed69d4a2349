"""Which channels a card has on a day, and why the others are left out (docs/rules.md 3 and 6)."""

from collections.abc import Callable
from datetime import date
from typing import Final

from myosotis.domain.values import Card, Contact
from myosotis.domain.words import Channel, OptOut, Reason
from myosotis.value_class import value_class

CHANNELS: Final = (Channel.EMAIL, Channel.PUSH, Channel.SMS)
ALL: Final = frozenset(CHANNELS)

Missing = dict[Channel, Reason]
"""The channels that cannot be used, each with the reason; a channel that is not in it can."""


@value_class
class _Case:
    card: Card
    contact: Contact


def missing(card: Card, day: date, providers: frozenset[Channel] = ALL) -> Missing:
    """The channels of a card that cannot be used on a local day, with the reasons."""
    found = ((channel, reason_against(card, channel, day, providers)) for channel in CHANNELS)
    return {channel: reason for channel, reason in found if reason is not None}


def reason_against(card: Card, channel: Channel, day: date, providers: frozenset[Channel] = ALL) -> Reason | None:
    """Why a channel of a card cannot be used on a local day, or None if it can.

    The opt-out is named before a missing address: adding the address would not help.
    """
    reason = _CHECKS[channel](_Case(card=card, contact=card.contact_on(day)))
    if reason is None and channel not in providers:
        return Reason.NO_PROVIDER
    return reason


def _email(case: _Case) -> Reason | None:
    if OptOut.EMAIL in case.card.opt_outs:
        return Reason.OPTED_OUT
    if not case.contact.email:
        return Reason.NO_EMAIL
    return Reason.BAD_EMAIL if case.contact.email_bad else None


def _push(case: _Case) -> Reason | None:
    if case.card.subscriptions < 1:
        return Reason.NO_APP
    return Reason.OPTED_OUT if OptOut.PUSH in case.card.opt_outs else None


def _sms(case: _Case) -> Reason | None:
    if OptOut.SMS in case.card.opt_outs:
        return Reason.OPTED_OUT
    if not case.contact.phone:
        return Reason.NO_PHONE
    if not case.contact.phone_is_mobile:
        return Reason.FIXED_LINE
    if case.card.sms_stopped:
        return Reason.SMS_STOPPED
    return Reason.BAD_PHONE if case.contact.phone_bad else None


_CHECKS: Final[dict[Channel, Callable[[_Case], Reason | None]]] = {
    Channel.EMAIL: _email,
    Channel.PUSH: _push,
    Channel.SMS: _sms,
}
