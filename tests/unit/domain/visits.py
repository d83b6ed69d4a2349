"""Visits, cards and a small store in memory for the tests of the rules."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from myosotis.domain.difference import withdrawn
from myosotis.domain.planning import plan, replan
from myosotis.domain.values import (
    Appointment,
    Card,
    Contact,
    ExistingMessage,
    PlanDifference,
    PlannedMessage,
    VisitFacts,
    utc,
)
from myosotis.domain.words import (
    Channel,
    Kind,
    MessageStatus,
    Party,
    Reason,
    Via,
    VisitEvent,
    VisitStatus,
    Wave,
)

WARSAW = ZoneInfo("Europe/Warsaw")
H = timedelta(hours=1)
MIN = timedelta(minutes=1)
SEC = timedelta(seconds=1)
CALENDAR = 7
OTHER_CALENDAR = 8
PATIENT = 5
NEXT_PATIENT = 6

START = utc(2027, 6, 16, 8)
"""A Wednesday, 10:00 in Warsaw."""
BOOKED = utc(2027, 6, 1, 9)
"""A fortnight before, 11:00 in Warsaw."""


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """The instant (UTC) of a wall time in Warsaw that exists once."""
    return datetime(year, month, day, hour, minute, second, tzinfo=WARSAW).astimezone(utc(2000, 1, 1).tzinfo)


def contact(**changed: Any) -> Contact:
    return replace(Contact(email="jan@example.org", phone="+48600100200"), **changed)


def card(**changed: Any) -> Card:
    return replace(Card(patient_id=PATIENT, contact=contact()), **changed)


APP_USER = card(subscriptions=1)
ONLY_SMS = card(contact=contact(email=""))
ONLY_EMAIL = card(contact=contact(phone=""))
NOBODY = card(contact=contact(email="", phone=""))


def visit(start: datetime = START, booked_at: datetime = BOOKED, **changed: Any) -> VisitFacts:
    """A visit of 30 minutes, booked by staff at the desk unless told otherwise."""
    facts = VisitFacts(
        visit_id=1,
        revision=1,
        status=VisitStatus.BOOKED,
        start=start,
        end=start + timedelta(minutes=30),
        calendar_id=CALENDAR,
        zone=WARSAW,
        booked_at=booked_at,
        booked_by=Party.PRACTICE,
        event=VisitEvent.BOOKED,
        event_at=booked_at,
        event_by=Party.PRACTICE,
        event_via=Via.DESK,
        first=Appointment(start=start, calendar_id=CALENDAR),
        card=card(),
    )
    return replace(facts, **changed)


def portal(start: datetime = START, booked_at: datetime = BOOKED, **changed: Any) -> VisitFacts:
    """A visit that the patient booked through the portal."""
    by_patient = {"booked_by": Party.PATIENT, "event_by": Party.PATIENT, "event_via": Via.PORTAL}
    return visit(start, booked_at, **{**by_patient, **changed})


def moved(
    facts: VisitFacts,
    at: datetime,
    start: datetime,
    *,
    by: Party = Party.PRACTICE,
    via: Via = Via.DESK,
    calendar_id: int = CALENDAR,
) -> VisitFacts:
    return replace(
        facts,
        revision=facts.revision + 1,
        status=VisitStatus.BOOKED if by is Party.PRACTICE else VisitStatus.CONFIRMED,
        start=start,
        end=start + (facts.end - facts.start),
        calendar_id=calendar_id,
        booked_at=at,
        previous_start=facts.start,
        event=VisitEvent.MOVED,
        event_at=at,
        event_by=by,
        event_via=via,
    )


def cancelled(facts: VisitFacts, at: datetime, *, by: Party = Party.PRACTICE, via: Via = Via.DESK) -> VisitFacts:
    return replace(
        facts,
        revision=facts.revision + 1,
        status=VisitStatus.CANCELLED,
        event=VisitEvent.CANCELLED,
        event_at=at,
        event_by=by,
        event_via=via,
    )


def restored(facts: VisitFacts, before: VisitFacts) -> VisitFacts:
    """A cancellation taken back: the visit is what it was before, under a new revision."""
    return replace(before, revision=facts.revision + 1, messages=facts.messages)


def given_to(facts: VisitFacts, at: datetime, new: Card, event: VisitEvent = VisitEvent.BOOKED) -> VisitFacts:
    return replace(
        facts,
        revision=facts.revision + 1,
        booked_by=Party.PRACTICE,
        booked_at=at,
        event=event,
        event_at=at,
        event_by=Party.PRACTICE,
        event_via=Via.DESK,
        previous_start=None,
        first=facts.appointment,
        card=new,
        former_card=facts.card,
    )


def stored(row: PlannedMessage, identity: int, **changed: Any) -> ExistingMessage:
    message = ExistingMessage(
        id=identity,
        key=row.key,
        patient_id=row.patient_id,
        status=row.status,
        due_at=row.due_at,
        expires_at=row.expires_at,
        reason=row.reason,
        fallback=row.fallback,
    )
    return replace(message, **changed)


def apply(facts: VisitFacts, changes: PlanDifference) -> VisitFacts:
    """The visit with a difference written to its rows; a key is never used twice."""
    rows = {message.id: message for message in facts.messages}
    for identity, row in changes.change:
        assert rows[identity].attempts == 0 or rows[identity].status is MessageStatus.PLANNED
        rows[identity] = stored(row, identity)
    for identity, reason in changes.cancel:
        rows[identity] = replace(rows[identity], status=withdrawn(rows[identity]), reason=reason)
    for row in changes.add:
        identity = len(rows) + 1
        rows[identity] = stored(row, identity)
    keys = [message.key for message in rows.values()]
    assert len(keys) == len(set(keys)), "a message twice"
    return replace(facts, messages=tuple(rows.values()))


def planned(facts: VisitFacts, now: datetime | None = None) -> VisitFacts:
    """The visit with its plan written; planned at the moment of what happened last, unless told otherwise."""
    return apply(facts, replan(facts, facts.event_at if now is None else now))


def sent(
    facts: VisitFacts,
    kind: Kind | None = None,
    channel: Channel | None = None,
    *,
    at: datetime | None = None,
    status: MessageStatus = MessageStatus.SENT,
    **changed: Any,
) -> VisitFacts:
    """The visit with the planned rows of a kind and channel handed over, at their due time unless told otherwise."""

    def after(message: ExistingMessage) -> ExistingMessage:
        fits = (kind in (None, message.key.kind)) and (channel in (None, message.key.channel))
        if not fits or message.status is not MessageStatus.PLANNED:
            return message
        left = {"status": status, "attempts": 1, "sent_at": at or message.due_at, "told": facts.appointment}
        return replace(message, **{**left, **changed})

    return replace(facts, messages=tuple(after(message) for message in facts.messages))


def row(
    facts: VisitFacts, kind: Kind, channel: Channel, wave: Wave | None = None, revision: int | None = None
) -> ExistingMessage:
    """The stored row of a kind and channel, of the present revision unless told otherwise."""
    found = [
        message
        for message in facts.messages
        if message.key.kind is kind
        and message.key.channel is channel
        and wave in (None, message.key.wave)
        and message.key.revision == (revision or facts.revision)
    ]
    assert len(found) == 1, f"{len(found)} rows of {kind} by {channel}"
    return found[0]


def outline(rows: Iterable[PlannedMessage | ExistingMessage], kind: Kind) -> dict[str, str]:
    """A kind's rows as `{"email": "planned", "sms fallback": "waiting", "none": "skipped switch_off"}`."""
    return {
        _place(message): " ".join(filter(None, (message.status.value, message.reason)))
        for message in rows
        if message.key.kind is kind
    }


def due(facts: VisitFacts, kind: Kind, now: datetime | None = None) -> dict[str, datetime | None]:
    """When the rows of a kind are due, by channel, without what is skipped."""
    rows = plan(facts, facts.event_at if now is None else now)
    return {
        _place(message): message.due_at
        for message in rows
        if message.key.kind is kind and message.status is not MessageStatus.SKIPPED
    }


def skip(facts: VisitFacts, kind: Kind, now: datetime | None = None) -> Reason | None:
    """Why a kind is skipped as a whole, or None if it is not."""
    rows = plan(facts, facts.event_at if now is None else now)
    reasons = [message.reason for message in rows if message.key.kind is kind and message.key.channel is Channel.NONE]
    assert len(reasons) <= 1
    return reasons[0] if reasons else None


def _place(message: PlannedMessage | ExistingMessage) -> str:
    wave = " fallback" if message.key.wave is Wave.FALLBACK else ""
    return message.key.channel.value + wave
