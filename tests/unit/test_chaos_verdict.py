"""The check at the end of a run of `make chaos` finds what it is there to find."""

from dataclasses import replace

import pytest

from tests.chaos import verdict
from tests.chaos.verdict import Message

SENT = Message(id=7, key="a", lane="refuses", status="sent", reason="", sent_events=1)


def offences(message: Message, taken: int, notes: int = 0) -> list[str]:
    return [offence.what for offence in verdict.of([message], {message.key: taken} if taken else {}, notes).offences]


@pytest.mark.parametrize(
    ("message", "taken"),
    [
        (SENT, 1),
        (replace(SENT, lane="mail"), 2),
        (replace(SENT, status="unclear", reason="no_answer", sent_events=0), 0),
        (replace(SENT, status="unclear", reason="no_answer", sent_events=0), 1),
        (replace(SENT, status="expired", reason="expired", sent_events=0), 0),
        (replace(SENT, status="planned", reason="dispatcher_died", sent_events=0), 0),
        (replace(SENT, status="planned", reason="no_answer", sent_events=0), 1),
    ],
)
def test_what_may_be(message: Message, taken: int) -> None:
    assert offences(message, taken) == []


@pytest.mark.parametrize(
    ("message", "taken", "what"),
    [
        (SENT, 0, "lost"),
        (SENT, 2, "taken more often"),
        (replace(SENT, lane="blind"), 2, "taken more often"),
        (replace(SENT, lane="mail"), 3, "taken more often"),
        (replace(SENT, status="failed", reason="refused", sent_events=0), 1, "said not to have left"),
        (replace(SENT, status="claimed", sent_events=0), 1, "still claimed"),
        (replace(SENT, status="planned", sent_events=0), 0, "ahead without a reason"),
        (replace(SENT, status="planned", reason="dispatcher_died", overdue=True, sent_events=0), 0, "due for a while"),
        (replace(SENT, status="failed", sent_events=0), 0, "ended without a reason"),
        (replace(SENT, sent_events=2), 1, "sent twice"),
        (replace(SENT, sent_events=0), 1, "without a word"),
    ],
)
def test_what_must_not_be(message: Message, taken: int, what: str) -> None:
    (found,) = offences(message, taken)
    assert what in found


def test_a_message_that_the_database_forgot_is_found() -> None:
    assert [str(one) for one in verdict.of([], {"b": 1}, 0).offences] == ["1 taken that nobody knows of: b"]


def test_notes_of_hand_overs_must_be_gone() -> None:
    assert offences(SENT, 1, notes=2) == ["notes of hand-overs left behind"]


def test_every_unclear_one_is_listed() -> None:
    unclear = [replace(SENT, id=key, key=str(key), status="unclear", reason="no_answer") for key in range(40)]
    (line,) = verdict.lines(verdict.of(unclear, {}, 0))
    assert line.endswith(", ".join(str(key) for key in range(40)))
