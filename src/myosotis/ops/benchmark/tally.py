"""What a server of the benchmark counts, in memory that others see while it works: asking would cost what is measured."""

import mmap
import time
from pathlib import Path
from typing import Final

TAKEN, REPEATED, WHOLE = 0, 1, 2
FIRST, LAST = 3, 4
SIZE: Final = 5 * 8


class Tally:
    """Messages taken, taken again, and taken whole (with everything that belongs to one); instants by `time.monotonic`."""

    def __init__(self, file: Path, *, new: bool = False) -> None:
        if new:
            file.write_bytes(bytes(SIZE))
        with file.open("r+b") as opened:
            memory = memoryview(mmap.mmap(opened.fileno(), SIZE))
        self._counts, self._instants = memory.cast("q"), memory.cast("d")

    def take(self, *, whole: bool = True) -> int:
        """Count one; how many there are now."""
        self._instants[LAST] = time.monotonic()
        if not self._counts[TAKEN]:
            self._instants[FIRST] = self._instants[LAST]
        self._counts[WHOLE] += whole
        self._counts[TAKEN] += 1
        return self._counts[TAKEN]

    def repeat(self) -> None:
        self._counts[REPEATED] += 1

    @property
    def taken(self) -> int:
        return self._counts[TAKEN]

    @property
    def repeated(self) -> int:
        return self._counts[REPEATED]

    @property
    def whole(self) -> int:
        return self._counts[WHOLE]

    @property
    def first(self) -> float:
        return self._instants[FIRST]

    @property
    def last(self) -> float:
        return self._instants[LAST]
