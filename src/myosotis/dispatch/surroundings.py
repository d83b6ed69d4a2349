"""What texts say besides the facts: names, doctors, places, services, senders; read set-wise for many messages."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from myosotis.channels.base import Subscription
from myosotis.content.context import AddressText, DoctorText, PracticeText, ServiceText
from myosotis.domain.values import VisitFacts
from myosotis.domain.words import SmsLetters
from myosotis.store.cards import subscription_holds
from myosotis.store.models import Calendar, Patient, Practice, PushSubscription, Visit
from myosotis.store.question import Question

_PRACTICE: Final = (
    "name", "language", "email_sender", "phone", "sms_can_receive", "privacy_notice", "privacy_notice_url",
    "sms_sender", "sms_letters", "sms_price", "email_sender_name", "email_reply_to", "tracking_image",
)  # fmt: skip
_CALENDAR: Final = (
    "doctor__title", "doctor__name", "doctor__specialty", "doctor__sensitive",
    "address__name", "address__street", "address__city", "address__phone", "address__directions", "address__map_url",
    "address__time_zone",
)  # fmt: skip
_VISIT: Final = ("practice_id", "uuid", "cancel_reason", "service__name", "service__preparation")
_PATIENT: Final = ("first_name", "last_name", "guardian_name")

_PRACTICES: Final = Question(lambda ids: Practice.objects.filter(id__in=[ids]).values_list("id", *_PRACTICE))
_CALENDARS: Final = Question(lambda ids: Calendar.objects.filter(id__in=[ids]).values_list("id", *_CALENDAR))
_VISITS: Final = Question(lambda ids: Visit.objects.filter(id__in=[ids]).values_list("id", *_VISIT))
_PEOPLE: Final = Question(lambda ids: Patient.objects.filter(id__in=[ids]).values_list("id", *_PATIENT))


@dataclass(frozen=True, kw_only=True, slots=True)
class Practices:
    """A practice as a sender."""

    text: PracticeText
    sms_sender: str
    letters: SmsLetters
    sms_price: Decimal
    email_sender_name: str
    reply_to: str
    tracking_image: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A calendar as texts speak of it: a doctor at an address."""

    doctor: DoctorText
    address: AddressText


@dataclass(frozen=True, slots=True)
class Booked:
    """A visit as texts speak of it, besides its facts."""

    practice_id: int
    uuid: UUID
    cancel_reason: str
    service: ServiceText


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    guardian_name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """All of it, by id."""

    practices: Mapping[int, Practices]
    places: Mapping[int, Place]
    visits: Mapping[int, Booked]
    people: Mapping[int, Person]
    subscriptions: Mapping[int, tuple[Subscription, ...]]
    """By patient."""


def load(
    facts: Collection[VisitFacts],
    practice_ids: Collection[int],
    patient_ids: Collection[int],
    pushed: Collection[int],
    now: datetime,
) -> Surroundings:
    """What the texts of these visits and patients need at `now` (UTC); `pushed` are the patients who get a push."""
    return Surroundings(
        practices=load_practices(practice_ids),
        places=load_places({calendar for visit in facts for calendar in _calendars(visit)}),
        visits=_visits([visit.visit_id for visit in facts]),
        people=_people(patient_ids),
        subscriptions=_subscriptions(pushed, now),
    )


def _calendars(visit: VisitFacts) -> set[int]:
    """The present one, and those of which the patient may have been told."""
    told = {message.told.calendar_id for message in visit.messages if message.told is not None}
    return {visit.calendar_id, visit.first.calendar_id} | told


def load_practices(ids: Collection[int]) -> dict[int, Practices]:
    return {practice_id: _practice(row) for practice_id, *row in _PRACTICES.ask(ids)}


def _practice(row: list[Any]) -> Practices:
    (
        name, language, email, phone, can_receive, privacy_text, privacy_url,
        sms_sender, letters, price, sender_name, reply_to, image,
    ) = row  # fmt: skip
    text = PracticeText(
        name=name,
        language=language,
        email=email,
        phone=phone,
        can_receive_sms=can_receive,
        privacy_text=privacy_text,
        privacy_url=privacy_url,
    )
    return Practices(
        text=text,
        sms_sender=sms_sender,
        letters=SmsLetters(letters),
        sms_price=price,
        email_sender_name=sender_name or name,
        reply_to=reply_to,
        tracking_image=image,
    )


def load_places(ids: Collection[int]) -> dict[int, Place]:
    return {calendar_id: _place(*row) for calendar_id, *row in _CALENDARS.ask(ids)}


@lru_cache(maxsize=1024)
def _place(  # noqa: PLR0917 - a row of the database, in its order
    title: str, doctor: str, specialty: str, sensitive: bool,
    name: str, street: str, city: str, phone: str, directions: str, map_url: str, zone: str,
) -> Place:  # fmt: skip
    return Place(
        DoctorText(title=title, name=doctor, specialty=specialty, sensitive=sensitive),
        AddressText(
            name=name,
            street=street,
            city=city,
            phone=phone,
            directions=directions,
            map_url=map_url,
            zone=ZoneInfo(zone),
        ),
    )


def _visits(ids: Collection[int]) -> dict[int, Booked]:
    return {
        visit_id: Booked(practice_id, uuid, cancel_reason, _service(name or "", preparation or ""))
        for visit_id, practice_id, uuid, cancel_reason, name, preparation in _VISITS.ask(ids)
    }


@lru_cache(maxsize=1024)
def _service(name: str, preparation: str) -> ServiceText:
    return ServiceText(name=name, preparation=preparation)


def _people(ids: Collection[int]) -> dict[int, Person]:
    return {
        patient_id: Person(f"{first} {last}".strip(), guardian)
        for patient_id, first, last, guardian in _PEOPLE.ask(ids)
    }


def _subscriptions(patient_ids: Collection[int], now: datetime) -> dict[int, tuple[Subscription, ...]]:
    if not patient_ids:
        return {}
    rows = PushSubscription.objects.filter(patient_id__in=patient_ids).select_related("patient", "member")
    found: dict[int, list[Subscription]] = {}
    for row in rows.order_by("id"):
        if subscription_holds(row, now.date()):
            found.setdefault(row.patient_id, []).append(
                Subscription(id=row.pk, endpoint=row.endpoint, p256dh=row.p256dh, auth=row.auth)
            )
    return {patient_id: tuple(subscriptions) for patient_id, subscriptions in found.items()}
