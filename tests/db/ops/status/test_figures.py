"""The figures that are read from the database when Prometheus asks."""

from datetime import timedelta

import pytest
from django.db import connection
from prometheus_client import CollectorRegistry, generate_latest

from myosotis import clock
from myosotis.ops.status import dispatcher, figures
from myosotis.store.models import BreakerState
from tests.unit.test_deploy import ASKED


def shown(accounts: dict[str, timedelta | None]) -> list[str]:
    now = clock.now()
    for account, rest in accounts.items():
        BreakerState.objects.create(
            account=account, failures=5, openings=1, open_until=now + rest if rest else None, changed_at=now
        )
    registry = CollectorRegistry()
    registry.register(figures.Queue())
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]


@pytest.mark.django_db
def test_only_accounts_that_rest_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "close", lambda: None)  # the test's own
    lines = shown({"12:sms": timedelta(minutes=1), "13:email": None})
    assert [line for line in lines if "breaker" in line] == [
        "myosotis_breakers_open 1.0",
        'myosotis_breaker_open{account="12:sms"} 1.0',
    ]


def test_the_board_is_checked_against_all_that_is_asked() -> None:
    named = {family.name for one in (figures.Build("dispatcher"), figures.Queue()) for family in one.describe()}
    assert named | {family.name for family in dispatcher.in_flight.describe()} == ASKED
