"""The backup of each day that `myosotis up` makes by itself: at its hour, or as soon as the machine is on again."""

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

from myosotis.ops.backup import make
from myosotis.ops.family import PARENT

LOOK_SECONDS: Final = 60.0
DAY: Final = timedelta(days=1)


def is_due(newest: datetime | None, at: time, now: datetime) -> bool:
    """Whether no backup was made since the hour `at` (UTC) was last reached."""
    last = datetime.combine(now.astimezone(UTC).date(), at, UTC)
    if last > now:
        last -= DAY
    return newest is None or newest < last


class Daily(threading.Thread):
    """Looks once a minute, and starts `myosotis backup` when it is time. One that failed is tried again an hour later."""

    def __init__(
        self, directory: Path, at: time, *, environment: Mapping[str, str], now: Callable[[], datetime]
    ) -> None:
        super().__init__(name="backup", daemon=True)
        self._directory, self._at, self._now = directory, at, now
        self._environment = {name: value for name, value in environment.items() if name != PARENT}
        self._over = threading.Event()
        self._failed_at: datetime | None = None

    def run(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self.look()

    def look(self) -> None:
        now = self._now()
        if self._failed_at is not None and now - self._failed_at < timedelta(hours=1):
            return
        newest = next((moment for moment, _ in make.there(self._directory)), None)
        if is_due(newest, self._at, now):
            self._failed_at = None if self._back_up() else now

    def _back_up(self) -> bool:
        done = subprocess.run(
            [sys.executable, "-m", "myosotis.ops.cli", "backup", "--quiet"],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return done.returncode == 0

    def stop(self) -> None:
        self._over.set()
