"""What the rules need to know of visits, loaded set-wise: a bounded number of queries for any number of visits."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from itertools import chain
from types import MappingProxyType
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from myosotis.domain.values import (
    Appointment,
    ExistingMessage,
    MessageKey,
    SendWindow,
    Switches,
    VisitFacts,
    VisitSwitches,
    local_day,
)
from myosotis.domain.words import (
    Channel,
    ConsentBasis,
    FallbackRule,
    Kind,
    MessageStatus,
    Party,
    Reason,
    SubjectType,
    Via,
    VisitEvent,
    VisitStatus,
    Wave,
)
from myosotis.store import siblings
from myosotis.store.bulk import chunks
from myosotis.store.cards import CardRow, asking_cards
from myosotis.store.inquiry import Inquiry, at_once, learn
from myosotis.store.models import Calendar, Message, Practice, Visit
from myosotis.store.providers import asking_channels
from myosotis.store.question import Asked, Question, Row
from myosotis.store.queue import claims
from myosotis.store.siblings import Siblings
from myosotis.value_class import value_class

_KIND: Final = {word.value: word for word in Kind}
_CHANNEL: Final = {word.value: word for word in Channel}
_WAVE: Final = {word.value: word for word in Wave}
_STATUS: Final = {word.value: word for word in MessageStatus}
_VISIT_STATUS: Final = {word.value: word for word in VisitStatus}
_PARTY: Final = {word.value: word for word in Party}
_VISIT_EVENT: Final = {word.value: word for word in VisitEvent}
_VIA: Final = {word.value: word for word in Via}
_REASON: Final[dict[str, Reason | None]] = {"": None, **{word.value: word for word in Reason}}
_FALLBACK: Final[dict[str, FallbackRule | None]] = {"": None, **{word.value: word for word in FallbackRule}}

_VISIT_COLUMNS: Final = (
    "id", "practice_id", "calendar_id", "patient_id", "former_patient_id", "start", "end", "booked_at", "booked_by",
    "status", "revision", "event", "event_at", "event_by", "event_via", "previous_start", "first_start",
    "first_calendar_id", "details", "reminder", "actions", "review", "offer", "rebook", "silent",
    "uuid", "cancel_reason", "service_id",
)  # fmt: skip
_CALENDAR_COLUMNS: Final = (
    "id", "doctor_id", "address__time_zone", "online_booking",
    "details", "reminder", "actions", "review", "offer", "rebook",
)  # fmt: skip
_MESSAGE_COLUMNS: Final = (
    "id", "visit_id", "revision", "kind", "channel", "wave", "copy", "patient_id", "status", "due_at", "expires_at",
    "reason", "fallback", "sent_at", "read_at", "told_start", "told_calendar_id", "attempts", "subject_type",
)  # fmt: skip

_VISITS: Final = Question(lambda ids: Visit.objects.filter(id__in=[ids]).order_by("id").values_list(*_VISIT_COLUMNS))
_PRACTICES: Final = Question(
    lambda ids: Practice.objects.filter(id__in=[ids]).values_list(
        "id", "language", "window_opens", "window_closes", "consent_basis"
    )
)
_CALENDARS: Final = Question(lambda ids: Calendar.objects.filter(id__in=[ids]).values_list(*_CALENDAR_COLUMNS))


def _messages_of(ids: int) -> "QuerySet[Message, Row]":
    return Message.objects.filter(visit_id__in=[ids]).order_by("id").values_list(*_MESSAGE_COLUMNS)


_MESSAGES: Final = Question(_messages_of)
_MESSAGES_OF_KINDS: Final = Question(lambda ids, kinds: _messages_of(ids).filter(kind__in=[kinds]), lists=2)
_MESSAGES_LOCKED: Final = Question(lambda ids: _messages_of(ids).select_for_update(no_key=True))

NOTHING: Final[Mapping[int, int]] = MappingProxyType({})
ALL_KINDS: Final[Mapping[int, Collection[Kind]]] = MappingProxyType({})


@value_class
class _CalendarFacts:
    doctor_id: int
    zone: ZoneInfo
    switches: Switches
    online_booking: bool


@value_class
class _PracticeFacts:
    language: str
    window: SendWindow
    consent_basis: ConsentBasis
    providers: frozenset[Channel]


@value_class
class Around:
    """Everything that visits share, by id."""

    practices: Mapping[int, _PracticeFacts]
    calendars: Mapping[int, _CalendarFacts]
    cards: Mapping[int, CardRow]
    siblings: Siblings
    after: Mapping[int, frozenset[Kind]]
    """Of siblings that are on a day with others: which of `review` and `rebook` have left."""
    messages: Mapping[int, list[ExistingMessage]]


@value_class
class VisitWords:
    """What texts say of a visit, and no rule asks for."""

    practice_id: int
    uuid: UUID
    cancel_reason: str
    service_id: int | None


@value_class
class Seen:
    """What one look brought, by id; `words` as `visits`, `cards` by patient."""

    visits: Mapping[int, VisitFacts]
    words: Mapping[int, VisitWords]
    cards: Mapping[int, CardRow]


YOUNGEST: Final = 2**62
"""Stands for the id of a visit that has none yet: of two at the same moment it is the later one."""


def load(visit_ids: Iterable[int], now: datetime, *, lock: bool = False) -> list[VisitFacts]:
    """The facts of visits at `now` (UTC), in the order of their ids; ids that are not there are left out.

    With `lock` (inside a transaction) the messages are locked in the order of their ids, so that no dispatcher claims
    one between our reading and our writing. `now` says whose address is in force, a guardian's or the patient's own.
    """
    return learn(asking(visit_ids, now, lock=lock))


def asking(visit_ids: Iterable[int], now: datetime, *, lock: bool) -> Inquiry[list[VisitFacts]]:
    """As `load`."""
    found: list[VisitFacts] = []
    for ids in chunks(sorted(set(visit_ids))):
        rows, around = yield from _chunk(ids, lock=lock)
        found += [_facts(row, around, now) for row in rows]
    return found


def look(
    visit_ids: Collection[int],
    now: datetime,
    *,
    mine: Mapping[int, int],
    later_for: Collection[int],
    kinds_of: Mapping[int, Collection[Kind]] = ALL_KINDS,
) -> Seen:
    """The facts at `now` (UTC) on which messages go or stay, and what their texts say beside.

    `mine`: ids of messages that the caller has claimed, with the number of the try; whose they are is not asked here.
    `later_for`: the visits of which it matters whether a later one is booked; of the others it is not said.
    `kinds_of`: visits of which messages of these kinds alone matter; of these others may be left out, and mostly are.
    """
    rows, around = learn(_chunk(visit_ids, mine=mine, later_for=later_for, kinds_of=kinds_of))
    return Seen(
        visits={row[0]: _facts(row, around, now) for row in rows},
        words={
            row[0]: VisitWords(practice_id=row[1], uuid=row[-3], cancel_reason=row[-2], service_id=row[-1])
            for row in rows
        },
        cards=around.cards,
    )


def asking_around(practice_id: int, calendar_id: int, patients: Collection[int], start: datetime) -> Inquiry[Around]:
    """What the rules need to know of a visit at `start` (UTC) that is written nowhere yet; `patients`: whose it may be."""
    practices, calendars, cards, others = yield from at_once(
        _practices({practice_id}), _calendars({calendar_id}), asking_cards(patients), siblings.asking(patients)
    )
    after = yield from siblings.asking_after(siblings.near(others, start))
    return Around(practices=practices, calendars=calendars, cards=cards, siblings=others, after=after, messages={})


def imagined(visit: Visit, around: Around, now: datetime, card: CardRow | None = None) -> VisitFacts:
    """The facts of a visit that is written nowhere yet; `card` is the patient's, where there is none in the database."""
    patient_id = visit.patient_id
    if card is not None:
        patient_id, around = card.patient_id, replace(around, cards={card.patient_id: card})
    row = {name: getattr(visit, name) for name in _VISIT_COLUMNS}
    row |= {"id": visit.pk or YOUNGEST, "patient_id": patient_id}
    return _facts(tuple(row.values()), around, now)


