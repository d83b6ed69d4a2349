"""What must never happen, each as a question of its own about a practice's record.

A rule tells of everything that it looks at, with words where something is wrong: a rule that was never tried is seen.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from myosotis.sandbox.simulator.checker.record import Life, Record, Row
from myosotis.sandbox.simulator.evidence import Received
from myosotis.value_class import value_class

HOUR: Final = timedelta(hours=1)
UNDO: Final = timedelta(seconds=60)
UNREAD_AFTER: Final = 4 * HOUR
SCARCE: Final = HOUR / 2
COMFORTABLE: Final = 2 * HOUR
GRACE: Final = timedelta(minutes=10)
WINDOW: Final = (time(7), time(22))
MOST_ASKED: Final = 10
EARLIER_BY: Final = timedelta(hours=48)
OF_VISIT: Final = frozenset({"details", "moved", "reminder", "review", "rebook"})
"""What goes only for a visit that takes place."""
TELLS_TIME: Final = frozenset({"details", "moved", "reminder"})
UNDER_WAY: Final = frozenset({"waiting", "planned", "claimed"})
NEVER_LEFT: Final = frozenset({"cancelled", "skipped", "expired"})
GOT_THROUGH: Final = frozenset({"sent", "delivered"})
WITH_REASON: Final = frozenset({"cancelled", "skipped", "expired", "failed", "unclear"})
INVITES_AFTER: Final = {"review": 2 * HOUR, "rebook": 0 * HOUR}
"""So long after the end of the visit, or later."""
OPT_OUTS: Final = frozenset({"review", "rebook", "offer"})


@value_class
class Violation:
    """One thing that must not have happened; ids and times only."""

    rule: str
    practice_id: int
    visit_id: int | None
    message_id: int | None
    words: str


Found = Iterator[tuple[Row | None, str]]
"""What was looked at; empty words: nothing is wrong with it."""
Rule = Callable[[Record], Found]


def violations(record: Record, looked: Counter[str] | None = None) -> Iterator[Violation]:
    """Everything wrong with a practice's record; `looked` gets how much each rule looked at."""
    visit_of = {row.id: visit_id for visit_id, rows in record.rows_of.items() for row in rows}
    for name, rule in RULES.items():
        for row, words in rule(record):
            if looked is not None:
                looked[name] += 1
            if words:
                yield Violation(
                    rule=name,
                    practice_id=record.practice_id,
                    visit_id=None if row is None else visit_of.get(row.id),
                    message_id=None if row is None else row.id,
                    words=words,
                )


def _left(record: Record) -> Iterator[tuple[Row, Received]]:
    for one in record.received:
        yield record.rows[one.message_id], one


def _of_visits(record: Record) -> Iterator[tuple[Row, Received, Life]]:
    for row, one in _left(record):
        if row.subject_type == "visit" and row.visit_id is not None:
            yield row, one, record.lives[row.visit_id]


def twice(record: Record) -> Found:
    """A provider that refuses repeats took none; mail goes once more at most, with the same key; no news has two rows."""
    count = Counter((one.message_id, one.address) for one in record.received)
    for (message_id, _), times in count.items():
        row = record.rows[message_id]
        most = 2 if row.channel == "email" else 1
        yield row, f"taken {times} times by the provider" if times > most else ""
    rows = Counter(
        (row.subject_type, row.subject_id, row.revision, row.kind, row.channel, row.copy, row.patient_id)
        for row, _ in {row.id: (row, one) for row, one in _left(record)}.values()
        if row.subject_type in ("visit", "candidate")
    )
    for (subject, subject_id, revision, kind, channel, *_), times in rows.items():
        if times > 1:
            rows_there = (
                row for row in record.rows.values() if (row.subject_type, row.subject_id) == (subject, subject_id)
            )
            row = next(row for row in rows_there if (row.revision, row.kind, row.channel) == (revision, kind, channel))
            yield row, f"{times} messages of the same news on the same channel"


def after_cancellation(record: Record) -> Found:
    """Of visits that were cancelled at some time."""
    for row, one, life in _of_visits(record):
        if row.kind in OF_VISIT and any(entry.what == "cancelled" for entry in life.log):
            yield row, f"left at {one.at:%F %T}, after the visit was cancelled" if life.cancelled(one.at) else ""


