"""What happens to one visit from several doors at once neither blocks for ever nor loses anything."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from myosotis.domain import planning
from myosotis.domain.values import Switches
from myosotis.domain.words import Kind, MessageStatus, Party, ReadSignal, Via, VisitStatus
from myosotis.flows import (
    message_read,
    patient_changed,
    receipt_arrived,
    switches_changed,
    visit_cancelled,
    visit_moved,
)
from myosotis.flows.errors import Conflict
from myosotis.flows.receipt_arrived import Report
from myosotis.flows.replanning import replan
from myosotis.store import facts as visit_facts
from myosotis.store.models import Message, MessageEvent, Patient, ReadingReport, Visit
from myosotis.store.queue.settle import settle
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, ahead, book, hours, make_patient, messages, send_due

LEFT = NOW + timedelta(seconds=61)
Step = Callable[[], object]


def together(steps: list[Step]) -> list[object]:
    """Run all at once, each on its own connection; what they returned, or the conflict that refused them."""

    def run(step: Step) -> object:
        try:
            return step()
        except Conflict as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(run, steps))


@pytest.fixture
def stage(transactional_db: None) -> Scene:
    if connection.vendor != "postgresql":
        pytest.skip("in SQLite's memory database all threads share one connection")
    return Scene.set()


def test_receipts_and_readings_at_once_leave_one_final_state(stage: Scene) -> None:
    visit = book(stage.calendar, stage.patient)
    (mail,) = send_due(visit, LEFT)
    at = LEFT + hours(1)

    def reads() -> object:
        return message_read.report(message_id=mail.pk, signal=ReadSignal.PAGE, now=at)

    def arrives() -> object:
        return receipt_arrived.record(report=Report.DELIVERED, key=mail.uuid.hex, now=at)

    def bounces() -> object:
        return receipt_arrived.record(report=Report.ADDRESS_DEAD, key=mail.uuid.hex, now=at)

    results = together([reads, arrives, bounces] * 8)
    assert len(results) == 24
    mail.refresh_from_db()
    assert mail.status in (MessageStatus.DELIVERED, MessageStatus.FAILED)
    assert MessageEvent.objects.filter(message=mail).count() == 1
    assert ReadingReport.objects.filter(counted=True).count() <= 1
    sms = messages(visit, kind=Kind.DETAILS, channel="sms")[0]
    assert sms.reason in ("read", "first_wave_failed")


def test_moves_cancellations_and_cards_at_once_end_in_the_plan_of_what_was_last(stage: Scene) -> None:
    first = book(stage.calendar, stage.patient)
    second = book(stage.calendar, stage.patient, NEXT_WEEK + hours(2))
    at = NOW + hours(1)

    def moves(visit: Visit, by_hours: int) -> Step:
        return lambda: visit_moved.move(
            practice=stage.practice, visit_id=visit.pk, start=NEXT_WEEK + hours(by_hours), by=Party.PRACTICE,
            via=Via.API, actor=ACTOR, now=at,
        )  # fmt: skip

    def changes(no_sms: bool) -> Step:
        return lambda: patient_changed.update(
            practice=stage.practice, patient_id=stage.patient.pk, card={"no_sms": no_sms}, actor=ACTOR, now=at
        )

    def cancels() -> object:
        return visit_cancelled.cancel(
            practice=stage.practice, visit_id=first.pk, by=Party.PATIENT, via=Via.API, actor=ACTOR, now=at
        )

    together([moves(first, 5), moves(second, 6), changes(True), moves(first, 7), cancels, changes(False)] * 4)
    first.refresh_from_db()
    assert first.status == VisitStatus.CANCELLED
    before = list(Message.objects.order_by("id").values())
    replan(stage.practice, [first.pk, second.pk], at)
    assert list(Message.objects.order_by("id").values()) == before


SIGNALS = st.lists(st.sampled_from(["delivered", "failed", "dead", "page", "settle", "replan"]), max_size=7)


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(signals=SIGNALS)
def test_in_whatever_order_signals_come_the_patient_hears_exactly_as_often_as_needed(
    scene: Scene, signals: list[str]
) -> None:
    visit = book(scene.calendar, scene.patient)
    Patient.objects.filter(id=scene.patient.pk).update(email_bad_at=None)
    (mail,) = send_due(visit, LEFT)
    for minute, signal in enumerate(signals):
        at = LEFT + timedelta(minutes=minute + 1)
        if signal == "page":
            message_read.report(message_id=mail.pk, signal=ReadSignal.PAGE, now=at)
        elif signal == "settle":
            settle([visit.pk], at)
        elif signal == "replan":
            replan(scene.practice, [visit.pk], at)
        else:
            report = {"delivered": Report.DELIVERED, "failed": Report.FAILED, "dead": Report.ADDRESS_DEAD}[signal]
            receipt_arrived.record(report=report, key=mail.uuid.hex, now=at)
    relevant = [signal for signal in signals if signal in ("delivered", "failed", "dead", "page")]
    pending = ("details", "sms") in ahead(visit)
    failed = [signal for signal in relevant if signal != "page"][:1] in (["failed"], ["dead"])
    if not relevant:
        assert pending
    elif "page" not in relevant:
        assert pending  # unread, or failed: the SMS goes either way
    elif relevant[0] == "page" or not failed:
        assert not pending


def test_bookings_while_switches_change_follow_the_switches_that_were_last(stage: Scene) -> None:
    patients = [make_patient(stage.practice) for _ in range(6)]

    def books(patient: Patient) -> Step:
        return lambda: book(stage.calendar, patient)

    def switches(on: bool) -> Step:
        return lambda: switches_changed.apply(
            practice=stage.practice, calendar_id=stage.calendar.pk, switches=Switches(reminder=on), actor=ACTOR, now=NOW
        )

    together([step for patient in patients for step in (books(patient), switches(False), switches(True))])
    for facts in visit_facts.load(stage.practice.visits.values_list("id", flat=True), NOW):
        assert planning.replan(facts, NOW).empty
