"""The primary dies, its standby takes over (Patroni, etcd), the old one comes back as standby; then a planned change.

Replication is synchronous: nothing that was acknowledged is lost. Dispatchers and the web follow by an address that names
both servers and wants the one that may be written to.
"""

import time
import urllib.error
import urllib.request
from typing import cast

from tests.chaos import patroni
from tests.chaos.patroni import Cluster
from tests.chaos.run import Database, Scenario
from tests.chaos.works import Works
from tests.postgres import free_port

FOLLOWS = 120.0
"""Seconds within which everybody has found the new primary once there is one."""
UNKNOWN = "/aaaaaaaaaaaaaaaaa"
"""A link that nobody was sent: to say so, the database must be asked."""


def disturb(works: Works, database: Database) -> None:
    cluster = cast("Cluster", database)
    port = free_port()
    works.start(kind="web", extra={"MYOSOTIS_BIND": f"127.0.0.1:{port}"})
    works.wait(lambda: answers(port), "the web", FOLLOWS)
    works.wait_until_taken(0.25)
    lose_primary(works, cluster, port)
    works.wait_until_taken(0.6)
    change_primary(works, cluster, port)


def lose_primary(works: Works, cluster: Cluster, port: int) -> None:
    primary = cluster.primary()
    assert primary is not None
    recorded = works.recorded
    primary.kill()
    seconds = cluster.wait(cluster.primary, "a new primary")
    works.say(f"primary killed; another one after {seconds:.1f} s")
    everybody_follows(works, port, recorded)
    primary.start()
    seconds = cluster.wait(cluster.is_whole, "the old primary as standby")
    works.say(f"the old primary is a synchronous standby after {seconds:.1f} s")


def change_primary(works: Works, cluster: Cluster, port: int) -> None:
    recorded = works.recorded
    cluster.hand_over()
    works.say("planned change of the primary")
    everybody_follows(works, port, recorded)
    cluster.wait(cluster.is_whole, "a standby after the planned change")


def everybody_follows(works: Works, port: int, recorded: int) -> None:
    """Dispatchers record more than was `recorded` before, if anything is left; the web answers."""
    began = time.monotonic()
    works.wait(lambda: works.recorded > recorded or works.is_settled, "records after the change", FOLLOWS)
    recording = time.monotonic() - began
    works.wait(lambda: answers(port), "the web after the change", FOLLOWS)
    works.say(f"recording again after {recording:.1f} s more, the web answers after {time.monotonic() - began:.1f} s")


def answers(port: int) -> bool:
    """Whether the web asks its database and is answered."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{UNKNOWN}", timeout=5) as answer:
            return int(answer.status) < 500
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


SCENARIO = Scenario(
    name="failed-over",
    what="PostgreSQL failed over (Patroni, etcd, two servers, synchronous)",
    missing=patroni.missing,
    database=patroni.running,
    disturb=disturb,
)
