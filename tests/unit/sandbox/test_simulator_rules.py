"""Every violation that is planted in a good record is caught by its rule."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from myosotis.domain.values import utc
from myosotis.domain.words import Channel
from myosotis.sandbox.simulator.checker.record import Asked, Entry, Freed, Life, Record, Row
from myosotis.sandbox.simulator.checker.rules import RULES, violations
from myosotis.sandbox.simulator.evidence import Noted, Received

HOUR: Final = timedelta(hours=1)
BOOKED: Final = utc(2027, 3, 1, 9)
START: Final = utc(2027, 3, 10, 9)
"""10:00 in Warsaw, a Wednesday."""
END: Final = START + HOUR / 2
CLOCK: Final = ("10:00",)


def _row(key: int, kind: str, channel: str = "email", **given: object) -> Row:
    base = Row(
        id=key, practice_id=1, visit_id=1, subject_type="visit", subject_id=1, patient_id=5, revision=1, kind=kind,
        channel=channel, wave="first", copy=0, key=f"{key:032x}", status="sent", reason="", fallback="", due_at=BOOKED,
        expires_at=START, sent_at=BOOKED,
    )  # fmt: skip
    return replace(base, **given)  # type: ignore[arg-type] # the names are the row's own


def _came(key: int, at: datetime, channel: Channel = Channel.EMAIL, times: tuple[str, ...] = CLOCK) -> Received:
    address = "a@example.com" if channel is Channel.EMAIL else "+48600000001"
    return Received(channel=channel, message_id=key, key=f"{key:032x}", address=address, at=at, times=times)


def _entry(at: datetime, what: str, revision: int = 1, start: datetime = START) -> Entry:
    return Entry(at=at, what=what, by="practice", via="desk", revision=revision, start=start)


def _life(*log: Entry) -> Life:
    return Life(
        id=1, practice_id=1, patient_id=5, doctor_id=1, zone=ZoneInfo("Europe/Warsaw"), minutes=30, online=False,
        log=(_entry(BOOKED, "booked"), *log),
    )  # fmt: skip


def _record() -> Record:
    """A visit as it should be: details unread and followed by an SMS, reminded, asked for an opinion; and an offer."""
    rows = [
        _row(1, "details"),
        _row(2, "details", "sms", wave="fallback", fallback="unread", reason="first_wave_unread"),
        _row(3, "reminder"),
        _row(4, "review", expires_at=END + 74 * HOUR),
        _row(5, "rebook", expires_at=END + 24 * HOUR),
        _row(6, "offer", "sms", subject_type="candidate", subject_id=9, visit_id=None, expires_at=None),
    ]
    received = [
        _came(1, BOOKED + HOUR / 30),
        _came(2, BOOKED + 5 * HOUR, Channel.SMS),
        _came(3, START - 48 * HOUR),
        _came(4, END + 2 * HOUR),
        _came(5, END + 23 * HOUR),
        _came(6, BOOKED + HOUR, Channel.SMS),
    ]
    asked = Asked(id=9, visit_id=1, patient_id=5, visit_start=START, answer="", answered_at=None)
    offer = Freed(
        id=1, start=START - 48 * HOUR, closes_at=START - 50 * HOUR, closed_at=START - 60 * HOUR, asked=(asked,)
    )
    return Record(
        practice_id=1, lives={1: _life()}, rows={row.id: row for row in rows}, received=received, noted=[],
        offers=[offer], addresses={5: frozenset({"a@example.com", "+48600000001"})}, rows_of={1: rows},
    )  # fmt: skip


def _with_row(record: Record, key: int, **given: object) -> Record:
    rows = {**record.rows, key: replace(record.rows[key], **given)}  # type: ignore[arg-type] # as above
    return replace(record, rows=rows, rows_of={1: list(rows.values())})


def _with_log(record: Record, *entries: Entry) -> Record:
    return replace(record, lives={1: _life(*entries)})


def _at(record: Record, key: int, at: datetime) -> Record:
    return replace(record, received=[replace(one, at=at) if one.message_id == key else one for one in record.received])


def _noting(record: Record, what: str, **given: object) -> Record:
    note = Noted(at=BOOKED + 2 * HOUR, what=what, practice_id=1, patient_id=5)
    return replace(record, noted=[replace(note, **given)])  # type: ignore[arg-type] # as above


PLANTED: Final[dict[str, list[Callable[[Record], Record]]]] = {
    "twice": [
        lambda r: replace(r, received=[*r.received, r.received[1]]),
        lambda r: replace(r, received=[*r.received, r.received[0], r.received[0]]),
        lambda r: _with_row(r, 3, kind="details"),
    ],
    "after_cancellation": [lambda r: _with_log(r, _entry(START - 72 * HOUR, "cancelled", 2))],
    "without_cancellation": [lambda r: _with_row(r, 3, kind="cancelled")],
    "old_time": [
        lambda r: _with_log(r, _entry(BOOKED + 2 * HOUR, "moved", 2, START + HOUR)),
        lambda r: replace(r, received=[replace(one, times=("11:30",)) for one in r.received]),
    ],
    "wrong_person": [
        lambda r: replace(r, addresses={5: frozenset({"b@example.com"})}),
        lambda r: _with_row(r, 1, patient_id=6),
        lambda r: _with_row(r, 1, practice_id=2),
    ],
    "after_death": [lambda r: _noting(r, "dies")],
    "against_wish": [lambda r: _noting(r, "stop"), lambda r: _noting(r, "unsubscribe", kind="review")],
    "fallback_too_soon": [lambda r: _at(r, 2, BOOKED + 3 * HOUR)],
    "fallback_needless": [
        lambda r: _noting(r, "read", message_id=1),
        lambda r: _with_row(_with_row(r, 2, fallback="no_push"), 1, channel="push"),
    ],
    "outside_window": [lambda r: _at(r, 2, BOOKED + 13 * HOUR + HOUR / 2)],
    "expired": [lambda r: _at(r, 3, START), lambda r: _at(_with_row(r, 5, expires_at=None), 5, END + 24 * HOUR)],
    "too_early": [
        lambda r: _at(r, 1, BOOKED + HOUR / 120),
        lambda r: _at(r, 3, START - 72 * HOUR),
        lambda r: _at(r, 4, END + HOUR),
        lambda r: _at(r, 5, END - HOUR),
    ],
    "no_reminder_so_late": [lambda r: replace(r, lives={1: replace(_life(), log=[_entry(START - 30 * HOUR, "booked")])})],
    "for_nothing": [
        lambda r: _with_log(r, _entry(END, "no_show")),
        lambda r: replace(
            _with_row(_with_row(r, 4, channel="sms"), 5, kind="review", channel="sms"),
            received=[replace(one, channel=Channel.SMS) for one in r.received],
        ),
    ],
    "offers": [
        lambda r: _at(r, 6, START - 60 * HOUR),
        lambda r: replace(r, offers=[replace(r.offers[0], asked=[*r.offers[0].asked] * 11)]),
        lambda r: replace(
            r, offers=[replace(r.offers[0], asked=[replace(a, answer="taken") for a in r.offers[0].asked] * 2)]
        ),
        lambda r: replace(r, offers=[replace(r.offers[0], start=START - 47 * HOUR)]),
    ],
    "not_final": [
        lambda r: _with_row(r, 3, status="planned"),
        lambda r: _with_row(r, 3, status="claimed"),
        lambda r: _with_row(r, 3, status="waiting"),
        lambda r: _with_row(r, 3, status="failed"),
    ],
    "not_as_recorded": [
        lambda r: replace(r, received=r.received[1:]),
        lambda r: _with_row(r, 3, status="cancelled", reason="visit_cancelled"),
        lambda r: _with_row(r, 3, status="failed", reason="provider_unavailable"),
        lambda r: replace(_with_row(r, 3, status="unclear", reason="no_answer"), received=r.received[:2]),
    ],
    "untold": [
        lambda r: replace(r, rows_of={}),
        lambda r: _with_log(r, _entry(END, "cancelled", 2)),
    ],
}  # fmt: skip


def test_a_good_record_is_not_complained_about() -> None:
    assert list(violations(_record())) == []


def test_every_rule_has_a_violation_planted() -> None:
    assert set(PLANTED) == set(RULES)


@pytest.mark.parametrize(
    ("rule", "plant"), [(rule, plant) for rule, plants in PLANTED.items() for plant in plants], ids=str
)
def test_a_planted_violation_is_caught(rule: str, plant: Callable[[Record], Record]) -> None:
    found = list(violations(plant(_record())))
    assert rule in {wrong.rule for wrong in found}
    assert all(wrong.practice_id == 1 and wrong.words for wrong in found)


def test_news_of_a_later_time_may_press_before_the_time_that_the_patient_still_believes_in() -> None:
    """Docs/rules.md 3: the limit of `moved` is the earlier of the old and the new start."""
    record = _with_log(_record(), _entry(START - 12 * HOUR, "moved", 2, START + HOUR / 2))
    for key in (1, 2):
        moved = _with_row(record, key, kind="moved", revision=2, expires_at=START + HOUR / 2)
        record = _at(moved, key, START - 2 * HOUR)
    assert "fallback_too_soon" not in {wrong.rule for wrong in violations(record)}
    sooner = _at(_at(record, 1, START - 3 * HOUR), 2, START - 3 * HOUR)
    assert "fallback_too_soon" in {wrong.rule for wrong in violations(sooner)}


def test_each_rule_says_how_much_it_looked_at() -> None:
    looked: Counter[str] = Counter()
    assert list(violations(_noting(_record(), "stop", at=BOOKED + 6 * HOUR), looked)) == []
    assert (looked["twice"], looked["fallback_too_soon"], looked["against_wish"]) == (6, 1, 2)
    assert looked["after_death"] == looked["after_cancellation"] == 0
    tried = [name for name in RULES if looked[name]]
    assert set(RULES) - set(tried) == {"after_death", "after_cancellation", "without_cancellation"}
