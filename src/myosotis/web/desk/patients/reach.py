"""What reaches a patient today, what does not, and why: one sentence, and what staff should mend or know."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from myosotis.content.context import HOME_ZONE
from myosotis.content.moments import day_names
from myosotis.content.reasons import CHANNELS as CHANNEL_NAMES
from myosotis.content.reasons import REASONS
from myosotis.domain import addresses
from myosotis.domain.addresses import CHANNELS
from myosotis.domain.values import Card
from myosotis.domain.words import Channel, Reason
from myosotis.store.cards import guarded_on, load_cards, phone_on
from myosotis.store.models import Patient, StoppedNumber
from myosotis.store.providers import channels_of
from myosotis.value_class import value_class
from myosotis.web.desk.access import Desk

TO_MEND: Final = frozenset(
    {Reason.NO_PHONE, Reason.FIXED_LINE, Reason.BAD_EMAIL, Reason.BAD_PHONE, Reason.SMS_STOPPED, Reason.NO_PROVIDER}
)
"""Worth a warning; that somebody wants no e-mail, or has no app, shows elsewhere on the card."""
KNOWN_BAD: Final = {Reason.BAD_EMAIL: "email_bad_at", Reason.BAD_PHONE: "phone_bad_at"}
"""Where the card keeps since when; the guardian's columns have the same names after `guardian_`."""


@value_class
class Reach:
    """How messages find a patient."""

    sentence: str
    works: bool
    """At least one channel is open."""
    guarded: bool
    """The guardian's addresses are in force today."""
    warnings: tuple[str, ...]


def reach_of(desk: Desk, patient: Patient, now: datetime) -> Reach:
    """How messages of this practice find the patient at `now` (UTC), in six queries at most."""
    day = now.astimezone(HOME_ZONE).date()
    card = load_cards([patient.pk])[patient.pk].on(day, desk.practice.language)
    missing = addresses.missing(card, day, channels_of([desk.practice.pk])[desk.practice.pk])
    usable = [channel for channel in CHANNELS if channel not in missing]
    guarded = guarded_on(day, patient)
    stopped = _stop_of(desk, phone_on(day, patient)) if Reason.SMS_STOPPED in missing.values() else None
    return Reach(
        sentence=_sentence(desk, card, usable, guarded=guarded),
        works=bool(usable) and not card.silent and not card.deceased,
        guarded=guarded,
        warnings=tuple(
            _warning(desk, patient, reason, guarded=guarded, stopped=stopped)
            for reason in missing.values()
            if reason in TO_MEND
        ),
    )


def _sentence(desk: Desk, card: Card, usable: list[Channel], *, guarded: bool) -> str:
    if card.deceased:
        return _("Nothing is sent: the patient has died.")
    if card.silent:
        return _("Nothing is sent: “send nothing” was chosen for this patient.")
    if not usable:
        return _("There is no working channel: whoever has news for this patient has to call.")
    ways = " + ".join(CHANNEL_NAMES[channel][desk.language] for channel in usable)
    if guarded:
        return _("Messages go to the guardian by: %(ways)s.") % {"ways": ways}
    return _("Messages go by: %(ways)s.") % {"ways": ways}


def _warning(desk: Desk, patient: Patient, reason: Reason, *, guarded: bool, stopped: StoppedNumber | None) -> str:
    said = _capital(REASONS[reason][desk.language])
    if reason in KNOWN_BAD:
        since = getattr(patient, f"guardian_{KNOWN_BAD[reason]}" if guarded else KNOWN_BAD[reason])
        return _("%(said)s (since %(day)s).") % {"said": said, "day": _day(desk, since)}
    if stopped is not None and reason is Reason.SMS_STOPPED:
        if stopped.at_provider:
            said = _("STOP came from this number and the SMS provider blocks it: the patient has to send START.")
        return f"{said.rstrip('.')} ({_day(desk, stopped.stopped_at)})."
    return f"{said}."


def _day(desk: Desk, instant: datetime) -> str:
    return day_names(instant.astimezone(HOME_ZONE).date(), desk.language).short


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _stop_of(desk: Desk, phone: str) -> StoppedNumber | None:
    return desk.practice.stopped_numbers.filter(phone=phone).first()
