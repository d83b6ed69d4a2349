"""What patients did of themselves lately: the notices of the desk, read from the logs that stand anyway."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from django.db.models import F, Model, Q, QuerySet

from myosotis.domain.sms_words import SmsWord
from myosotis.domain.words import OfferAnswer, Party, Via
from myosotis.store.models import AuditEntry, Candidate, IncomingMessage, Opinion, Practice, Visit, VisitLog
from myosotis.value_class import value_class

M = TypeVar("M", bound=Model)

KEPT: Final = timedelta(days=30)
"""So far back notices are shown."""
MOST: Final = 100
"""More than so many are not counted one by one."""
_BY_OTHERS: Final = (Via.DESK, Via.IMPORT)
"""Doors at which staff note what a patient asked for: they know."""


class What(StrEnum):
    """What a patient did. The first ones are words of a visit's log."""

    BOOKED = "booked"
    CONFIRMED = "confirmed"
    MOVED = "moved"
    CANCELLED = "cancelled"
    TOOK_OFFER = "took_offer"
    WROTE = "wrote"
    STOPPED = "stopped"
    OPINION = "opinion"


OF_VISITS: Final = (What.BOOKED, What.CONFIRMED, What.MOVED, What.CANCELLED)


@value_class
class Notice:
    """One thing that a patient did."""

    at: datetime
    what: What
    visit: Visit | None = None
    """With patient, doctor and address, where it was about one."""
    incoming: IncomingMessage | None = None
    opinion: Opinion | None = None
    start: datetime | None = None
    """Of the visit, as it became then."""


@value_class
class Count:
    """Notices by what they tell."""

    visits: dict[What, int]
    incoming: int
    opinions: int

    @property
    def by_word(self) -> dict[str, int]:
        visits = {what.value: number for what, number in self.visits.items()}
        return {**visits, What.WROTE.value: self.incoming, What.OPINION.value: self.opinions}

    @property
    def all(self) -> int:
        return sum(self.by_word.values())


def latest(practice: Practice, since: datetime, *, doctor_id: int | None = None, limit: int = MOST) -> list[Notice]:
    """Notices after `since` (UTC), the newest first; with `doctor_id`, of that doctor's calendars only."""
    logs = list(_logs(practice, since, doctor_id).select_related(*_AROUND)[:limit])
    incoming = _incoming(practice, since, doctor_id).select_related("patient").order_by("-received_at", "-id")
    opinions = _opinions(practice, since, doctor_id).select_related("doctor").order_by("-given_at", "-id")
    taken = _taken(logs)
    found = [
        *(_of_log(log, taken) for log in logs),
        *(Notice(at=row.received_at, what=_of_text(row), incoming=row) for row in incoming[:limit]),
        *(Notice(at=row.given_at, what=What.OPINION, opinion=row) for row in opinions[:limit]),
    ]
    return sorted(found, key=lambda notice: notice.at, reverse=True)[:limit]


def count(practice: Practice, since: datetime, *, doctor_id: int | None = None) -> int:
    """How many notices there are after `since` (UTC), at most `MOST` of each sort."""
    sorts: Iterable[QuerySet[VisitLog] | QuerySet[IncomingMessage] | QuerySet[Opinion]] = (
        _logs(practice, since, doctor_id),
        _incoming(practice, since, doctor_id),
        _opinions(practice, since, doctor_id),
    )
    return sum(rows[:MOST].count() for rows in sorts)


def counted(practice: Practice, since: datetime, until: datetime, *, doctor_id: int | None = None) -> Count:
    """Notices after `since` up to `until` (UTC), by what they tell."""
    logs = list(_logs(practice, since, doctor_id).filter(at__lte=until))
    taken = _taken(logs)
    visits: dict[What, int] = {}
    for log in logs:
        what = _what(log, taken)
        visits[what] = visits.get(what, 0) + 1
    return Count(
        visits=visits,
        incoming=_incoming(practice, since, doctor_id).filter(received_at__lte=until).count(),
        opinions=_opinions(practice, since, doctor_id).filter(given_at__lte=until).count(),
    )


def state(practice: Practice) -> str:
    """A word that differs whenever something changed in the practice: two rows found by their indexes.

    Looking at a card or a visit is noted too, but changes nothing.
    """
    entries = AuditEntry.objects.filter(practice=practice).exclude(action__endswith=".read")
    entry = entries.order_by("-at", "-id").values_list("id", flat=True).first()
    incoming = practice.incoming_messages.order_by("-id").values_list("id", flat=True).first()
    return f"{entry or 0}-{incoming or 0}"


_AROUND: Final = ("visit__patient", "visit__calendar__doctor", "visit__calendar__address")


def _logs(practice: Practice, since: datetime, doctor_id: int | None) -> "QuerySet[VisitLog]":
    rows = practice.visit_logs.filter(by=Party.PATIENT, at__gt=since, what__in=OF_VISITS).exclude(via__in=_BY_OTHERS)
    return _own(rows, "visit__calendar__doctor", doctor_id).order_by("-at", "-id")


def _incoming(practice: Practice, since: datetime, doctor_id: int | None) -> "QuerySet[IncomingMessage]":
    """What did not act by itself: a TAK is a confirmation already."""
    rows = practice.incoming_messages.filter(received_at__gt=since)
    told = rows.filter(Q(handled_at=None) | ~Q(handled_at=F("received_at")) | Q(understood_as=SmsWord.STOP))
    return _own(told, "about__visit__calendar__doctor", doctor_id)


def _opinions(practice: Practice, since: datetime, doctor_id: int | None) -> "QuerySet[Opinion]":
    return _own(practice.opinions.filter(given_at__gt=since, withdrawn_at=None), "doctor", doctor_id)


def _own(rows: "QuerySet[M]", doctor: str, doctor_id: int | None) -> "QuerySet[M]":
    return rows if doctor_id is None else rows.filter(**{doctor: doctor_id})


def _taken(logs: Collection[VisitLog]) -> set[tuple[int, datetime]]:
    """The moves among them by which an offer was taken: visit and moment."""
    moved = {log.visit_id for log in logs if log.what == What.MOVED}
    rows = Candidate.objects.filter(visit_id__in=moved, answer=OfferAnswer.TAKEN) if moved else Candidate.objects.none()
    return {(visit_id, at) for visit_id, at in rows.values_list("visit_id", "answered_at") if at is not None}


def _what(log: VisitLog, taken: Collection[tuple[int, datetime]]) -> What:
    return What.TOOK_OFFER if (log.visit_id, log.at) in taken else What(log.what)


def _of_log(log: VisitLog, taken: Collection[tuple[int, datetime]]) -> Notice:
    return Notice(at=log.at, what=_what(log, taken), visit=log.visit, start=log.new_start)


def _of_text(row: IncomingMessage) -> What:
    return What.STOPPED if row.understood_as == SmsWord.STOP else What.WROTE
