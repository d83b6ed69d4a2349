"""A dispatcher that hangs ends itself; one that was only halted for a while does not."""

import threading
import time

import pytest

from myosotis.ops.status import dispatcher
from myosotis.ops.status.dispatcher import Beat, Guard


class Looked(Beat):
    """A beat that is found as the test says; the last finding holds."""

    def __init__(self, *found: bool) -> None:
        super().__init__()
        self.found = list(found)
        self.asked = threading.Event()

    @property
    def alive(self) -> bool:
        if len(self.found) > 1:
            return self.found.pop(0)
        self.asked.set()
        return self.found[0]


@pytest.mark.parametrize(("found", "ends"), [((False,), True), ((False, False, True), False), ((True,), False)])
def test_only_a_loop_that_stands_still_for_long_is_ended(found: tuple[bool, ...], *, ends: bool) -> None:
    ended, beat = threading.Event(), Looked(*found)
    guard = Guard(beat, every=0.001, end=ended.set)
    assert beat.asked.wait(10)
    assert ended.wait(10 if ends else 0.05) is ends
    guard.close()


def test_a_beat_grows_old() -> None:
    beat = Beat()
    assert beat.alive
    beat._last = time.monotonic() - dispatcher.STANDS_STILL - 1
    assert not beat.alive
