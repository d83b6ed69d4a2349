"""Patients as files name them: cards to be found or added, and the one patient whom an event of a calendar is about."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, time

from myosotis.domain.words import OptOut
from myosotis.flows.patient_changed import CardFields
from myosotis.flows.patients_imported import PatientInput
from myosotis.intake.names import name_key
from myosotis.intake.values import EventRow, PatientReference, PatientRow
from myosotis.store.models import Practice

WORDS = re.compile(r"[0-9a-z]+")
LEAST_WORDS = 2
"""A name of one word in an event's title is too little to tell who comes."""


def card_of_row(row: PatientRow) -> PatientInput:
    """A patient card as the flow takes it."""
    card = CardFields(
        external_id=row.external_id,
        first_name=row.name.given,
        last_name=row.name.family,
        email=row.email,
        phone=row.phone,
        language=row.language or "",
    )
    if row.phone:
        card["phone_is_mobile"] = row.phone_is_mobile
    _note_wishes(card, row)
    if row.guardian is not None:
        card["guardian_name"] = row.guardian.name
        card["guardian_email"] = row.guardian.email
        card["guardian_phone"] = row.guardian.phone
        card["guardian_phone_is_mobile"] = row.guardian.phone_is_mobile
        card["guardian_until"] = row.guardian.until
    on = row.marketing_consent_on
    at = datetime.combine(on, time(12), UTC) if on is not None else None
    return PatientInput(row=row.row, card=card, consent=row.marketing_consent, consent_at=at)


def _note_wishes(card: CardFields, row: PatientRow) -> None:
    """What a file does not say stays as it is on the card; so only a "yes" is laid."""
    for word, name in (
        (OptOut.SMS, "no_sms"),
        (OptOut.EMAIL, "no_email"),
        (OptOut.PUSH, "no_push"),
        (OptOut.REVIEW, "no_review"),
        (OptOut.REBOOK, "no_rebook"),
        (OptOut.OFFER, "no_offer"),
    ):
        if word in row.opt_outs:
            card[name] = True  # type: ignore[literal-required] # the six names above are keys of CardFields
    if row.silent:
        card["silent"] = True
    if row.deceased:
        card["deceased"] = True


def card_of_reference(row: int, said: PatientReference) -> PatientInput:
    """The patient of a visit's row."""
    card = CardFields(
        external_id=said.external_id,
        first_name=said.name.given,
        last_name=said.name.family,
        email=said.email,
        phone=said.phone,
    )
    if said.phone:
        card["phone_is_mobile"] = said.phone_is_mobile
    return PatientInput(row=row, card=card)


class Faces:
    """The patients of a practice, by what an event may say of them."""

    def __init__(self, practice: Practice) -> None:
        self._by_contact: dict[str, set[int]] = defaultdict(set)
        self._by_word: dict[str, set[int]] = defaultdict(set)
        self._words: dict[int, frozenset[str]] = {}
        rows = practice.patients.filter(erased_at=None).values_list(
            "id", "first_name", "last_name", "phone", "email", "guardian_phone", "guardian_email"
        )
        for key, first, last, *contacts in rows.iterator():
            for contact in contacts:
                if contact:
                    self._by_contact[contact.casefold()].add(key)
            words = frozenset(name_key(f"{first} {last}").split())
            if len(words) >= LEAST_WORDS:
                self._words[key] = words
                for word in words:
                    self._by_word[word].add(key)

    def of(self, event: EventRow) -> int | None:
        """The single patient whom an event is about, or None where it is nobody, or not sure who."""
        contacts = (*event.phones, *event.emails, *event.attendees)
        reached: set[int] = set().union(*(self._by_contact.get(one.casefold(), set()) for one in contacts))
        named = self._named(f"{event.summary} {event.description}")
        for found in (reached & named, reached, named):
            if found:
                return next(iter(found)) if len(found) == 1 else None
        return None

    def _named(self, text: str) -> set[int]:
        said = frozenset(WORDS.findall(name_key(text)))
        near: Iterable[set[int]] = (self._by_word[word] for word in said if word in self._by_word)
        return {key for key in set().union(*near) if self._words[key] <= said}
