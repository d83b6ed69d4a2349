"""Writing what became of messages: status, history, what was said and where to, in set-based statements."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction

from myosotis.domain.lifecycle import FINAL, Event, after, reason_kept
from myosotis.domain.values import Appointment
from myosotis.domain.words import Channel, MessageStatus, Reason
from myosotis.store import bulk
from myosotis.store.models import Message, MessageEvent, MessageText, Patient, PushSubscription, StoppedNumber
from myosotis.store.question import Question
from myosotis.store.queue import claims, hand_over, settle
from myosotis.store.queue.hand_over import Note
from myosotis.value_class import value_class

COLUMNS: Final = (
    "status", "reason", "detail", "due_at", "attempts", "first_tried_at", "sent_at", "finished_at",
    "told_start", "told_calendar_id", "provider", "provider_id", "parts", "provider_parts", "price",
)  # fmt: skip
_NOW_ROW: Final = ("id", *COLUMNS)
_EVENT: Final = ("practice_id", "message_id", "at", "status", "reason", "detail")
_TEXT: Final = ("message_id", "practice_id", "address", "subject", "body")
_ROWS: Final = Question(
    lambda ids: (
        Message.objects.filter(id__in=[ids]).order_by("id").select_for_update(no_key=True).values_list(*_NOW_ROW)
    )
)
_ERASED: Final = Question(
    lambda ids: Message.objects.filter(id__in=[ids], patient__erased_at__isnull=False).values_list("id")
)
_STATUS: Final = {word.value: word for word in MessageStatus}
_HANDED_OVER: Final = frozenset({Event.ACCEPTED, Event.UNANSWERED})
DETAIL_LENGTH: Final = 200


@value_class
class SaidText:
    """What was handed over and where to; links stand as placeholders."""

    address: str
    subject: str
    body: str


@value_class
class Result:
    """What became of one claimed message."""

    message_id: int
    claim: int | None
    """By which it was held; None where somebody settles what is nobody's, or whoever's it is."""
    practice_id: int
    visit_id: int | None
    channel: Channel
    event: Event
    at: datetime
    """UTC."""
    reason: Reason | None = None
    detail: str = ""
    """The provider's own word; never an address or text."""
    due_at: datetime | None = None
    """Of a message put back: when to try again."""
    may_have_left: bool = False
    """Of a message put back: the provider may have it and will refuse the repeat."""
    tried: bool = True
    """False if it was not even tried: the claim is not counted."""
    told: Appointment | None = None
    text: SaidText | None = None
    provider: str = ""
    provider_id: str = ""
    parts: int | None = None
    provider_parts: int | None = None
    price: Decimal | None = None
    dead_address: "DeadAddress | None" = None
    dead_subscriptions: tuple[int, ...] = ()


@value_class
class DeadAddress:
    """An address of a card that was refused for good; `stopped` if because its owner opted out at the provider."""

    patient_id: int
    channel: Channel
    address: str
    stopped: bool = False


def record(results: Sequence[Result], *, now: datetime, over: Collection[Note] = ()) -> None:
    """Write results of claimed messages, and ask about the fallbacks that hang on them; one transaction.

    With them the last of what the notes `over` speak of is written.

    A message that something overtook (a delivery report, a rescuer) keeps what the table of transitions says; what an
    earlier claim of it came to matters only if it was handed over. May be repeated after a failure of the database: a result
    already written changes nothing.
    """
    with transaction.atomic():
        asked = write(results, now=now)
        hand_over.forget(over)
        late = _late(settle.with_fallbacks(results).difference(asked))
    if late:
        with transaction.atomic():
            settle.settle(settle.lock(late), now)


def _late(visit_ids: Collection[int]) -> Collection[int]:
    """Visits in which a flow set a fallback to wait while we waited for its locks, having seen none before.

    Which they are is known once we have the locks; they are asked about afterwards, for visits are locked before messages.
    On SQLite no flow comes in between: our transaction was immediate.
    """
    return settle.concerned(visit_ids) if connection.features.has_select_for_update else ()


def write(results: Sequence[Result], *, now: datetime) -> Sequence[int]:
    """As `record`, within the caller's transaction; the visits whose fallbacks were asked about."""
    visits = settle.lock(settle.with_fallbacks(results))
    for some in _one_of_each(results):
        _write(some, now)
    settle.settle(visits, now)
    return visits


def _one_of_each(results: Sequence[Result]) -> Iterator[Sequence[Result]]:
    """In their order, and two of one message one after the other: both of its claims may have handed it over."""
    while results:
        first = {result.message_id: result for result in reversed(results)}
        yield [result for result in results if first[result.message_id] is result]
        results = [result for result in results if first[result.message_id] is not result]


