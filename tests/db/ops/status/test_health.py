"""Health and readiness, as load balancers and supervisors ask for them."""

from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest
from django.db import OperationalError
from django.test import Client

from myosotis.ops.status import checks
from myosotis.site import health
from myosotis.store import clocks


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "readiness", checks.Readiness(checks.surroundings))
    monkeypatch.setattr(checks, "_migrations", checks._Migrations())


def test_alive_asks_no_database(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}  # and no mark `django_db`


@pytest.mark.django_db
def test_ready_names_what_was_looked_at(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert set(answer.json()["checks"]) >= {"database", "migrations", "disk"}
    assert set(answer.json()["checks"].values()) == {"ok"}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("where", "name", "value", "check"),
    [
        (checks, "missing_migrations", lambda: 2, "migrations"),
        (clocks, "apart", lambda wall: timedelta(seconds=-3), "clock"),
        (checks, "room", lambda directory: 1024, "disk"),
        (checks, "room", lambda directory: None, "disk"),
    ],
)
def test_what_is_missing_is_named(
    client: Client, monkeypatch: pytest.MonkeyPatch, where: ModuleType, name: str, value: object, check: str
) -> None:
    monkeypatch.setattr(where, name, value)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    assert [about for about, said in answer.json()["checks"].items() if said != "ok"] == [check]


@pytest.mark.django_db
def test_a_database_that_is_away_is_named_without_its_words(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> int:
        raise OperationalError('connection to server at "db.internal", user "myosotis" failed')

    monkeypatch.setattr(checks, "missing_migrations", away)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "OperationalError" in answer.json()["checks"]["database"]
    assert "internal" not in answer.content.decode()


@pytest.mark.django_db
def test_whoever_asks_often_does_not_load_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([[checks.Check("database")]])
    readiness = checks.Readiness(lambda: iter(next(looks)))
    assert [check.ok for _ in range(5) for check in readiness.checks()] == [True] * 5


def test_the_disk_is_looked_at_where_the_data_lies(tmp_path: Path) -> None:
    assert checks.room(tmp_path) is not None
    assert checks.room(tmp_path / "gone") is None
