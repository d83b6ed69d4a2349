"""What texts say besides the facts: names, doctors, places, services, senders; read set-wise for many messages."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from myosotis.channels.base import Subscription
from myosotis.content.context import ServiceText
from myosotis.domain.values import VisitFacts
from myosotis.naming import Place, Practices, load_places, load_practices, service
from myosotis.store.cards import subscription_holds
from myosotis.store.models import Patient, PushSubscription, Visit
from myosotis.store.question import Question
from myosotis.value_class import value_class

_VISIT: Final = ("practice_id", "uuid", "cancel_reason", "service__name", "service__preparation")
_PATIENT: Final = ("first_name", "last_name", "guardian_name")

_VISITS: Final = Question(lambda ids: Visit.objects.filter(id__in=[ids]).values_list("id", *_VISIT))
_PEOPLE: Final = Question(lambda ids: Patient.objects.filter(id__in=[ids]).values_list("id", *_PATIENT))


@value_class(kw_only=False)
class Booked:
    """A visit as texts speak of it, besides its facts."""

    practice_id: int
    uuid: UUID
    cancel_reason: str
    service: ServiceText


@value_class(kw_only=False)
class Person:
    name: str
    guardian_name: str


@value_class
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


def _visits(ids: Collection[int]) -> dict[int, Booked]:
    return {
        visit_id: Booked(practice_id, uuid, cancel_reason, service(name or "", preparation or ""))
        for visit_id, practice_id, uuid, cancel_reason, name, preparation in _VISITS.ask(ids)
    }


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