def _write(results: Sequence[Result], now: datetime) -> None:
    present = _present(results)
    written = [result for result in results if result.message_id in present]
    rows = [_row(result, present[result.message_id]) for result in written]
    changed = [(result, row) for result, row in zip(written, rows, strict=True) if row is not None]
    claims.drop([result.message_id for result, _ in changed if not present[result.message_id]["mine"]])
    bulk.update(Message, COLUMNS, [row for _, row in changed])
    bulk.insert(MessageEvent, _EVENT, [_event(result, row) for result, row in changed if result.tried or result.reason])
    _keep_texts([result for result, _ in changed])
    _mark_dead([result for result, _ in changed], now)


def _present(results: Sequence[Result]) -> dict[int, dict[str, Any]]:
    """The rows as they stand, with the claims on them, locked in the order of their ids.

    `mine`: the very claim of the result stood until now; its entry is gone.
    """
    found = _ROWS.ask(sorted(result.message_id for result in results))
    rows = {row[0]: dict(zip(_NOW_ROW, row, strict=True)) for row in found}
    held = [
        (key, result.claim) for result in results if result.claim is not None and (key := result.message_id) in rows
    ]
    mine = claims.take(held)
    claimed = {**mine, **claims.of(rows.keys() - mine.keys(), lock=True)}
    for key, row in rows.items():
        claim = claimed.get(key)
        row["mine"] = key in mine
        if claim is not None and row["status"] == MessageStatus.PLANNED:
            row |= {
                "status": MessageStatus.CLAIMED,
                "attempts": claim.attempts,
                "first_tried_at": claim.first_tried_at,
            }
    return rows


def _row(result: Result, present: Mapping[str, Any]) -> bulk.Row | None:
    """The message's new row, or None if the result changes nothing."""
    before = _STATUS[present["status"]]
    mine = before is MessageStatus.CLAIMED and present["mine"]
    if not mine and result.event not in _HANDED_OVER:
        return None  # somebody else's by now, or ended: only that it was handed over still matters
    status = after(before, result.event)
    if not mine and status is before and (before is MessageStatus.CLAIMED or present["sent_at"] is not None):
        return None
    moved = status is not before
    left = result.event in _HANDED_OVER or result.may_have_left
    return (
        status.value,
        (result.reason or reason_kept(present["reason"], status)) if moved or mine else present["reason"],
        result.detail[:DETAIL_LENGTH] if moved or mine else present["detail"],
        result.due_at or present["due_at"],
        present["attempts"] - (0 if result.tried else 1),
        present["first_tried_at"] if result.tried or present["attempts"] > 1 else None,
        result.at if left else present["sent_at"],
        result.at if status in FINAL else None,
        *_told(result, present),
        result.provider or present["provider"],
        result.provider_id or present["provider_id"],
        result.parts or present["parts"],
        result.provider_parts or present["provider_parts"],
        present["price"] if result.price is None else result.price,
        result.message_id,
    )


def _told(result: Result, present: Mapping[str, Any]) -> tuple[datetime | None, int | None]:
    if result.told is None:
        return present["told_start"], present["told_calendar_id"]
    return result.told.start, result.told.calendar_id


def _event(result: Result, row: bulk.Row) -> bulk.Row:
    return (result.practice_id, result.message_id, result.at, row[0], row[1], row[2])


def _keep_texts(results: Sequence[Result]) -> None:
    """But nothing of whom was erased while the message was on its way (docs/rules.md 6)."""
    said = [result for result in results if result.text is not None]
    erased = {key for (key,) in _ERASED.ask([result.message_id for result in said])} if said else set()
    rows = [
        (result.message_id, result.practice_id, result.text.address, result.text.subject, result.text.body)
        for result in said
        if result.text is not None and result.message_id not in erased
    ]
    bulk.insert(MessageText, _TEXT, rows, instead=True)  # there may be one of an earlier try, or of a trial's order


def _mark_dead(results: Sequence[Result], now: datetime) -> None:
    """Addresses refused for good are marked on the card, dead subscriptions go."""
    subscriptions = [key for result in results for key in result.dead_subscriptions]
    if subscriptions:
        PushSubscription.objects.filter(id__in=subscriptions).delete()
    for result in results:
        if result.dead_address is not None:
            _mark_address(result.practice_id, result.dead_address, now)


_BAD: Final[Mapping[Channel, tuple[tuple[str, str], ...]]] = {
    Channel.EMAIL: (("email", "email_bad_at"), ("guardian_email", "guardian_email_bad_at")),
    Channel.SMS: (("phone", "phone_bad_at"), ("guardian_phone", "guardian_phone_bad_at")),
}


def _mark_address(practice_id: int, dead: DeadAddress, now: datetime) -> None:
    if dead.stopped:
        StoppedNumber.objects.get_or_create(
            practice_id=practice_id, phone=dead.address, defaults={"stopped_at": now, "at_provider": True}
        )
        return
    for address, since in _BAD.get(dead.channel, ()):
        Patient.objects.filter(id=dead.patient_id, **{address: dead.address, f"{since}__isnull": True}).update(
            **{since: now}
        )
