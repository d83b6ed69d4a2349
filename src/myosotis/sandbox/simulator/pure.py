"""The rules alone: the same script, followed by the pure functions that flows and dispatch ask, without a database.

What a provider does is taken at once, and nobody fails. Left out is what depends on other people's visits or on texts:
offers, replies by SMS, undoing. In return a practice's year takes seconds, and the real way can be compared with it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final, assert_never

from myosotis.domain import fallback, planning, reading
from myosotis.domain.lifecycle import PENDING
from myosotis.domain.recheck import Hold, Send, Stop, recheck
from myosotis.domain.values import Appointment, Card, Contact, ExistingMessage, PlannedMessage, VisitFacts
from myosotis.domain.words import Channel, Kind, MessageStatus, Party, Reason, Via, VisitEvent, VisitStatus
from myosotis.sandbox.simulator.diary import Diary
from myosotis.sandbox.simulator.people import person
from myosotis.sandbox.simulator.script import LASTS, ZONE, Act, Booking, Deed, Script
from myosotis.value_class import value_class

LIVE: Final = (VisitStatus.BOOKED, VisitStatus.CONFIRMED)


@value_class(order=True)
class Sent:
    """One message that left: of which booking, what, how, for when it was due, and when it went (UTC)."""

    number: int
    revision: int
    kind: Kind
    channel: Channel
    wave: str
    due_at: datetime
    at: datetime


def run(script: Script) -> list[Sent]:
    """Follow a script; what was sent, in order."""
    return _Rules(script).run()


def count(sent: Iterable[Sent]) -> Counter[tuple[Kind, Channel]]:
    """By kind and channel."""
    return Counter((one.kind, one.channel) for one in sent)


@dataclass(slots=True)
class _Family:
    """The visits of one patient with one doctor: each asks whether there is a later one."""

    visits: dict[int, VisitFacts] = field(default_factory=dict)


class _Rules:
    def __init__(self, script: Script) -> None:
        self._script = script
        self._diary = Diary()
        self._bookings: dict[int, Booking] = {}
        self._family: defaultdict[tuple[int, int, int], _Family] = defaultdict(_Family)
        self._sent: list[Sent] = []
        self._read: set[tuple[int, Kind, int]] = set()
        self._next_id = 1

    def run(self) -> list[Sent]:
        for booking in self._script.bookings():
            self._bookings[booking.number] = booking
            for cue in self._script.cues(booking):
                self._diary.note(cue.at, partial(self._act, cue.number, cue.act))
        now = self._script.scenario.opens
        while (moment := self._diary.next) is not None:
            now = self._script.scenario.tick(moment)
            for at, what in self._diary.until(now):
                what(at)
        return sorted(self._sent)

    def _of(self, number: int) -> dict[int, VisitFacts]:
        booking = self._bookings[number]
        return self._family[booking.practice, booking.calendar, booking.patient].visits

    def _act(self, number: int, act: Act, now: datetime) -> None:
        visits = self._of(number)
        if act is Act.BOOK:
            visits[number] = self._booked(self._bookings[number], now)
        elif act is Act.BEGINS:
            self._begins(number, now)
            return
        elif visits[number].status not in LIVE:
            return
        else:
            visits[number] = self._changed(visits[number], act, now)
        self._replan(number, now)

    def _booked(self, booking: Booking, now: datetime) -> VisitFacts:
        party = Party.PATIENT if booking.online else Party.PRACTICE
        return VisitFacts(
            visit_id=booking.number,
            revision=1,
            status=VisitStatus.BOOKED,
            start=booking.start,
            end=booking.start + LASTS,
            calendar_id=booking.calendar,
            zone=ZONE,
            booked_at=now,
            booked_by=party,
            event=VisitEvent.BOOKED,
            event_at=now,
            event_by=party,
            event_via=Via.PORTAL if booking.online else Via.DESK,
            first=Appointment(start=booking.start, calendar_id=booking.calendar),
            card=self._card(booking),
            calendar_switches=self._script.scenario.switches,
        )

    def _card(self, booking: Booking) -> Card:
        someone = person(self._script, booking.practice, booking.patient)
        contact = Contact(email=someone.email, phone=someone.phone, phone_is_mobile=someone.mobile)
        return Card(patient_id=booking.patient, contact=contact, subscriptions=int(someone.app))

    def _changed(self, visit: VisitFacts, act: Act, now: datetime) -> VisitFacts:
        by_patient = act in (Act.PATIENT_MOVES, Act.PATIENT_CANCELS)
        visit = replace(
            visit,
            revision=visit.revision + 1,
            event_at=now,
            event_by=Party.PATIENT if by_patient else Party.PRACTICE,
            event_via=Via.PORTAL if by_patient else Via.DESK,
        )
        if act in (Act.PATIENT_CANCELS, Act.PRACTICE_CANCELS):
            return replace(visit, status=VisitStatus.CANCELLED, event=VisitEvent.CANCELLED)
        start = self._bookings[visit.visit_id].alternate
        return replace(
            visit,
            previous_start=visit.start,
            start=start,
            end=start + LASTS,
            booked_at=now,
            status=VisitStatus.CONFIRMED if by_patient else VisitStatus.BOOKED,
            event=VisitEvent.MOVED,
        )

    def _begins(self, number: int, now: datetime) -> None:
        visit = self._of(number)[number]
        if visit.start != now or visit.status not in LIVE:
            return
        read = any(message.read_at is not None for message in visit.messages)
        if self._script.stays_away(number, informed=read):
            self._diary.note(now + LASTS, partial(self._no_show, number))

    def _no_show(self, number: int, now: datetime) -> None:
        visits = self._of(number)
        visits[number] = replace(visits[number], status=VisitStatus.NO_SHOW)
        self._replan(number, now)

    def _replan(self, number: int, now: datetime) -> None:
        """This visit, and the others of this patient with this doctor that are not over."""
        visits = self._of(number)
        for other, visit in visits.items():
            if other == number or visit.messages:
                visits[other] = self._planned(_among(visit, visits.values()), now)

    def _planned(self, visit: VisitFacts, now: datetime) -> VisitFacts:
        difference = planning.replan(visit, now)
        changed = dict(difference.change)
        reasons = dict(difference.cancel)
        rows = [self._written(message, changed, reasons) for message in visit.messages]
        rows += [self._added(row) for row in difference.add]
        for row in rows:
            self._look_at(visit.visit_id, row, now)
        return replace(visit, messages=tuple(rows))

    def _written(
        self, message: ExistingMessage, changed: dict[int, PlannedMessage], reasons: dict[int, Reason]
    ) -> ExistingMessage:
        if message.id in reasons:
            return replace(message, status=MessageStatus.CANCELLED, reason=reasons[message.id])
        row = changed.get(message.id)
        return message if row is None else self._row(row, message.id)

    def _added(self, row: PlannedMessage) -> ExistingMessage:
        self._next_id += 1
        return self._row(row, self._next_id)

    @staticmethod
    def _row(row: PlannedMessage, key: int) -> ExistingMessage:
        return ExistingMessage(
            id=key, key=row.key, patient_id=row.patient_id, status=row.status, due_at=row.due_at,
            expires_at=row.expires_at, reason=row.reason, fallback=row.fallback,
        )  # fmt: skip

    def _look_at(self, number: int, row: ExistingMessage, now: datetime) -> None:
        """The dispatcher looks at it when it is due; what is due no more then is left alone."""
        if row.status is MessageStatus.PLANNED and row.due_at is not None:
            at = self._script.scenario.tick(max(row.due_at, now))
            self._diary.note(at, partial(self._dispatch, number, row.id, row.due_at))

    def _dispatch(self, number: int, key: int, due_at: datetime, now: datetime) -> None:
        visits = self._of(number)
        visit = visits[number]
        row = next(message for message in visit.messages if message.id == key)
        if row.status is not MessageStatus.PLANNED or row.due_at != due_at:
            return
        match recheck(visit, row, now):
            case Send():
                self._send(number, row, now)
            case Stop(status=status, reason=reason):
                self._put(number, replace(row, status=status, reason=reason), now)
            case Hold(due_at=later):
                held = replace(row, due_at=later)
                self._put(number, held, now)
                self._look_at(number, held, now)
            case never:
                assert_never(never)

    def _send(self, number: int, row: ExistingMessage, now: datetime) -> None:
        visit, key = self._of(number)[number], row.key
        told = visit.appointment if key.kind in (Kind.DETAILS, Kind.MOVED, Kind.REMINDER) else None
        left = replace(row, status=MessageStatus.SENT, sent_at=now, attempts=1, told=told)
        assert row.due_at is not None  # noqa: S101 - what is planned is due
        self._sent.append(
            Sent(
                number=number, revision=key.revision, kind=key.kind, channel=key.channel, wave=key.wave.value,
                due_at=row.due_at, at=now,
            )
        )  # fmt: skip
        self._put(number, left, now)
        for reaction in self._script.reactions(number, key.kind, key.channel, key.revision, now):
            what = (number, key.kind, key.revision)
            if reaction.deed is Deed.READ:
                self._diary.note(reaction.at, partial(self._reads, number, what))

    def _reads(self, number: int, what: tuple[int, Kind, int], now: datetime) -> None:
        if what in self._read:
            return
        self._read.add(what)
        visits = self._of(number)
        visit = visits[number]
        read = {message.id for message in reading.messages_read(visit, what[2], now)}
        rows = tuple(replace(m, read_at=now) if m.id in read else m for m in visit.messages)
        visits[number] = replace(visit, messages=rows)
        self._settle(number, now)

    def _put(self, number: int, row: ExistingMessage, now: datetime) -> None:
        """Write a row, and ask what becomes of the fallbacks behind it."""
        visits = self._of(number)
        rows = tuple(row if message.id == row.id else message for message in visits[number].messages)
        visits[number] = replace(visits[number], messages=rows)
        self._settle(number, now)

    def _settle(self, number: int, now: datetime) -> None:
        visits = self._of(number)
        rows = tuple(self._decided(visits[number], message, now) for message in visits[number].messages)
        visits[number] = replace(visits[number], messages=rows)

    def _decided(self, visit: VisitFacts, row: ExistingMessage, now: datetime) -> ExistingMessage:
        if row.status not in PENDING or row.fallback is None:
            return row
        match fallback.decide(visit, row, now):
            case fallback.Keep():
                return row
            case fallback.Release(due_at=due_at, reason=reason):
                released = replace(row, status=MessageStatus.PLANNED, due_at=due_at, reason=reason)
                self._look_at(visit.visit_id, released, now)
                return released
            case fallback.Drop(status=status, reason=reason):
                return replace(row, status=status, reason=reason)
            case never:
                assert_never(never)


def _among(visit: VisitFacts, others: Iterable[VisitFacts]) -> VisitFacts:
    """The visit with what there is to know of later ones of its patient with its doctor."""
    day = visit.local_day(visit.start)
    live = [other for other in others if other.status in LIVE and other.visit_id != visit.visit_id]
    later = [other for other in live if other.start > visit.start]
    same_day = [other for other in live if other.local_day(other.start) == day]
    return replace(
        visit,
        later_visit=bool(later),
        later_visit_same_day=any(other in same_day for other in later),
        sent_same_day=frozenset(row.key.kind for other in same_day for row in other.messages if row.sent_at is not None)
        & {Kind.REVIEW, Kind.REBOOK},
    )


def planned(sent: Iterable[Sent]) -> Iterator[tuple[int, int, str, str, str, datetime]]:
    """What both ways must agree on, message by message."""
    for one in sent:
        yield (one.number, one.revision, one.kind.value, one.channel.value, one.wave, one.due_at)
