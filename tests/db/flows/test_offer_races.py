"""Many at once: one slot has one winner, and nobody is asked by two offers at the same time (docs/rules.md 4)."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from myosotis.domain.sms_words import SmsWord
from myosotis.domain.words import Party, Via
from myosotis.flows import patient_changed, visit_cancelled, visit_changed
from myosotis.flows.sms_arrived import acting
from myosotis.ops.benchmark.offers import WINNER, race
from myosotis.store.models import Candidate, Visit
from tests.db.flows.test_at_once import Step, together
from tests.db.make import ACTOR, Scene, book, make_calendar, make_patient
from tests.db.offers import MINUTE, MONDAY, SATURDAY, WEDNESDAY, candidate, mail_of, offered, waiting

FIFTY = 50


@pytest.fixture
def stage(transactional_db: None) -> Scene:
    if connection.vendor != "postgresql":
        pytest.skip("in SQLite's memory database all threads share one connection")
    return Scene.set()


def test_of_fifty_accepts_at_once_one_wins(stage: Scene) -> None:
    visits = waiting(stage, 10)
    offer = offered(book(stage.calendar, stage.patient, MONDAY))
    run = race(offer, SATURDAY + MINUTE, FIFTY)
    winner = Visit.objects.get(start=MONDAY, status="confirmed")
    assert run.answers[WINNER] == 1
    assert run.answers["won_already"] == 4, "who won asks again, and is told that it is theirs"
    assert run.answers["offer_taken"] == 45
    assert winner in visits
    assert candidate(offer, winner).answer == "taken"
    assert winner.log.filter(what="moved").count() == 1


def test_on_a_file_of_sqlite_too(tmp_path: Path) -> None:
    """In a process of its own: the tests' own SQLite lives in memory, on one connection."""
    environment = {**os.environ, "MYOSOTIS_DATA_DIR": str(tmp_path), "MYOSOTIS_DATABASE_URL": ""}
    command = [sys.executable, str(Path(__file__).parent / "racers.py")]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    said = json.loads(run.stdout)
    assert said == {"answers": {WINNER: 1, "won_already": 4, "offer_taken": 45}, "at_the_slot": 1}


def test_two_slots_freed_at_once_never_ask_one_patient_twice(stage: Scene) -> None:
    calendars = [stage.calendar, make_calendar(stage.practice), make_calendar(stage.practice)]
    freed = [book(calendar, make_patient(stage.practice), MONDAY) for calendar in calendars]
    patients = [make_patient(stage.practice) for _ in range(12)]
    for hour, patient in enumerate(patients):
        for calendar in calendars:
            book(calendar, patient, WEDNESDAY + timedelta(hours=hour))

    def cancels(visit: Visit) -> Step:
        return lambda: visit_cancelled.cancel(
            practice=stage.practice, visit_id=visit.pk, by=Party.PATIENT, via=Via.PORTAL, actor=ACTOR, now=SATURDAY
        )

    together([cancels(visit) for visit in freed])
    asked = Counter(Candidate.objects.filter(passed_over="").values_list("patient_id", flat=True))
    assert len(asked) == len(patients)
    assert set(asked.values()) == {1}


def test_declining_while_staff_change_the_visit_and_its_card_waits_in_no_circle(stage: Scene) -> None:
    visits = waiting(stage, 10)
    offer = offered(book(stage.calendar, stage.patient, MONDAY))
    other, now = make_patient(stage.practice), SATURDAY + MINUTE

    def declines(visit: Visit) -> Step:
        return transaction.atomic(lambda: acting.act(stage.practice, mail_of(offer, visit)[0], SmsWord.NO, now))

    def gives(visit: Visit) -> Step:
        return lambda: visit_changed.give_to(
            practice=stage.practice, visit_id=visit.pk, patient_id=other.pk, correction=False, via=Via.API, actor=ACTOR,
            now=now,
        )  # fmt: skip

    def opts_out(visit: Visit) -> Step:
        return lambda: patient_changed.update(
            practice=stage.practice, patient_id=visit.patient_id, card={"no_offer": True}, actor=ACTOR, now=now
        )

    together([step for visit in visits for step in (declines(visit), gives(visit), opts_out(visit))])
    given = Visit.objects.filter(id__in=[visit.pk for visit in visits])
    assert set(given.values_list("patient_id", flat=True)) == {other.pk}
    assert not [row for row in mail_of(offer) if row.status == "planned"]