def _chunk(
    ids: Collection[int],
    *,
    lock: bool = False,
    mine: Mapping[int, int] = NOTHING,
    later_for: Collection[int] | None = None,
    kinds_of: Mapping[int, Collection[Kind]] = ALL_KINDS,
) -> Inquiry[tuple[Sequence[Row], Around]]:
    """Visits, and what they share; whether a later one is booked for all of them, or for those named."""
    rows, *answers = yield [_VISITS.of(ids), *_asked_messages(ids, lock=lock, kinds_of=kinds_of)]
    written = list(chain.from_iterable(answers))
    patients = {row[3] for row in rows} | {row[4] for row in rows if row[4] is not None}
    practices, calendars, cards, (others, messages) = yield from at_once(
        _practices({row[1] for row in rows}),
        _calendars({row[2] for row in rows}),
        asking_cards(patients),
        at_once(
            siblings.asking({row[3] for row in rows if later_for is None or row[0] in later_for}),
            _messages(written, lock=lock, mine=mine),
        ),
    )
    after = yield from siblings.asking_after(siblings.near_others(others))
    around = Around(
        practices=practices, calendars=calendars, cards=cards, siblings=others, after=after, messages=messages
    )
    return rows, around


def _asked_messages(ids: Collection[int], *, lock: bool, kinds_of: Mapping[int, Collection[Kind]]) -> Iterator[Asked]:
    whole = [key for key in ids if key not in kinds_of]
    if whole:
        yield (_MESSAGES_LOCKED if lock else _MESSAGES).of(whole)
    if kinds_of:
        kinds = {kind.value for some in kinds_of.values() for kind in some}
        yield _MESSAGES_OF_KINDS.of([key for key in ids if key in kinds_of], sorted(kinds))


