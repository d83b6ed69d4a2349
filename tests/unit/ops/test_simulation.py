"""A simulation as a command: where its parts have their databases, that it says the same again, and that it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psutil
import pytest

from myosotis.ops.simulation import beside


@pytest.mark.parametrize(
    ("server", "there"),
    [
        ("postgresql://me:secret@db.example:5433/postgres", "postgresql://me:secret@db.example:5433/part"),
        ("postgresql://db/postgres?sslmode=require", "postgresql://db/part?sslmode=require"),
        ("postgresql:///postgres?host=/run/postgresql", "postgresql:///part?host=/run/postgresql"),
        ("postgresql://db?sslrootcert=/etc/ca.pem", "postgresql://db/part?sslrootcert=/etc/ca.pem"),
    ],
)
def test_another_database_of_the_server_is_reached_in_the_same_way(server: str, there: str) -> None:
    assert beside(server, "part") == there


SHORT: Final = ("--practices", "1", "--weeks", "1", "--calendars", "1", "--seed", "7")


PROGRAM: Final = """
import sys
from pathlib import Path
from myosotis.ops import cli
from myosotis.ops.commands import simulate
simulate.MEMORY = Path(sys.argv.pop(1))
if sys.argv.pop(1):
    simulate._bar = lambda _whole: lambda done: print("booked", flush=True) if done else None
sys.exit(cli.main())
"""


def _simulating(place: Path, *more: str, told: str = "") -> subprocess.Popen[bytes]:
    """`myosotis simulate`, with its databases in `place`; with `told`, it says once and again that visits were booked."""
    command = [sys.executable, "-c", PROGRAM, str(place), told, "simulate", *SHORT, *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def test_the_same_seed_says_the_same_byte_for_byte(tmp_path: Path) -> None:
    runs = [_simulating(tmp_path, "--workers", workers) for workers in ("1", "2")]
    one, other = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert one == other
    assert b"looked at, twice:" in one


@pytest.mark.parametrize(
    ("number", "tell"), [(signal.SIGTERM, os.kill), (signal.SIGINT, os.killpg)], ids=["SIGTERM", "Ctrl-C"]
)
def test_told_to_end_it_leaves_neither_a_process_nor_a_database(
    tmp_path: Path, number: signal.Signals, tell: Callable[[int, int], None]
) -> None:
    run = _simulating(tmp_path, "--practices", "40", "--workers", "1", told="booked")
    assert run.stdout is not None
    assert run.stdout.readline() == b"booked\n"
    started = psutil.Process(run.pid).children(recursive=True)
    tell(run.pid, number)
    _, complaints = run.communicate(timeout=30)
    assert (run.returncode, complaints) == (128 + number, b"")
    assert started
    assert psutil.wait_procs(started, timeout=10)[1] == []
    assert not list(tmp_path.iterdir())
