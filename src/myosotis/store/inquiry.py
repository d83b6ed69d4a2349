"""What takes several questions to find out, some of which wait for the answers of others: in as few trips as that takes.

Written as a generator that yields the questions it asks next and gets their answers; several go on side by side, and
each time all that they ask next goes in one trip.
"""

from collections.abc import Generator, Sequence
from typing import Any, TypeVar, overload

from myosotis.store.question import Asked, Row, together

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")

Answers = Sequence[Sequence[Row]]
Inquiry = Generator[Sequence[Asked], Answers, T]


def learn(inquiry: Inquiry[T]) -> T:
    """What comes out of an inquiry."""
    try:
        asked = next(inquiry)
        while True:
            asked = inquiry.send(together(*asked) if asked else ())
    except StopIteration as end:
        found: T = end.value
        return found


@overload
def at_once(one: Inquiry[A], two: Inquiry[B], /) -> Inquiry[tuple[A, B]]: ...


@overload
def at_once(one: Inquiry[A], two: Inquiry[B], three: Inquiry[C], /) -> Inquiry[tuple[A, B, C]]: ...


@overload
def at_once(one: Inquiry[A], two: Inquiry[B], three: Inquiry[C], four: Inquiry[D], /) -> Inquiry[tuple[A, B, C, D]]: ...


def at_once(*inquiries: Inquiry[Any]) -> Inquiry[Any]:
    """Several inquiries side by side; what comes out of each, in their order."""
    found: dict[int, Any] = {}
    ahead: dict[int, Sequence[Asked]] = {}

    def go_on(number: int, answers: Answers | None) -> None:
        try:
            ahead[number] = inquiries[number].send(answers)  # type: ignore[arg-type]  # None begins a generator
        except StopIteration as end:
            found[number] = end.value

    for number in range(len(inquiries)):
        go_on(number, None)
    while ahead:
        waiting = dict(ahead)
        ahead.clear()
        answers = iter((yield [question for questions in waiting.values() for question in questions]))
        for number, questions in waiting.items():
            go_on(number, [next(answers) for _ in questions])
    return tuple(found[number] for number in range(len(inquiries)))
