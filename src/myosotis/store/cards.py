"""Patient cards as the rules see them, loaded set-wise."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from myosotis.domain.values import Card, Contact
from myosotis.domain.words import ConsentPurpose, Language, OptOut
from myosotis.store.inquiry import Inquiry, learn
from myosotis.store.models import Consent, Patient, PushSubscription, StoppedNumber
from myosotis.store.question import Question, Row
from myosotis.value_class import value_class

_COLUMNS: Final = (
    "id", "practice_id", "email", "phone", "phone_is_mobile", "email_bad_at", "phone_bad_at", "language",
    "guardian_name", "guardian_email", "guardian_phone", "guardian_phone_is_mobile", "guardian_email_bad_at",
    "guardian_phone_bad_at", "guardian_until", "silent", "deceased", "erased_at",
    "no_sms", "no_email", "no_push", "no_review", "no_rebook", "no_offer", "first_name", "last_name",
)  # fmt: skip


def _stop(phone: str) -> Exists:
    """Whether STOP came from a number of the card; looked for by the number itself."""
    return Exists(StoppedNumber.objects.filter(practice=OuterRef("practice"), phone=OuterRef(phone)))


_CARDS: Final = Question(
    lambda ids: Patient.objects.filter(id__in=[ids]).values_list(*_COLUMNS, _stop("phone"), _stop("guardian_phone"))
)
_CONSENTS: Final = Question(
    lambda ids: Consent.objects.filter(patient_id__in=[ids], withdrawn_at=None).values_list("patient_id", "purpose")
)
_SUBSCRIPTIONS: Final = Question(
    lambda ids: PushSubscription.objects.filter(patient_id__in=[ids]).values_list(
        "patient_id", "created_at", "member__phone"
    )
)
_LANGUAGE: Final = {word.value: word for word in Language}
_OPT_OUTS: Final = (OptOut.SMS, OptOut.EMAIL, OptOut.PUSH, OptOut.REVIEW, OptOut.REBOOK, OptOut.OFFER)


@value_class
class CardRow:
    """A card as it is stored; whose number is in force depends on the day."""

    patient_id: int
    name: str
    own: Contact
    guardian_name: str
    guardian: Contact | None
    guardian_until: date | None
    language: str
    opt_outs: frozenset[OptOut]
    consents: frozenset[ConsentPurpose]
    stopped: frozenset[str]
    """Which of the card's numbers sent STOP."""
    silent: bool
    deceased: bool
    erased: bool
    subscribed: tuple[tuple[datetime, str | None], ...]
    """When each of the live push subscriptions was made, and by whom: the phone of the member, None by the API."""

    def on(self, day: date, practice_language: str) -> Card:
        """The card on a local day."""
        guarded = self.guardian is not None and (self.guardian_until is None or day < self.guardian_until)
        in_force = self.guardian if guarded and self.guardian is not None else self.own
        return Card(
            patient_id=self.patient_id,
            contact=self.own,
            guardian=self.guardian,
            guardian_until=self.guardian_until,
            language=_LANGUAGE[self.language or practice_language],
            opt_outs=self.opt_outs,
            consents=self.consents,
            sms_stopped=in_force.phone in self.stopped,
            silent=self.silent,
            deceased=self.deceased,
            erased=self.erased,
            subscriptions=sum(
                in_force_on(day, made, self.guardian_until) and joined_with in (None, in_force.phone)
                for made, joined_with in self.subscribed
            ),
        )


def in_force_on(day: date, made: datetime, guardian_until: date | None) -> bool:
    """Whether what was made at `made` (UTC), a push subscription or a membership, is still the patient's on a local day.

    What was installed before the hand-over was installed with a code to the guardian's phone, and is the guardian's.
    """
    return guardian_until is None or day < guardian_until or made.date() >= guardian_until


def load_cards(patient_ids: Collection[int]) -> dict[int, CardRow]:
    """The cards of patients, by id."""
    return learn(asking_cards(patient_ids))


