"""Dispatchers as processes of their own: killed at any moment, several at once, told to stop (docs/rules.md 7.1, 7.3, 7.4).

`MYOSOTIS_KILLS=50 MYOSOTIS_KILLED_MESSAGES=5000` asks for the full size.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

KILLS = int(os.environ.get("MYOSOTIS_KILLS", "5"))
MESSAGES = int(os.environ.get("MYOSOTIS_KILLED_MESSAGES", "500"))
ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 60.0

pytestmark = pytest.mark.slow


@dataclass
class Works:
    """A database, a gateway, and children that dispatch from one to the other."""

    environment: dict[str, str]
    kept: Path

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.db.dispatch.dispatcher", *command],
            cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def run(self, *command: str) -> str:
        with self.start(*command) as child:
            said, _ = child.communicate(timeout=PATIENCE * 3)
        assert child.returncode == 0, said
        return said

    def taken(self) -> list[str]:
        return self.kept.read_text(encoding="ascii").split()

    def wait_until_taken(self, count: int, child: subprocess.Popen[str]) -> None:
        deadline = time.monotonic() + PATIENCE
        while len(self.taken()) < count and child.poll() is None:
            assert time.monotonic() < deadline, f"only {len(self.taken())} of {count} messages came"
            time.sleep(0.002)  # between two looks at what another process wrote

    def report(self) -> dict:
        return json.loads(self.run("report").splitlines()[-1])


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """A database that other processes see too, of the kind that the tests run on."""
    given = os.environ.get("MYOSOTIS_DATABASE_URL", "")
    if not given.startswith("postgres"):
        yield f"sqlite:///{tmp_path / 'kill.sqlite3'}"
        return
    name = f"kill_{uuid4().hex[:8]}"
    with psycopg.connect(given, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"'.encode())
        yield f"{given.rpartition('/')[0]}/{name}"
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def works(request: pytest.FixtureRequest, tmp_path: Path, database_url: str) -> Iterator[Works]:
    """`request.param`: whether the gateway refuses repeats."""
    kept = tmp_path / "taken"
    kept.touch()
    word = "refuses" if request.param else "blind"
    command = [sys.executable, "-m", "tests.db.dispatch.gateway", str(kept), word, "0.02"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as gateway:
        assert gateway.stdout is not None
        port = json.loads(gateway.stdout.readline())["port"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MYOSOTIS_")} | {
            "MYOSOTIS_DATABASE_URL": database_url,
            "MYOSOTIS_DATA_DIR": str(tmp_path),
            "MYOSOTIS_BATCH_SIZE": "60",
            "MYOSOTIS_IN_FLIGHT": "20",
            "MYOSOTIS_SMS__PROVIDER": "smsapi",
            "MYOSOTIS_SMS__TOKEN": "token",
            "MYOSOTIS_SMS__BASE_URL": f"http://127.0.0.1:{port}",
            "MYOSOTIS_SMS__PER_SECOND": "2000",
            "BLIND": "" if request.param else "1",
        }
        works = Works(environment=environment, kept=kept)
        works.run("make", str(MESSAGES))
        yield works
        gateway.communicate()


def killed_again_and_again(works: Works) -> None:
    chance = random.Random(MESSAGES)
    for count in sorted(chance.sample(range(1, MESSAGES * 9 // 10), KILLS)):
        with works.start("dispatch") as child:
            works.wait_until_taken(count, child)
            child.kill()
    works.run("dispatch")


@pytest.mark.parametrize("works", [True], indirect=True, ids=["refuses_repeats"])
def test_killed_at_any_moment_nothing_is_lost_and_nothing_goes_twice(works: Works) -> None:
    killed_again_and_again(works)

    report = works.report()
    assert Counter(row["status"] for row in report["rows"]) == {"sent": MESSAGES}
    assert report["sent_events"] == MESSAGES
    assert sorted(works.taken()) == sorted(row["key"] for row in report["rows"])
    assert any(row["attempts"] > 1 for row in report["rows"]), "a kill hit messages under way"


@pytest.mark.parametrize("works", [False], indirect=True, ids=["takes_repeats"])
def test_where_repeats_are_not_refused_what_was_under_way_is_unclear_and_visible(works: Works) -> None:
    killed_again_and_again(works)

    report = works.report()
    taken = works.taken()
    assert len(taken) == len(set(taken)), "no message twice"
    by_status: dict[str, set[str]] = {}
    for row in report["rows"]:
        by_status.setdefault(row["status"], set()).add(row["key"])
    assert set(by_status) == {"sent", "unclear"}
    assert by_status["sent"] <= set(taken)
    assert set(taken) - by_status["sent"] <= by_status["unclear"]
    assert {row["reason"] for row in report["rows"] if row["status"] == "unclear"} == {"dispatcher_died"}


@pytest.mark.parametrize("works", [False], indirect=True, ids=["takes_repeats"])
def test_two_dispatchers_at_once_send_everything_once(works: Works) -> None:
    with works.start("dispatch") as one, works.start("dispatch") as other:
        assert one.wait(PATIENCE) == other.wait(PATIENCE) == 0

    report = works.report()
    assert Counter(row["status"] for row in report["rows"]) == {"sent": MESSAGES}
    assert sorted(works.taken()) == sorted(row["key"] for row in report["rows"])


@pytest.mark.parametrize("works", [False], indirect=True, ids=["takes_repeats"])
def test_told_to_stop_it_finishes_what_is_under_way_and_gives_the_rest_back(works: Works) -> None:
    with works.start("dispatch") as child:
        works.wait_until_taken(MESSAGES // 5, child)
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE) == 0

    report = works.report()
    taken = set(works.taken())
    assert {row["key"] for row in report["rows"] if row["status"] == "sent"} == taken
    rest = [row for row in report["rows"] if row["status"] != "sent"]
    assert rest
    assert {(row["status"], row["attempts"]) for row in rest} == {("planned", 0)}
