"""Counting what happened in months of calendars, set-wise: a few queries for any number of visits and messages.

Months pass in the zone of the calendar's address. What is counted here is kept by `statistics_kept` once it is settled.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from myosotis.domain.figures import Became, Figure, Measure, bounds, how_soon
from myosotis.domain.words import FallbackRule, Kind, MessageStatus, Party, Reason, VisitStatus, Wave
from myosotis.store.models import Calendar, Candidate, Message, Practice, Visit, VisitLog
from myosotis.value_class import value_class

CENTS: Final = Decimal("0.0001")
"""As exactly as prices are kept; SQLite adds them up as floating numbers."""


@value_class
class _Scope:
    """Calendars of one zone and the month to count."""

    practice: Practice
    calendars: tuple[int, ...]
    others: bool
    """Messages that belong to no calendar, too."""
    month: date
    begin: datetime
    end: datetime
    """The month's bounds (UTC)."""
    now: datetime

    def within(self, field: str) -> Q:
        return Q(**{f"{field}__gte": self.begin, f"{field}__lt": self.end})

    def of(self, field: str) -> Q:
        return Q(**{f"{field}__in": self.calendars})


Counts = Counter[tuple[int | None, Measure, str, str]]
"""By calendar, measure, split and channel."""


def count(
    practice: Practice, calendars: Sequence[Calendar], months: Sequence[date], now: datetime, *, others: bool = False
) -> list[Figure]:
    """The figures of months as they are at `now` (UTC).

    `calendars` come with their address. With `others`, messages that belong to no calendar are counted too. Each month is
    asked for by itself: to sort rows into months by their instants would take longer than to find them.
    """
    zones: dict[ZoneInfo, list[int]] = {}
    for calendar in calendars:
        zones.setdefault(calendar.address.zone, []).append(calendar.pk)
    return [figure for month in months for figure in _of_month(practice, zones, month, now, others=others)]


def _of_month(
    practice: Practice, zones: Mapping[ZoneInfo, Sequence[int]], month: date, now: datetime, *, others: bool
) -> Iterator[Figure]:
    for place, (zone, ids) in enumerate(zones.items()):
        begin, end = bounds([month], zone)
        scope = _Scope(
            practice=practice, calendars=tuple(ids), others=others and place == 0, month=month, begin=begin, end=end,
            now=now,
        )  # fmt: skip
        for counted in (_visits, _reminded, _confirmed, _freed, _offers, _messages, _saved):
            yield from counted(scope)


def _figures(scope: _Scope, counts: Counts) -> Iterator[Figure]:
    for (calendar, measure, split, channel), number in counts.items():
        yield Figure(calendar, scope.month, measure, split, channel, number)


def _visits(scope: _Scope) -> Iterator[Figure]:
    rows = (
        scope.practice.visits.filter(scope.of("calendar"), scope.within("start"))
        .annotate(over=Case(When(end__lte=scope.now, then=Value(1)), default=Value(0)))
        .order_by()
        .values_list("calendar_id", "status", "cancelled_by", "booked_by", "over")
        .annotate(Count("id"))
    )
    counts: Counts = Counter()
    for calendar, status, cancelled_by, booked_by, over, number in rows:
        counts[calendar, Measure.VISITS, _became(status, cancelled_by, over=bool(over)), ""] += number
        if booked_by == Party.PATIENT:
            counts[calendar, Measure.ONLINE, "", ""] += number
    return _figures(scope, counts)


def _became(status: str, cancelled_by: str, *, over: bool) -> Became:
    match status:
        case VisitStatus.CANCELLED:
            return Became.CANCELLED_BY_PATIENT if cancelled_by == Party.PATIENT else Became.CANCELLED_BY_PRACTICE
        case VisitStatus.NO_SHOW:
            return Became.NO_SHOW
        case VisitStatus.DONE:
            return Became.HELD
        case _:
            return Became.HELD if over else Became.AHEAD


def _reminded(scope: _Scope) -> Iterator[Figure]:
    """Visits that took place or were missed, by whether a reminder of them had gone."""
    sent = Message.objects.filter(visit_id=OuterRef("pk"), kind=Kind.REMINDER, sent_at__lt=OuterRef("start"))
    rows = (
        scope.practice.visits.filter(scope.of("calendar"), scope.within("start"), end__lte=scope.now)
        .exclude(status=VisitStatus.CANCELLED)
        .annotate(reminded=Exists(sent))
        .order_by()
        .values_list("calendar_id", "status", "reminded")
        .annotate(Count("id"))
    )
    counts: Counts = Counter()
    for calendar, status, reminded, number in rows:
        measure = Measure.REMINDED if reminded else Measure.UNREMINDED
        became = Became.NO_SHOW if status == VisitStatus.NO_SHOW else Became.HELD
        counts[calendar, measure, became, ""] += number
    return _figures(scope, counts)


def _confirmed(scope: _Scope) -> Iterator[Figure]:
    rows = (
        _log(scope, "new_calendar", "confirmed")
        .values_list("new_calendar_id", "by", "via")
        .annotate(Count("visit_id", distinct=True))
    )
    for calendar, by, via, number in rows:
        yield Figure(calendar, scope.month, Measure.CONFIRMED, f"{by}_{via}", "", number)


