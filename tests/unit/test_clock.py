"""The clock by which the product acts: the one on the wall, or the sandbox's own."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from myosotis import clock


def test_which_clock_rules_is_found_out_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MYOSOTIS_CLOCK_FILE", raising=False)
    of_the_wall = clock.reader()
    monkeypatch.setenv("MYOSOTIS_CLOCK_FILE", str(tmp_path / "clock"))
    virtual = clock.reader()
    clock.set_virtual(tmp_path / "clock", datetime(2027, 3, 28, 1, 0, tzinfo=UTC), frozen=True)
    assert virtual() == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert abs((of_the_wall() - clock.wall()).total_seconds()) < 60
