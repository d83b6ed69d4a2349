"""What texts say besides the facts: names, doctors, places, services, senders; read set-wise for many messages."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from myosotis.channels.base import Subscription
from myosotis.content.context import ServiceText
from myosotis.dispatch.tokens import Linker, linker
from myosotis.domain.values import VisitFacts
from myosotis.naming import Place, Practices, asking_places, asking_practices, service
from myosotis.store.cards import CardRow, subscription_holds
from myosotis.store.facts import Seen, VisitWords
from myosotis.store.inquiry import Inquiry, at_once, learn
from myosotis.store.models import PushSubscription, Service
from myosotis.store.question import Question
from myosotis.value_class import value_class

_SERVICES: Final = Question(lambda ids: Service.objects.filter(id__in=[ids]).values_list("id", "name", "preparation"))


@value_class
class Surroundings:
    """All of it, by id."""

    linker: Linker
    practices: Mapping[int, Practices]
    places: Mapping[int, Place]
    services: Mapping[int, ServiceText]
    visits: Mapping[int, VisitWords]
    patients: Mapping[int, CardRow]
    subscriptions: Mapping[int, tuple[Subscription, ...]]
    """By patient."""


def load(
    seen: Seen, strangers: Mapping[int, CardRow], practice_ids: Collection[int], pushed: Collection[int], now: datetime
) -> Surroundings:
    """What the texts of these visits need at `now` (UTC).

    `strangers` get messages, too, although no visit is theirs any more; `pushed` are the patients who get a push.
    """
    practices, places, services = learn(
        at_once(
            asking_practices(practice_ids),
            asking_places({calendar for visit in seen.visits.values() for calendar in _calendars(visit)}),
            _services({words.service_id for words in seen.words.values() if words.service_id is not None}),
        )
    )
    return Surroundings(
        linker=linker(),
        practices=practices,
        places=places,
        services=services,
        visits=seen.words,
        patients={**seen.cards, **strangers},
        subscriptions=_subscriptions(pushed, now),
    )


def _calendars(visit: VisitFacts) -> set[int]:
    """The present one, and those of which the patient may have been told."""
    told = {message.told.calendar_id for message in visit.messages if message.told is not None}
    return {visit.calendar_id, visit.first.calendar_id} | told


def _services(ids: Collection[int]) -> Inquiry[dict[int, ServiceText]]:
    [rows] = yield [_SERVICES.of(ids)]
    return {key: service(name, preparation) for key, name, preparation in rows}


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