def without_cancellation(record: Record) -> Found:
    for row, one, life in _of_visits(record):
        if row.kind == "cancelled":
            told = f"says at {one.at:%F %T} that a visit is cancelled which is not"
            yield row, "" if life.cancelled(one.at) else told


def old_time(record: Record) -> Found:
    """Of the present revision; and where its text says times, the start of then is among them."""
    for row, one, life in _of_visits(record):
        stood = life.at(one.at)
        if stood is None or row.kind not in TELLS_TIME:
            continue
        same = row.revision == stood.revision
        yield row, "" if same else f"of revision {row.revision}, when {stood.revision} was agreed"
        local = stood.start.astimezone(life.zone)
        if one.times and f"{local.hour}:{local.minute:02}" not in one.times:
            yield row, f"says {', '.join(one.times)} of a visit at {local:%H:%M}"


def wrong_person(record: Record) -> Found:
    """To another's address, of another practice, or to who has not that visit."""
    for row, one in _left(record):
        if row.patient_id is not None:
            own = one.address in record.addresses.get(row.patient_id, frozenset())
            yield row, "" if own else "went to an address that is not the patient's"
        if row.practice_id != record.practice_id:
            yield row, f"belongs to practice {row.practice_id}"
    for row, _, life in _of_visits(record):
        if row.patient_id != life.patient_id or life.practice_id != row.practice_id:
            yield row, "went to somebody whose visit it is not"


def after_death(record: Record) -> Found:
    died = {note.patient_id: note.at for note in record.noted if note.what == "dies"}
    for row, one in _left(record):
        if row.patient_id in died:
            yield row, "went to somebody who was noted to have died" if one.at >= died[row.patient_id] else ""


def against_wish(record: Record) -> Found:
    """No SMS after STOP but what confirms it or answers; nothing of a kind after it was unsubscribed."""
    stopped = {note.patient_id: note.at for note in reversed(record.noted) if note.what == "stop"}
    unsubscribed = {(note.patient_id, note.kind): note.at for note in record.noted if note.what == "unsubscribe"}
    for row, one in _left(record):
        stop = stopped.get(row.patient_id)
        if row.channel == "sms" and row.kind != "answer" and stop is not None:
            yield row, "an SMS after STOP" if one.at >= stop else ""
        wish = unsubscribed.get((row.patient_id, row.kind)) if row.kind in OPT_OUTS else None
        if wish is not None:
            yield row, "of a kind that was unsubscribed" if one.at >= wish else ""


def fallback_too_soon(record: Record) -> Found:
    """Four hours after the first wave left, if any of it may have arrived; sooner only where the visit would come first."""
    times = {row.id: one.at for row, one in _left(record)}
    for row, one, life in _of_visits(record):
        if row.wave != "fallback" or row.fallback != "unread":
            continue
        wave = [other for other in _first_wave(record, row) if other.status in GOT_THROUGH | {"unclear"}]
        left = [times[other.id] for other in wave if other.id in times]
        if not left:
            continue
        if one.at >= max(left) + UNREAD_AFTER:
            yield row, ""
            continue
        limit = _limit(row, life)
        pressed = max(left) + UNREAD_AFTER > limit - SCARCE and one.at >= limit - COMFORTABLE
        allowed = pressed or _brought_forward(row, max(left))
        yield row, "" if allowed else f"left at {one.at:%F %T}, the first wave at {max(left):%F %T}"


def _limit(row: Row, life: Life) -> datetime:
    """When its visit comes first; of `moved` also that of the time before, in which the patient still believes."""
    start = life.start_of(row.revision)
    before = life.start_of(row.revision - 1) if row.kind == "moved" else start
    return min(start, before, row.expires_at or start)


def _brought_forward(row: Row, first: datetime) -> bool:
    """To the end of the window before, at least an hour after the first wave."""
    return row.reason == "brought_forward_for_window" and row.sent_at is not None and row.sent_at >= first + HOUR


