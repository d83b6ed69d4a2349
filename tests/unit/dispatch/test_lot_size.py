"""Lots shrink as far as a slow database needs it, so that some go while their facts are fresh; and no further."""

from collections.abc import Callable

from myosotis.dispatch.last_look import FRESH_SECONDS, LotSize

MOST = 250


def settled(took: Callable[[int], float]) -> list[int]:
    """The sizes of many lots in a row, by what a lot of each size takes (seconds), without the first ones."""
    size, sizes = LotSize(MOST), []
    for _ in range(60):
        sizes.append(size.now)
        size.learn(size.now, took(size.now))
    return sizes[20:]


def test_a_quick_database_is_asked_for_full_lots() -> None:
    assert set(settled(lambda messages: messages * 0.0004)) == {MOST}


def test_lots_shrink_until_they_are_read_in_time() -> None:
    sizes = settled(lambda messages: messages * 0.03)
    assert max(sizes) * 0.03 < FRESH_SECONDS
    assert min(sizes) * 0.03 > FRESH_SECONDS / 8


def test_a_database_so_slow_that_hardly_one_is_read_in_time_is_asked_for_one() -> None:
    assert set(settled(lambda messages: messages * 0.8)) == {1}


def test_where_each_answer_takes_long_lots_do_not_shrink_for_nothing() -> None:
    assert min(settled(lambda _: 0.6)) > 30


def test_a_lot_of_few_that_took_its_time_says_nothing_for_ever() -> None:
    size = LotSize(MOST)
    size.learn(1, 0.9)
    for _ in range(40):
        size.learn(size.now, 0.2)
    assert size.now == MOST
