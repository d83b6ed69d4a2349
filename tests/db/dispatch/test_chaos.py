"""A short form of `make chaos` (docs/chaos.md): one crash of PostgreSQL, and one dispatcher that dies and is not replaced."""

import os
import subprocess
from pathlib import Path
from typing import cast

import pytest
from django.db import connection

from myosotis.store.apart.words import GROUPS
from tests import postgres
from tests.chaos import servers, verdict
from tests.chaos.run import Database, Scenario, Size, run
from tests.chaos.scenarios.restarted import restart
from tests.chaos.works import Works
from tests.postgres import Server

MESSAGES = 500

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("MYOSOTIS_DATABASE_URL", "").startswith("postgres"),
        reason="a server that can be restarted; SQLite has none",
    ),
]


def disturb(works: Works, database: Database) -> None:
    works.wait_until_taken(0.2)
    restart(works, cast("Server", database), "immediate")
    works.wait_until_taken(0.6)
    works.lose_one()


def copied(_works: Works, database: Database) -> None:
    """The tables as the tests have them: making them anew takes longer than all the rest."""
    tools = postgres.find_binaries()
    assert tools is not None
    theirs, name = os.environ["MYOSOTIS_DATABASE_URL"].rpartition("/")[0], connection.settings_dict["NAME"]
    dump = subprocess.run([tools / "pg_dump", f"{theirs}/{name}"], check=True, capture_output=True).stdout
    roles = "".join(f"CREATE ROLE {role};\n" for role in GROUPS).encode()  # the dump's policies may name them
    load = [str(tools / "psql"), "-q", "-v", "ON_ERROR_STOP=1", database.url]
    subprocess.run(load, input=roles + dump, check=True, stdout=subprocess.DEVNULL)


SHORT = Scenario(
    name="short",
    what="PostgreSQL crashes, a dispatcher dies",
    missing=servers.missing,
    database=servers.durable,
    disturb=disturb,
    prepare=copied,
    dispatchers=2,
)


@pytest.mark.django_db
def test_a_crash_of_the_database_and_of_a_dispatcher_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    outcome = run(SHORT, Size(messages=MESSAGES, seconds=2, seed=1), tmp_path)

    assert not outcome.failed, [*outcome.told, *verdict.lines(outcome.verdict)]
    assert set(outcome.verdict.statuses) <= {"sent", "unclear"}
    assert outcome.verdict.statuses["sent"] > MESSAGES / 2