def _first_wave(record: Record, row: Row) -> list[Row]:
    return [
        other
        for other in record.rows_of.get(row.visit_id or 0, ())
        if (other.kind, other.revision, other.copy, other.wave) == (row.kind, row.revision, row.copy, "first")
        and other.channel in ("email", "push")
    ]


def fallback_needless(record: Record) -> Found:
    """No SMS where it was read before, and none beside a push that was taken."""
    read = {}
    for note in reversed(record.noted):
        of = record.rows.get(note.message_id or 0)
        if note.what == "read" and of is not None:
            read[of.visit_id, of.kind, of.revision] = note.at
    for row, one, _ in _of_visits(record):
        if row.wave != "fallback":
            continue
        at = read.get((row.visit_id, row.kind, row.revision))
        yield row, f"left at {one.at:%F %T}, read at {at:%F %T}" if at is not None and at <= one.at else ""
        if row.fallback == "no_push" and any(
            other.channel == "push" and other.status in GOT_THROUGH for other in _first_wave(record, row)
        ):
            yield row, "left although a push was taken"


def outside_window(record: Record) -> Found:
    """SMS and push between 7 and 22 at the visit's address, save where that is the noted reason."""
    for row, one in _left(record):
        life = None if row.visit_id is None else record.lives[row.visit_id]
        if one.channel == "email" or life is None or row.reason == "outside_window":
            continue
        local, before = one.at.astimezone(life.zone).time(), (one.at - GRACE).astimezone(life.zone).time()
        inside = WINDOW[0] <= local <= WINDOW[1] or WINDOW[0] <= before <= WINDOW[1]
        yield row, "" if inside else f"left at {local:%H:%M} local time"


def expired(record: Record) -> Found:
    """Never when it was pointless, by the row's own word and by the visit's times."""
    for row, one in _left(record):
        if row.expires_at is not None:
            late = one.at >= row.expires_at
            yield row, f"left at {one.at:%F %T}, expired at {row.expires_at:%F %T}" if late else ""
    for row, one, life in _of_visits(record):
        start = life.start_of(row.revision)
        end = start + timedelta(minutes=life.minutes)
        latest = {"rebook": end + 24 * HOUR, "review": end + 84 * HOUR}.get(row.kind, start)
        if one.at >= latest:
            yield row, f"left at {one.at:%F %T}, pointless since {latest:%F %T}"


def too_early(record: Record) -> Found:
    """Reminders by the lead, opinions two hours after the end, and nothing within the minute in which staff may undo."""
    for row, one, life in _of_visits(record):
        entry = next(entry for entry in life.log if entry.revision == row.revision)
        if entry.via == "desk" and row.kind in ("details", "moved", "cancelled"):
            yield row, f"left {one.at - entry.at} after staff did it" if one.at < entry.at + UNDO else ""
        if row.kind == "reminder":
            yield row, f"left at {one.at:%F %T}" if one.at < _reminded_at(life, row.revision) - 9 * HOUR else ""
        end = life.start_of(row.revision) + timedelta(minutes=life.minutes)
        if row.kind in INVITES_AFTER:
            early = one.at < end + INVITES_AFTER[row.kind]
            yield row, f"left at {one.at:%F %T}, the visit ended at {end:%F %T}" if early else ""


def _agreed_at(life: Life, revision: int) -> datetime:
    """When the start of a revision was agreed: booked, or moved last; undone, what was agreed before counts again."""
    start = life.start_of(revision)
    log = [entry for entry in life.log if entry.revision <= revision and entry.what in ("booked", "moved")]
    return next((entry.at for entry in reversed(log) if entry.start == start), life.log[0].at)


def _reminded_at(life: Life, revision: int) -> datetime:
    start = life.start_of(revision)
    return start - (48 * HOUR if start - _agreed_at(life, revision) > 72 * HOUR else 24 * HOUR)


def no_reminder_so_late(record: Record) -> Found:
    """None where the visit was agreed less than 36 hours before."""
    for row, _, life in _of_visits(record):
        if row.kind == "reminder":
            late = life.start_of(row.revision) - _agreed_at(life, row.revision) < 36 * HOUR
            yield row, "the visit was agreed less than 36 hours before" if late else ""


