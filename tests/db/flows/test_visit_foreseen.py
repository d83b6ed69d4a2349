"""What is promised before a booking is what the booking plans."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from myosotis.domain.values import Contact, PlannedMessage, VisitSwitches
from myosotis.domain.words import Kind, Reason
from myosotis.flows import visit_foreseen
from myosotis.store.models import Message
from tests.db.make import NEXT_WEEK, NOW, Scene, book, make_patient, messages


def promised(rows: Iterable[PlannedMessage]) -> set[tuple[object, ...]]:
    return {(row.key.kind, row.key.channel, row.key.wave, row.status, row.due_at, row.reason or "") for row in rows}


def written(rows: Iterable[Message]) -> set[tuple[object, ...]]:
    return {(row.kind, row.channel, row.wave, row.status, row.due_at, row.reason) for row in rows}


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(hours=40), timedelta(days=9)])
@pytest.mark.parametrize("card", [{}, {"app": True}, {"email": ""}, {"email": "", "phone": ""}, {"silent": True}])
@pytest.mark.parametrize("switches", [VisitSwitches(), VisitSwitches(reminder=False), VisitSwitches(silent=True)])
def test_it_is_the_plan_of_the_booking(
    db: None, ahead: timedelta, card: dict[str, object], switches: VisitSwitches
) -> None:
    scene = Scene.set(**card)
    start = NOW + ahead

    foreseen = visit_foreseen.foresee(
        practice=scene.practice, calendar_id=scene.calendar.pk, start=start, now=NOW, switches=switches,
        patient_id=scene.patient.pk,
    )  # fmt: skip

    assert not Message.objects.exists()
    visit = book(scene.calendar, scene.patient, start, switches=switches)
    assert promised(foreseen) == written(messages(visit))


def test_of_somebody_without_a_card(db: None) -> None:
    scene = Scene.set()

    foreseen = visit_foreseen.foresee(
        practice=scene.practice,
        calendar_id=scene.calendar.pk,
        start=NEXT_WEEK,
        now=NOW,
        contact=Contact(email="nowa@example.org"),
    )

    visit = book(scene.calendar, make_patient(scene.practice, email="nowa@example.org", phone=""))
    assert promised(foreseen) == written(messages(visit))


def test_the_next_visit_of_the_patient_counts(db: None) -> None:
    scene = Scene.set()
    book(scene.calendar, scene.patient, NEXT_WEEK + timedelta(days=30))

    foreseen = visit_foreseen.foresee(
        practice=scene.practice, calendar_id=scene.calendar.pk, start=NEXT_WEEK, now=NOW, patient_id=scene.patient.pk
    )

    assert {row.reason for row in foreseen if row.key.kind is Kind.REBOOK} == {Reason.NEXT_VISIT_BOOKED}
