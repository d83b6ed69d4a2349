"""What ends a process or a thread unexpectedly is told without the values that it was about (docs/rules.md 7.6)."""

import logging
import sys
import threading
from collections.abc import Iterator

import pytest
import structlog

from myosotis.ops import logs

PRIVATE = "DETAIL: Key (external_id)=(Wiśniewska, +48600000001) already exists."


@pytest.fixture
def configured() -> Iterator[None]:
    root = logging.getLogger()
    before = (sys.excepthook, threading.excepthook, root.handlers[:], root.level)
    yield
    sys.excepthook, threading.excepthook, root.handlers[:], _ = before
    root.setLevel(before[3])
    structlog.reset_defaults()


def breaks() -> None:
    raise LookupError(PRIVATE)


@pytest.mark.parametrize("in_thread", [False, True])
@pytest.mark.usefixtures("configured")
def test_it_says_where_and_never_what(capfd: pytest.CaptureFixture[str], *, in_thread: bool) -> None:
    logs.configure("INFO")  # to the stderr of this test
    if in_thread:
        thread = threading.Thread(target=breaks)
        thread.start()
        thread.join()
    else:
        with pytest.raises(LookupError) as caught:
            breaks()
        sys.excepthook(caught.type, caught.value, caught.tb)

    out, err = capfd.readouterr()
    assert "LookupError" in err
    assert "breaks" in err
    assert PRIVATE not in out + err
    assert "600000001" not in out + err
