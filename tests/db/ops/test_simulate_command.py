"""`myosotis simulate what-if`: reads a real calendar, writes nothing, and says what other switches would cost."""

import argparse
from datetime import timedelta
from decimal import Decimal

import pytest

from myosotis.domain.words import Kind
from myosotis.ops.commands import simulate
from myosotis.store.models import Message
from tests.db.make import NOW, Scene, book, make_patient


def _given(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    simulate.arguments(parser)
    return parser.parse_args(["what-if", *words])


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The installation is up, and its clock stands."""
    monkeypatch.setattr("myosotis.ops.commands.simulate.bring_up", lambda: None)
    monkeypatch.setattr("myosotis.clock.now", lambda: NOW)


def test_it_says_what_went_and_what_would_have_gone(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    visit = book(scene.calendar, make_patient(scene.practice), NOW - timedelta(days=7), now=NOW - timedelta(days=14))
    went = Message.objects.filter(visit=visit, kind=Kind.REMINDER, channel="sms", status="planned")
    assert went.update(sent_at=NOW - timedelta(days=8), status="sent", price=Decimal("0.16")) == 1
    before = sorted(Message.objects.values_list())
    where = "--practice", str(scene.practice.pk), "--calendar", str(scene.calendar.pk)
    assert simulate.run(_given(*where, "--switch", "reminder=off")) == 0
    said = capsys.readouterr().out.splitlines()
    assert ["reminder", "sms", "1", "0.16"] in [line.split() for line in said]
    assert ["all", "0.16", "0.00"] in [line.split() for line in said]
    assert sorted(Message.objects.values_list()) == before


def test_a_calendar_of_another_practice_is_not_found(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate.run(_given("--practice", "999999", "--calendar", str(scene.calendar.pk))) == 1
    assert "no such calendar" in capsys.readouterr().err


def test_a_switch_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _given("--switch", "letters=on")
    assert "reminder" in capsys.readouterr().err