def _log(scope: _Scope, calendar: str, *what: str) -> "QuerySet[VisitLog]":
    return scope.practice.visit_logs.filter(scope.of(calendar), scope.within("at"), what__in=what).order_by()


def _freed(scope: _Scope) -> Iterator[Figure]:
    """Times that were left before they came and not taken back, and whether somebody else has booked them since."""
    again = (
        Visit.objects.filter(
            practice_id=scope.practice.pk, calendar_id=OuterRef("old_calendar_id"), start=OuterRef("old_start"),
            booked_at__gte=OuterRef("at"),
        )
        .exclude(status=VisitStatus.CANCELLED)
        .exclude(pk=OuterRef("visit_id"))
        .order_by("booked_at")
    )  # fmt: skip
    rows = (
        _log(scope, "old_calendar", "cancelled", "moved")
        .filter(old_start__gt=F("at"))
        .exclude(
            ~Q(visit__status=VisitStatus.CANCELLED), visit__start=F("old_start"), visit__calendar=F("old_calendar")
        )
        .values_list("old_calendar_id", "by", "at", Subquery(again.values("booked_at")[:1]))
    )
    counts: Counts = Counter()
    for calendar, by, at, refilled_at in rows:
        counts[calendar, Measure.FREED, by, ""] += 1
        if refilled_at is not None:
            counts[calendar, Measure.REFILLED, how_soon(refilled_at - at), ""] += 1
    return _figures(scope, counts)


def _offers(scope: _Scope) -> Iterator[Figure]:
    offers = scope.practice.offers.filter(scope.of("calendar"), scope.within("opened_at"))
    ended = offers.order_by().values_list("calendar_id", "closed_because").annotate(Count("id"))
    for calendar, because, number in ended:
        yield Figure(calendar, scope.month, Measure.OFFERED, because, "", number)
    asked = (
        Candidate.objects.filter(offer__in=offers.order_by(), passed_over="")
        .order_by()
        .values_list("offer__calendar_id")
        .annotate(Count("id"))
    )
    for calendar, number in asked:
        yield Figure(calendar, scope.month, Measure.ASKED, "", "", number)


def _traced(scope: _Scope, time: str) -> "QuerySet[Message]":
    """The messages of the practice whose trace has this time in the month."""
    return Message.objects.filter(scope.within(f"trace__{time}"), trace__practice=scope.practice)


def _messages(scope: _Scope) -> Iterator[Figure]:
    theirs = scope.of("visit__calendar")
    rows = (
        _traced(scope, "sent_at")
        .filter(theirs | Q(visit=None) if scope.others else theirs)
        .annotate(
            read=Case(When(read_at__isnull=False, then=Value(1)), default=Value(0)),
        )
        .order_by()
        .values_list("visit__calendar_id", "kind", "channel", "wave", "fallback", "status", "read")
        .annotate(number=Count("id"), all_parts=Sum(Coalesce("provider_parts", "parts")), cost=Sum("price"))
    )
    counts: Counts = Counter()
    parts: Counter[tuple[int | None, str, str]] = Counter()
    costs: dict[tuple[int | None, str, str], Decimal] = {}
    for calendar, kind, channel, wave, fallback, status, read, number, some_parts, cost in rows:
        key = (calendar, kind, channel)
        parts[key] += some_parts or 0
        costs[key] = costs.get(key, Decimal(0)) + (cost or Decimal(0)).quantize(CENTS)
        for measure in _said_of(status, wave, fallback, read=bool(read)):
            counts[calendar, measure, kind, channel] += number
    for (calendar, measure, kind, channel), number in counts.items():
        sent = (calendar, kind, channel) if measure is Measure.SENT else None
        more: tuple[Any, ...] = (parts[sent], costs[sent]) if sent else ()
        yield Figure(calendar, scope.month, measure, kind, channel, number, *more)


def _said_of(status: str, wave: str, fallback: str, *, read: bool) -> Iterator[Measure]:
    """What a message that was handed over counts as."""
    yield Measure.SENT
    if status == MessageStatus.DELIVERED:
        yield Measure.DELIVERED
    elif status == MessageStatus.FAILED:
        yield Measure.UNDELIVERED
    if read:
        yield Measure.READ
    if wave == Wave.FALLBACK and fallback == FallbackRule.UNREAD:
        yield Measure.FOLLOWED


def _saved(scope: _Scope) -> Iterator[Figure]:
    """SMS that waited for whether anything would be read, and were withdrawn because it was."""
    rows = (
        _traced(scope, "ended_at")
        .filter(scope.of("visit__calendar"), status=MessageStatus.CANCELLED, wave=Wave.FALLBACK, reason=Reason.READ)
        .order_by()
        .values_list("visit__calendar_id", "kind", "channel")
        .annotate(Count("id"))
    )
    for calendar, kind, channel, number in rows:
        yield Figure(calendar, scope.month, Measure.SAVED, kind, channel, number)
