"""Reading absences: which visits lie in one, and who knows by now what became of theirs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from myosotis.domain import call_list
from myosotis.domain.lifecycle import ACCEPTED, PENDING
from myosotis.domain.window import instant
from myosotis.domain.words import Channel, Kind, MessageStatus, Reason, VisitStatus
from myosotis.store import calls
from myosotis.store.models import AbsenceVisit, CallNote, Message, Practice, Visit
from myosotis.value_class import value_class

NEWS: Final = (Kind.CANCELLED, Kind.MOVED, Kind.DETAILS)
"""What tells a patient what became of the visit; `details` where nothing had been told before."""
LONGEST: Final = timedelta(days=1)
"""No visit lasts longer."""


@value_class
class Times:
    """From when to when somebody is away, local to each address: whole days, or from and until a time on the wall."""

    first_day: date
    last_day: date
    from_time: time | None = None
    until_time: time | None = None

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Beginning and end as instants (UTC)."""
        begins = instant(self.first_day, self.from_time or time(), zone)
        if self.until_time is not None:
            return begins.astimezone(UTC), instant(self.last_day, self.until_time, zone).astimezone(UTC)
        return begins.astimezone(UTC), instant(self.last_day + timedelta(days=1), time(), zone).astimezone(UTC)


@value_class
class Known:
    """What the patient of a visit has been told of it since."""

    read_at: datetime | None
    """Somebody read it (UTC)."""
    sent_at: datetime | None
    """The last of it that left, or may have (UTC)."""
    next_at: datetime | None
    """When the next message of it goes (UTC)."""
    sms_at: datetime | None
    """When the SMS goes unless it is read before (UTC)."""
    sms_waits: bool
    """An SMS follows 4 h after the first wave has left, unless it is read before."""
    reason: Reason | None
    """Why nobody is told, where that is so."""
    call: CallNote | None
    """The last call about it."""
    to_call: bool
    """No message got through: it stands on the call list."""

    @property
    def by_phone(self) -> bool:
        return self.call is not None and self.call.result in call_list.SETTLED


def affected(practice: Practice, zones: Mapping[int, ZoneInfo], times: Times, now: datetime) -> "QuerySet[Visit]":
    """Live visits still ahead in these calendars (by id, with the zone of each) while somebody is away, earliest first."""
    within = Q(pk__in=[])
    for calendar_id, zone in zones.items():
        begins, ends = times.span(zone)
        within |= Q(calendar_id=calendar_id, start__gt=begins - LONGEST, start__lt=ends, end__gt=begins)
    live = (VisitStatus.BOOKED, VisitStatus.CONFIRMED)
    return practice.visits.filter(within, status__in=live, start__gt=now).order_by("start", "id")


def known(practice: Practice, rows: Sequence[AbsenceVisit], now: datetime) -> dict[int, Known]:
    """What is known of those who had these visits, by the visit's id, in a bounded number of queries."""
    revisions = {row.visit_id: row.revision for row in rows}
    messages: dict[int, list[Message]] = {visit_id: [] for visit_id in revisions}
    for message in practice.messages.filter(visit_id__in=revisions, kind__in=NEWS):
        if message.visit_id is not None and message.revision == revisions[message.visit_id]:
            messages[message.visit_id].append(message)
    notes: dict[int, CallNote] = {}
    for note in practice.call_notes.filter(visit_id__in=revisions, taken_back_at=None).order_by("id"):
        if note.revision >= revisions[note.visit_id]:
            notes[note.visit_id] = note
    listed = {facts.visit_id for facts in calls.unreached(practice, now, among=Q(id__in=list(revisions)))}
    return {
        visit_id: _known(of_visit, notes.get(visit_id), to_call=visit_id in listed)
        for visit_id, of_visit in messages.items()
    }


def _known(messages: Sequence[Message], call: CallNote | None, *, to_call: bool) -> Known:
    ahead = [row for row in messages if row.status in PENDING]
    left = [row for row in messages if row.status in ACCEPTED or row.status == MessageStatus.UNCLEAR]
    skipped = [row for row in messages if row.channel == Channel.NONE and row.status == MessageStatus.SKIPPED]
    told = bool(ahead or left)
    return Known(
        read_at=_first(row.read_at for row in messages),
        sent_at=_last(row.sent_at for row in left),
        next_at=_first(row.due_at for row in ahead if row.status != MessageStatus.WAITING),
        sms_at=_first(row.due_at for row in ahead if row.channel == Channel.SMS),
        sms_waits=any(row.status == MessageStatus.WAITING for row in ahead),
        reason=Reason(skipped[0].reason) if skipped and not told else None,
        call=call,
        to_call=to_call,
    )


def _first(instants: Iterable[datetime | None]) -> datetime | None:
    return min((one for one in instants if one is not None), default=None)


def _last(instants: Iterable[datetime | None]) -> datetime | None:
    return max((one for one in instants if one is not None), default=None)
