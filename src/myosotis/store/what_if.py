"""The last weeks of a calendar again with other switches: which messages, at what cost (docs/rules.md 2).

What happened stays as it was: visits, moves, cancellations, who has which address today. Of kinds whose switch stays,
what was really sent counts; of the others, what the plan of each visit says with the other switches.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Avg, Count, Q, Sum

from myosotis.domain import planning
from myosotis.domain.values import Switches, VisitFacts
from myosotis.domain.words import Channel, FallbackRule, Kind, MessageStatus
from myosotis.store import facts
from myosotis.store.models import Calendar, Message, Practice
from myosotis.value_class import value_class

PERIOD: Final = timedelta(days=28)
MOST_VISITS: Final = 2_000
"""Of a calendar in four weeks; more are no longer one doctor's."""
AT_ONCE: Final = 500
HANDED_OVER: Final = Q(sent_at__isnull=False)
SWITCHED: Final = (Kind.DETAILS, Kind.REMINDER, Kind.REVIEW, Kind.REBOOK, Kind.OFFER)

Key = tuple[Kind, Channel]


class TooManyVisitsError(Exception):
    """More than `MOST_VISITS`."""


@value_class(kw_only=False)
class Line:
    """So many messages, at this cost in the practice's currency. Foreseen ones need not be whole."""

    count: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)

    def plus(self, count: Decimal, cost: Decimal) -> "Line":
        return Line(self.count + count, self.cost + cost)


@value_class
class Comparison:
    """What was sent then, and what would have been sent."""

    since: datetime
    until: datetime
    visits: int
    then: Mapping[Key, Line]
    now: Mapping[Key, Line]
    unforeseen: frozenset[Kind]
    """Switched on, but what it would bring depends on what others would have done: offers."""


def compare(practice: Practice, calendar: Calendar, switches: Switches, now: datetime) -> Comparison:
    """The four weeks before `now` (UTC) with other switches. Raises TooManyVisitsError."""
    since = now - PERIOD
    rows = practice.visits.filter(calendar=calendar, start__gte=since, start__lt=now).order_by("id")
    ids = list(rows.values_list("id", flat=True)[: MOST_VISITS + 1])
    if len(ids) > MOST_VISITS:
        raise TooManyVisitsError
    changed = _changed(calendar.switches, switches)
    then = _sent(practice, calendar, ids, since, now)
    kept = {key: line for key, line in then.items() if key[0] not in changed}
    foreseen = changed - ({Kind.OFFER} if switches.offer else set())
    return Comparison(
        since=since,
        until=now,
        visits=len(ids),
        then=then,
        now=_with(kept, ids, switches, foreseen, practice, now),
        unforeseen=changed - foreseen,
    )


def _changed(before: Switches, after: Switches) -> frozenset[Kind]:
    names = {field.name for field in fields(Switches) if getattr(before, field.name) != getattr(after, field.name)}
    return frozenset(kind for kind in SWITCHED if kind.value in names)


def _sent(
    practice: Practice, calendar: Calendar, ids: Sequence[int], since: datetime, until: datetime
) -> dict[Key, Line]:
    """What was handed over of these visits, and of offers of their calendar in this time."""
    of_visits = practice.messages.filter(HANDED_OVER, visit_id__in=ids)
    candidates = practice.candidates.filter(offer__calendar=calendar, offer__opened_at__range=(since, until))
    of_offers = practice.messages.filter(HANDED_OVER, kind=Kind.OFFER, subject_id__in=candidates.values("id"))
    found: dict[Key, Line] = {}
    for rows in (of_visits.exclude(kind=Kind.OFFER), of_offers):
        counted = rows.order_by().values_list("kind", "channel").annotate(Count("id"), Sum("price"))
        for kind, channel, count, cost in counted:
            found[Kind(kind), Channel(channel)] = Line(Decimal(count), cost or Decimal(0))
    return found


def _with(
    kept: Mapping[Key, Line],
    ids: Sequence[int],
    switches: Switches,
    kinds: frozenset[Kind],
    practice: Practice,
    now: datetime,
) -> dict[Key, Line]:
    found, shares, prices = dict(kept), _shares(practice, now), _prices(practice, now)
    for visit in _visits(ids, now):
        for key, share in _planned(replace(visit, calendar_switches=switches), kinds, shares):
            price = prices.get(key[0], practice.sms_price) if key[1] is Channel.SMS else Decimal(0)
            found[key] = found.get(key, Line()).plus(share, share * price)
    return found


def _visits(ids: Sequence[int], now: datetime) -> Iterator[VisitFacts]:
    for first in range(0, len(ids), AT_ONCE):
        yield from facts.load(ids[first : first + AT_ONCE], now)


def _planned(
    visit: VisitFacts, kinds: frozenset[Kind], shares: Mapping[FallbackRule, Decimal]
) -> Iterator[tuple[Key, Decimal]]:
    """What the plan of a visit says at the moment of what happened to it last, as if nothing had been sent before."""
    for row in planning.plan(replace(visit, messages=()), visit.event_at):
        key = (row.key.kind, row.key.channel)
        if row.key.kind in kinds and row.status is MessageStatus.PLANNED:
            yield key, Decimal(1)
        elif row.key.kind in kinds and row.status is MessageStatus.WAITING and row.fallback is not None:
            yield key, shares[row.fallback]


def _shares(practice: Practice, now: datetime) -> dict[FallbackRule, Decimal]:
    """How many of the SMS that wait behind other channels really went, by what they wait for; all where none waited."""
    waited = practice.messages.filter(created_at__gte=now - PERIOD, fallback__in=[rule.value for rule in FallbackRule])
    counted = waited.order_by().values_list("fallback").annotate(Count("id"), Count("sent_at"))
    found = {FallbackRule(rule): Decimal(sent) / Decimal(count) for rule, count, sent in counted}
    return {rule: found.get(rule, Decimal(1)) for rule in FallbackRule}


def _prices(practice: Practice, now: datetime) -> dict[Kind, Decimal]:
    """What an SMS of each kind cost on average lately."""
    rows = Message.objects.filter(
        trace__practice=practice, trace__sent_at__gte=now - PERIOD, channel=Channel.SMS, price__isnull=False
    )
    return {Kind(kind): price for kind, price in rows.order_by().values_list("kind").annotate(Avg("price"))}