def for_nothing(record: Record) -> Found:
    """`review` and `rebook` go for visits that took place, and one of each for a doctor's visits of a day."""
    for row, one, life in _of_visits(record):
        if row.kind in ("review", "rebook"):
            marks = [
                entry for entry in life.log if entry.what in ("no_show", "unmarked", "done") and entry.at <= one.at
            ]
            stayed_away = marks and marks[-1].what == "no_show"
            yield row, "went to somebody who did not come" if stayed_away else ""
    seen: set[tuple[str, str, int | None, int, date]] = set()
    for row, one, life in _of_visits(record):
        if row.kind in ("review", "rebook") and row.copy == 0:
            day = life.start_of(row.revision).astimezone(life.zone).date()
            key = (row.kind, row.channel, row.patient_id, life.doctor_id, day)
            if key in seen and one.channel != "email":
                yield row, "the second of a day"
            seen.add(key)


def offers(record: Record) -> Found:
    """At most ten are asked, who wait long enough; one wins; nobody is asked when it is over."""
    rows = {row.subject_id: row for row in record.rows.values() if row.subject_type == "candidate"}
    for offer in record.offers:
        first = next((rows[asked.id] for asked in offer.asked if asked.id in rows), None)
        yield from ((rows.get(asked.id), "") for asked in offer.asked)
        if len(offer.asked) > MOST_ASKED:
            yield first, f"offer {offer.id}: {len(offer.asked)} were asked"
        winners = sum(asked.answer == "taken" for asked in offer.asked)
        if winners > 1:
            yield first, f"offer {offer.id}: {winners} have won it"
        if any(asked.visit_start < offer.start + EARLIER_BY for asked in offer.asked):
            yield first, f"offer {offer.id}: asked who would gain less than 48 hours"
    over = {
        asked.id: min(one.closed_at or one.closes_at, one.closes_at) for one in record.offers for asked in one.asked
    }
    for row, one in _left(record):
        if row.subject_type == "candidate":
            yield row, f"left at {one.at:%F %T}, when the offer was over" if one.at >= over[row.subject_id] else ""


def not_final(record: Record) -> Found:
    """Nothing is lost: every row has ended, and says why if it did not arrive."""
    for row in record.rows.values():
        if row.status in UNDER_WAY:
            yield row, f"is still {row.status}, due {row.due_at}"
        else:
            silent = row.status in WITH_REASON and not row.reason
            yield row, f"is {row.status} without a reason" if silent else ""


def not_as_recorded(record: Record) -> Found:
    """What is said to have gone was taken by a provider, and what is said not to have gone was not."""
    taken = {one.message_id for one in record.received}
    for row in record.rows.values():
        yield row, ""
        if row.status in GOT_THROUGH and row.id not in taken:
            yield row, f"is {row.status}, and no provider took it"
        if row.status in NEVER_LEFT and row.id in taken:
            yield row, f"is {row.status}, and a provider took it"
        if row.status == "failed" and row.id in taken and row.reason not in ("not_delivered", "address_refused"):
            yield row, "failed, and a provider took it"
        if row.status == "unclear" and row.id not in taken:
            yield row, "is unclear, and no provider took it"


def untold(record: Record) -> Found:
    """Every visit has something to say for what was told of its booking, and every cancellation of what was told."""
    for life in record.lives.values():
        rows = record.rows_of.get(life.id, ())
        told = any(row.kind in ("details", "moved", "cancelled") for row in rows)
        yield None, "" if told else f"visit {life.id} has no word of its booking, nor why"
        last = life.log[-1].revision if life.log else 0
        if life.cancelled(datetime.max.replace(tzinfo=life.log[0].at.tzinfo)) and not any(
            row.kind == "cancelled" and row.revision == last for row in rows
        ):
            yield None, f"visit {life.id} was cancelled, and there is no word of it, nor why"


RULES: Final[dict[str, Rule]] = {
    rule.__name__: rule
    for rule in (
        twice, after_cancellation, without_cancellation, old_time, wrong_person, after_death, against_wish,
        fallback_too_soon, fallback_needless, outside_window, expired, too_early, no_reminder_so_late, for_nothing,
        offers, not_final, not_as_recorded, untold,
    )
}  # fmt: skip
