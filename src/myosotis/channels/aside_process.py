"""The process of `channels.aside`: reads lots of calls, writes what they return, and ends with whoever started it.

Both sides are the same program on the same machine, so pickles are safe between them. It gets keys and payloads through
its pipes only, and neither keeps nor says anything of them but the keys that it has read.
"""

import os
import pickle
import signal
import struct
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

LENGTH: Final = struct.Struct("!I")
GIVEN, ANSWERS = 0, 1
"""Standard input and output."""
MOST: Final = 1 << 16
"""Octets to read at once."""

Calls = Sequence[tuple[Callable[..., Any], tuple[Any, ...]]]


def packed(lot: object) -> bytes:
    """A lot of calls, or of what they returned, as it is sent."""
    data = pickle.dumps(lot, protocol=pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(data)) + data


def unpacked(came: bytearray) -> Any:
    """The first lot of what came, which it is taken from; None as long as it is not whole."""
    if len(came) < LENGTH.size:
        return None
    end = LENGTH.size + LENGTH.unpack_from(came)[0]
    if len(came) < end:
        return None
    lot = pickle.loads(memoryview(came)[LENGTH.size : end])  # noqa: S301 - from our own process
    del came[:end]
    return lot


def computed(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """What a call returns, or the exception that it raises."""
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001 - it belongs to whoever asked
        return error


def serve() -> None:
    """Until nothing is given any more."""
    came = bytearray()
    while data := os.read(GIVEN, MOST):
        came += data
        while (lot := unpacked(came)) is not None:
            _write(packed([computed(function, arguments) for function, arguments in lot]))


def _write(answers: bytes) -> None:
    while answers:
        answers = answers[os.write(ANSWERS, answers) :]


def main() -> None:
    """With the cores to work on as its argument. Told to stop with the others of its group, it stays for the last messages."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError):  # where that is forbidden, whoever started us could not choose a core either
        os.sched_setaffinity(0, [int(core) for core in sys.argv[1].split(",")])
    with suppress(BrokenPipeError):  # whoever asked is gone
        serve()


if __name__ == "__main__":
    main()
