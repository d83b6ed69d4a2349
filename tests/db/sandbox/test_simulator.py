"""The simulator: nothing happens that must not, twice the same, and as the rules alone foresee it."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from django.db import transaction

from myosotis.channels.registry import new_push_key
from myosotis.domain.words import SubjectType
from myosotis.sandbox.simulator import counting, pure, world
from myosotis.sandbox.simulator.checker.reading import records
from myosotis.sandbox.simulator.checker.rules import violations
from myosotis.sandbox.simulator.scenario import QUIET, Habits, Scenario
from myosotis.sandbox.simulator.script import Script
from myosotis.store.models import Message

SMALL: Final = Scenario(seed=7, practices=1, weeks=1, calendars=1, filled=0.4, grain=timedelta(minutes=30))
BUSY: Final = Habits(patient_moves=0.1, patient_cancels=0.15, practice_moves=0.1, practice_cancels=0.1, take_offer=0.5)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def accounts(settings: Any) -> None:
    """The installation has an account on every channel."""
    mail = {"provider": "smtp", "host": "127.0.0.1", "security": "none", "from_address": "nikt@example.com"}
    push = {"provider": "webpush", "vapid_private_key": new_push_key(), "subject": "mailto:nikt@example.com"}
    sms = {"provider": "smsapi", "token": "simulation"}
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update={"email": mail, "push": push, "sms": sms})


def test_nothing_happens_that_must_never_happen_and_the_same_seed_has_the_same_outcome() -> None:
    figures = []
    for _ in range(2):
        with transaction.atomic():
            lived = world.run(replace(SMALL, habits=BUSY))
            assert [wrong for record in records(lived) for wrong in violations(record)] == []
            figures.append(counting.of(lived))
            transaction.set_rollback(True)
    assert figures[0] == figures[1]
    assert figures[0].counts["visits"] > 10


def test_the_rules_alone_foresee_every_message_that_the_real_flows_and_dispatcher_send() -> None:
    scenario = replace(SMALL, habits=QUIET, faults=False)
    lived = world.run(scenario)
    rows = Message.objects.filter(subject_type=SubjectType.VISIT, sent_at__isnull=False)
    fields = "visit_id", "revision", "kind", "channel", "wave", "due_at"
    real = sorted((lived.deeds.numbers[visit_id], *rest) for visit_id, *rest in rows.values_list(*fields))
    assert len(real) > 40
    assert real == sorted(pure.planned(pure.run(Script(scenario))))


def test_what_goes_wrong_says_what_was_done_to_which_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_given: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("myosotis.sandbox.simulator.deeds.message_read.report", broken)
    with pytest.raises(RuntimeError) as raised:
        world.run(SMALL)
    [note] = raised.value.__notes__
    [(visit_id, message_id)] = re.findall(r"read, visit (\d+), message (\d+)$", note)
    assert Message.objects.get(id=message_id).visit_id == int(visit_id)