def _practices(ids: Collection[int]) -> Inquiry[dict[int, _PracticeFacts]]:
    providers, rows = yield from at_once(asking_channels(ids), _only(_PRACTICES.of(ids)))
    return {
        practice_id: _PracticeFacts(
            language=language,
            window=SendWindow(opens=opens, closes=closes),
            consent_basis=ConsentBasis(basis),
            providers=providers[practice_id],
        )
        for practice_id, language, opens, closes, basis in rows
    }


def _only(asked: Asked) -> Inquiry[Sequence[Row]]:
    [rows] = yield [asked]
    return rows


def _calendars(ids: Collection[int]) -> Inquiry[dict[int, _CalendarFacts]]:
    [found] = yield [_CALENDARS.of(ids)]
    return {
        calendar_id: _CalendarFacts(
            doctor_id=doctor_id,
            zone=_zone(zone),
            online_booking=online_booking,
            switches=_switches(*switches),
        )
        for calendar_id, doctor_id, zone, online_booking, *switches in found
    }


def _switches(details: bool, reminder: bool, actions: bool, review: bool, offer: bool, rebook: bool) -> Switches:
    return Switches(details=details, reminder=reminder, actions=actions, review=review, offer=offer, rebook=rebook)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _messages(rows: Sequence[Row], *, lock: bool, mine: Mapping[int, int]) -> Inquiry[dict[int, list[ExistingMessage]]]:
    """The messages of visits; of those that are planned, which are in somebody's hands."""
    found: dict[int, list[ExistingMessage]] = {}
    planned = [row[0] for row in rows if row[8] == MessageStatus.PLANNED]
    others = yield from claims.asking([key for key in planned if key not in mine], lock=lock)
    tries = {key: mine[key] for key in planned if key in mine} | {key: claim.attempts for key, claim in others.items()}
    for row in rows:
        if row[-1] != SubjectType.VISIT:
            continue  # an offer to its patient: locked with the rest, but no part of the visit's plan
        found.setdefault(row[1], []).append(_message(row, tries.get(row[0])))
    return found


def _message(row: Row, claimed: int | None) -> ExistingMessage:
    """`claimed`: which try of it is under way."""
    (
        message_id, _, revision, kind, channel, wave, copy, patient_id, status, due_at, expires_at,
        reason, fallback, sent_at, read_at, told_start, told_calendar_id, attempts, _,
    ) = row  # fmt: skip
    return ExistingMessage(
        id=message_id,
        key=MessageKey(revision=revision, kind=_KIND[kind], channel=_CHANNEL[channel], wave=_WAVE[wave], copy=copy),
        patient_id=patient_id,
        status=_STATUS[status] if claimed is None else MessageStatus.CLAIMED,
        due_at=due_at,
        expires_at=expires_at,
        reason=_REASON[reason],
        fallback=_FALLBACK[fallback],
        sent_at=sent_at,
        read_at=read_at,
        told=None if told_start is None else Appointment(start=told_start, calendar_id=told_calendar_id),
        attempts=attempts if claimed is None else claimed,
    )


def _facts(row: Row, around: Around, now: datetime) -> VisitFacts:
    (
        visit_id, practice_id, calendar_id, patient_id, former_id, start, end, booked_at, booked_by,
        status, revision, event, event_at, event_by, event_via, previous_start, first_start, first_calendar_id, *own, _, _, _,
    ) = row  # fmt: skip
    calendar, practice = around.calendars[calendar_id], around.practices[practice_id]
    others = around.siblings.get((patient_id, calendar.doctor_id), ())
    later = [other for other, other_id in others if (other, other_id) > (start, visit_id)]
    today = local_day(now, calendar.zone)
    return VisitFacts(
        visit_id=visit_id,
        revision=revision,
        status=_VISIT_STATUS[status],
        start=start,
        end=end,
        calendar_id=calendar_id,
        zone=calendar.zone,
        booked_at=booked_at,
        booked_by=_PARTY[booked_by],
        event=_VISIT_EVENT[event],
        event_at=event_at,
        event_by=_PARTY[event_by],
        event_via=_VIA[event_via],
        previous_start=previous_start,
        first=Appointment(start=first_start, calendar_id=first_calendar_id),
        card=around.cards[patient_id].on(today, practice.language),
        former_card=None if former_id is None else around.cards[former_id].on(today, practice.language),
        calendar_switches=calendar.switches,
        visit_switches=_own_switches(*own),
        window=practice.window,
        consent_basis=practice.consent_basis,
        providers=practice.providers,
        online_booking=calendar.online_booking,
        later_visit=bool(later),
        later_visit_same_day=bool(later) and siblings.same_day(later[0], start, calendar.zone),
        sent_same_day=siblings.sent_same_day(visit_id, start, calendar.zone, others, around.after),
        messages=tuple(around.messages.get(visit_id, ())),
    )


@lru_cache(maxsize=1024)
def _own_switches(
    details: bool | None, reminder: bool | None, actions: bool | None, *others: bool | None
) -> VisitSwitches:
    review, offer, rebook, silent = others
    return VisitSwitches(
        details=details,
        reminder=reminder,
        actions=actions,
        review=review,
        offer=offer,
        rebook=rebook,
        silent=bool(silent),
    )