def asking_cards(patient_ids: Collection[int]) -> Inquiry[dict[int, CardRow]]:
    """As `load_cards`."""
    rows, consenting, subscriptions = yield [
        _CARDS.of(patient_ids), _CONSENTS.of(patient_ids), _SUBSCRIPTIONS.of(patient_ids)
    ]  # fmt: skip
    consents, subscribed = _consents(consenting), _subscribed(subscriptions)
    found = {}
    for row in rows:
        patient_id, own_stopped, guardians_stopped = row[0], row[-2], row[-1]
        found[patient_id] = CardRow(
            patient_id=patient_id,
            name=f"{row[24]} {row[25]}".strip(),
            own=_contact(*row[2:7]),
            guardian_name=row[8],
            guardian=_contact(row[9], row[10], row[11], row[12], row[13]) if row[9] or row[10] or row[8] else None,
            guardian_until=row[14],
            language=row[7],
            opt_outs=_opt_outs(row[18:24]),
            consents=frozenset(consents.get(patient_id, ())),
            stopped=_stopped((row[3], own_stopped), (row[10], guardians_stopped)),
            silent=row[15],
            deceased=row[16],
            erased=row[17] is not None,
            subscribed=tuple(subscribed.get(patient_id, ())),
        )
    return found


def new_card(contact: Contact) -> CardRow:
    """Of somebody of whom nothing else is known yet."""
    return CardRow(
        patient_id=0, name="", own=contact, guardian_name="", guardian=None, guardian_until=None, language="",
        opt_outs=frozenset(), consents=frozenset(), stopped=frozenset(), silent=False, deceased=False, erased=False,
        subscribed=(),
    )  # fmt: skip


def guarded_on(day: date, patient: Patient) -> bool:
    """Whether the guardian's contact is in force on a local day, as `Card.contact_on` has it."""
    guarded = bool(patient.guardian_name or patient.guardian_email or patient.guardian_phone)
    return guarded and (patient.guardian_until is None or day < patient.guardian_until)


def phone_on(day: date, patient: Patient) -> str:
    """The phone in force on a local day; E.164, empty where there is none."""
    return patient.guardian_phone if guarded_on(day, patient) else patient.phone


def can_get_sms_on(day: date, patient: Patient) -> str:
    """The phone in force, if an SMS can reach it: a mobile one that is not known to be dead; else nothing."""
    if guarded_on(day, patient):
        usable = patient.guardian_phone_is_mobile and patient.guardian_phone_bad_at is None
        return patient.guardian_phone if usable else ""
    return patient.phone if patient.phone_is_mobile and patient.phone_bad_at is None else ""


def subscription_holds(subscription: PushSubscription, day: date) -> bool:
    """Whether a push may go there on a local day: see `in_force_on`; of a member, while their phone is in force."""
    patient, member = subscription.patient, subscription.member
    if not in_force_on(day, subscription.created_at, patient.guardian_until):
        return False
    return member is None or member.phone == phone_on(day, patient)


def _subscribed(rows: Iterable[Row]) -> dict[int, list[tuple[datetime, str | None]]]:
    found: dict[int, list[tuple[datetime, str | None]]] = {}
    for patient_id, made, joined_with in rows:
        found.setdefault(patient_id, []).append((made, joined_with))
    return found


def _stopped(*numbers: tuple[str, bool]) -> frozenset[str]:
    return frozenset([phone for phone, stopped in numbers if phone and stopped])


@lru_cache(maxsize=64)
def _opt_outs(flags: tuple[bool, ...]) -> frozenset[OptOut]:
    return frozenset(word for word, off in zip(_OPT_OUTS, flags, strict=True) if off)


def _contact(email: str, phone: str, mobile: bool, email_bad_at: object, phone_bad_at: object) -> Contact:
    return Contact(
        email=email,
        phone=phone,
        phone_is_mobile=mobile,
        email_bad=email_bad_at is not None,
        phone_bad=phone_bad_at is not None,
    )


def with_stops(patients: "QuerySet[Patient]") -> "QuerySet[Patient]":
    """Patients with `stopped`: whether STOP came from the card's own number; for lists of cards."""
    stops = StoppedNumber.objects.filter(practice=OuterRef("practice"), phone=OuterRef("phone"))
    return patients.annotate(stopped=Exists(stops))


def has_stopped(patient: Patient) -> bool:
    """Whether STOP came from the card's own number; asks the database unless `with_stops` did."""
    known = getattr(patient, "stopped", None)
    if known is not None:
        return bool(known)
    stops = StoppedNumber.objects.filter(practice_id=patient.practice_id, phone=patient.phone)
    return bool(patient.phone) and stops.exists()


def _consents(rows: Iterable[Row]) -> dict[int, set[ConsentPurpose]]:
    found: dict[int, set[ConsentPurpose]] = {}
    for patient_id, purpose in rows:
        found.setdefault(patient_id, set()).add(ConsentPurpose(purpose))
    return found
