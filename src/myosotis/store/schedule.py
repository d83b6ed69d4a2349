"""What a week or a day of some calendars holds, loaded in a bounded number of queries for any number of calendars."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from typing import Final

from django.db.models import Count, Q

from myosotis.domain.fallback import UNREAD_AFTER
from myosotis.domain.free_times import A_DAY, Opening, Stretch
from myosotis.domain.lifecycle import ACCEPTED
from myosotis.domain.window import instant
from myosotis.domain.words import Kind, VisitStatus
from myosotis.store import calls
from myosotis.store.free_times import LONGEST
from myosotis.store.models import (
    BlockedTime,
    Calendar,
    Hold,
    Message,
    Offer,
    OpeningException,
    OpeningHours,
    Practice,
    Visit,
)
from myosotis.value_class import value_class

NEWS: Final = (Kind.DETAILS, Kind.MOVED)
"""What a patient has to have read to know of the visit."""

SHOWN: Final = (
    "practice", "start", "end", "status", "revision", "calendar", "service", "patient", "patient__first_name",
    "patient__last_name", "patient__phone", "patient__guardian_name", "patient__guardian_email",
    "patient__guardian_phone", "patient__guardian_until",
)  # fmt: skip
"""A week has hundreds of visits, and a column that nobody looks at costs as much as one that is shown."""


@value_class
class Booked:
    """The visits of the calendars asked for, by start, and which of them their patients do not know of."""

    visits: Sequence[Visit]
    """With patient and service; of both visits and patients what is in `SHOWN`."""
    unreached: Collection[int]
    """Ids of visits whose patient has to be called (docs/rules.md 3)."""
    unread: Collection[int]
    """Ids of visits of which the patient was told four hours ago or more, and has read nothing."""


@value_class
class Schedule:
    """Everything that takes time of the calendars asked for, by start."""

    booked: Booked
    blocked: Sequence[BlockedTime]
    held: Sequence[Hold]
    """Somebody is just booking."""
    offers: Sequence[Offer]
    """Freed slots that patients are being asked about; `asked` says how many of them."""
    opening: Mapping[int, Opening]
    """By calendar."""


NO_VISITS: Final = Booked(visits=(), unreached=(), unread=())
NOTHING: Final = Schedule(booked=NO_VISITS, blocked=(), held=(), offers=(), opening={})


def load(
    practice: Practice,
    calendars: Sequence[Calendar],
    first_day: date,
    last_day: date,
    now: datetime,
    *,
    cancelled: bool = False,
) -> Schedule:
    """What stands in calendars of a practice on local days, both included; `now` is UTC. Cancelled visits if wished."""
    if not calendars:
        return NOTHING
    ids = [calendar.pk for calendar in calendars]
    since, until = _reach(calendars, first_day, last_day)
    within = Q(calendar_id__in=ids, start__lt=until, end__gt=since)
    held = practice.holds.filter(within, released_at=None, expires_at__gt=now).order_by("start", "id")
    offers = practice.offers.filter(within, closed_at=None, closes_at__gt=now)
    return Schedule(
        booked=_booked(practice, ids, since, until, now, cancelled=cancelled),
        blocked=list(practice.blocked_times.filter(within).order_by("start", "id")),
        held=list(held),
        offers=list(offers.annotate(asked=Count("candidates", filter=Q(candidates__passed_over=""))).order_by("start")),
        opening=opening_of(ids, first_day, last_day),
    )


def visits(practice: Practice, calendars: Sequence[Calendar], first_day: date, last_day: date, now: datetime) -> Booked:
    """As `load`, where nothing but the visits is shown, and none that are cancelled."""
    if not calendars:
        return NO_VISITS
    since, until = _reach(calendars, first_day, last_day)
    return _booked(practice, [calendar.pk for calendar in calendars], since, until, now, cancelled=False)


def _booked(
    practice: Practice,
    calendar_ids: Collection[int],
    since: datetime,
    until: datetime,
    now: datetime,
    *,
    cancelled: bool,
) -> Booked:
    shown = _visits(practice, calendar_ids, since, until, cancelled=cancelled)
    return Booked(
        visits=shown,
        unreached=_unreached(practice, calendar_ids, since, until, now),
        unread=_unread(shown, now),
    )


def opening_of(calendar_ids: Collection[int], first_day: date, last_day: date) -> dict[int, Opening]:
    """The weekly hours of calendars, and the local days of a range that differ, by calendar."""
    weeks: dict[int, dict[int, list[Stretch]]] = {calendar_id: {} for calendar_id in calendar_ids}
    days: dict[int, dict[date, list[Stretch]]] = {calendar_id: {} for calendar_id in calendar_ids}
    hours = OpeningHours.objects.filter(calendar_id__in=calendar_ids)
    for calendar_id, weekday, opens, closes in hours.values_list("calendar_id", "weekday", "opens", "closes"):
        weeks[calendar_id].setdefault(weekday, []).append(Stretch(opens, closes))
    differing = OpeningException.objects.filter(calendar_id__in=calendar_ids, day__range=(first_day, last_day))
    for calendar_id, day, from_time, to_time in differing.values_list("calendar_id", "day", "opens", "closes"):
        stretches = days[calendar_id].setdefault(day, [])
        stretches += [] if from_time is None or to_time is None else [Stretch(from_time, to_time)]
    return {calendar_id: Opening(week=weeks[calendar_id], exceptions=days[calendar_id]) for calendar_id in calendar_ids}


def _reach(calendars: Sequence[Calendar], first_day: date, last_day: date) -> tuple[datetime, datetime]:
    """From the first instant to the last that belongs to these days in any of the calendars' zones."""
    zones = {calendar.address.zone for calendar in calendars}
    begins = [instant(first_day, time(), zone) for zone in zones]
    ends = [instant(last_day + A_DAY, time(), zone) for zone in zones]
    return min(begins), max(ends)


def _visits(
    practice: Practice, calendar_ids: Collection[int], since: datetime, until: datetime, *, cancelled: bool
) -> list[Visit]:
    rows = practice.visits.filter(
        calendar_id__in=calendar_ids, start__gt=since - LONGEST, start__lt=until, end__gt=since
    )
    wanted = rows if cancelled else rows.exclude(status=VisitStatus.CANCELLED)
    # Patients are many and come with their visits; services are few and would come with each.
    shown = wanted.select_related("patient").prefetch_related("service").only(*SHOWN)
    return list(shown.order_by("start", "id"))


def _unreached(
    practice: Practice, calendar_ids: Collection[int], since: datetime, until: datetime, now: datetime
) -> set[int]:
    if until <= now:
        return set()
    among = Q(calendar_id__in=calendar_ids, start__gte=since, start__lt=until)
    return {visit.visit_id for visit in calls.unreached(practice, now, among=among)}


def _unread(visits: Sequence[Visit], now: datetime) -> set[int]:
    """Of booked visits ahead: those of whose present revision something left so long ago, and nothing was read."""
    ahead = {visit.pk: visit.revision for visit in visits if visit.status == VisitStatus.BOOKED and visit.start > now}
    told = Message.objects.filter(visit_id__in=ahead, kind__in=NEWS, status__in=ACCEPTED)
    left: set[int] = set()
    read: set[int] = set()
    for visit_id, revision, sent_at, read_at in told.values_list("visit_id", "revision", "sent_at", "read_at"):
        if revision != ahead[visit_id]:
            continue
        if read_at is not None:
            read.add(visit_id)
        elif sent_at is not None and sent_at <= now - UNREAD_AFTER:
            left.add(visit_id)
    return left - read
