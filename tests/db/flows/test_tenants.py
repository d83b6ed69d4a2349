"""A foreign id is not found, by every flow (docs/rules.md 7.7)."""

from collections.abc import Callable
from typing import Any

import pytest

from myosotis.domain.opinions import OpinionRule
from myosotis.domain.values import Switches, VisitSwitches
from myosotis.domain.words import ConsentPurpose, Party, Via
from myosotis.flows import (
    calendar_changed,
    import_undone,
    message_resent,
    opinion_given,
    opinion_moderated,
    patient_changed,
    patient_erased,
    push_subscribed,
    switches_changed,
    visit_booked,
    visit_cancelled,
    visit_changed,
    visit_confirmed,
    visit_marked,
    visit_moved,
)
from myosotis.flows.errors import NotFound
from myosotis.store.models import AuditEntry, Message, Opinion, Patient, Practice, Visit, VisitLog
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, book, make_calendar, make_patient, make_practice

BY: dict[str, Any] = {"by": Party.PRACTICE, "via": Via.DESK}
VIA: dict[str, Any] = {"via": Via.DESK}
Flow = Callable[..., Any]

OVER_A_VISIT: list[tuple[Flow, dict[str, Any]]] = [
    (visit_moved.move, {"start": NEXT_WEEK, **BY}),
    (visit_moved.undo, {}),
    (visit_cancelled.cancel, BY),
    (visit_cancelled.restore, {}),
    (visit_confirmed.confirm, BY),
    (visit_marked.mark, {"mark": visit_marked.Mark.DONE, **VIA}),
    (visit_changed.set_own_switches, {"switches": VisitSwitches(silent=True), **VIA}),
    (visit_changed.set_service, {"service_id": None, **VIA}),
]
OVER_AN_OPINION: list[tuple[Flow, dict[str, Any]]] = [
    (opinion_moderated.publish, {}),
    (opinion_moderated.reject, {"rule": OpinionRule.INSULT}),
    (opinion_moderated.answer, {"text": "x"}),
]
OVER_A_PATIENT: list[tuple[Flow, dict[str, Any]]] = [
    (patient_changed.update, {"card": {"email": "x@example.org"}}),
    (patient_changed.give_consent, {"purpose": ConsentPurpose.COMMERCIAL, "how": "x", "wording": "x"}),
    (patient_changed.withdraw_consent, {"purpose": ConsentPurpose.COMMERCIAL}),
    (patient_erased.erase, {}),
    (push_subscribed.subscribe, {"endpoint": "https://push.example.org/1", "p256dh": "k", "auth": "a"}),
    (push_subscribed.unsubscribe, {"subscription_id": 1}),
]
OVER_A_CALENDAR: list[tuple[Flow, dict[str, Any]]] = [
    (switches_changed.apply, {"switches": Switches(review=False)}),
    (switches_changed.copy_to, {"target_ids": [1]}),
    (calendar_changed.update_calendar, {"values": {"online_booking": False}}),
    (calendar_changed.set_opening_hours, {"hours": []}),
    (calendar_changed.save_service, {"values": {"name": "x"}}),
    (calendar_changed.block, {"start": NOW, "end": NEXT_WEEK}),
]


@pytest.fixture
def foreign(scene: Scene) -> Practice:
    return make_practice("Inna")


def everything() -> list[list[Any]]:
    return [list(model.objects.order_by("pk").values()) for model in (Visit, Patient, Message, VisitLog, AuditEntry)]


@pytest.mark.parametrize(("flow", "given"), OVER_A_VISIT)
def test_visits(scene: Scene, foreign: Practice, flow: Flow, given: dict[str, Any]) -> None:
    visit = book(scene.calendar, scene.patient)
    before = everything()
    with pytest.raises(NotFound):
        flow(practice=foreign, visit_id=visit.pk, actor=ACTOR, now=NOW, **given)
    assert everything() == before


@pytest.mark.parametrize(("flow", "given"), OVER_A_PATIENT)
def test_patients(scene: Scene, foreign: Practice, flow: Flow, given: dict[str, Any]) -> None:
    book(scene.calendar, scene.patient)
    before = everything()
    with pytest.raises(NotFound):
        flow(practice=foreign, patient_id=scene.patient.pk, actor=ACTOR, now=NOW, **given)
    assert everything() == before


@pytest.mark.parametrize(("flow", "given"), OVER_A_CALENDAR)
def test_calendars(scene: Scene, foreign: Practice, flow: Flow, given: dict[str, Any]) -> None:
    book(scene.calendar, scene.patient)
    before = everything()
    with pytest.raises(NotFound):
        flow(practice=foreign, calendar_id=scene.calendar.pk, actor=ACTOR, now=NOW, **given)
    with pytest.raises(NotFound):
        switches_changed.preview(practice=foreign, calendar_id=scene.calendar.pk, switches=Switches(), now=NOW)
    assert everything() == before


@pytest.mark.parametrize(("flow", "given"), OVER_AN_OPINION)
def test_opinions(scene: Scene, foreign: Practice, flow: Flow, given: dict[str, Any]) -> None:
    visit = book(scene.calendar, scene.patient)
    own: dict[str, Any] = {"visit_id": visit.pk, "patient_id": scene.patient.pk}
    opinion = opinion_given.give(practice=scene.practice, stars=3, text="x", now=visit.end, **own)
    before = [*everything(), *Opinion.objects.values()]
    with pytest.raises(NotFound):
        flow(practice=foreign, opinion_id=opinion.pk, actor=ACTOR, now=visit.end, **given)
    with pytest.raises(NotFound):
        opinion_given.give(practice=foreign, stars=1, now=visit.end, **own)
    with pytest.raises(NotFound):
        opinion_given.withdraw(practice=foreign, now=visit.end, **own)
    assert [*everything(), *Opinion.objects.values()] == before


def test_a_booking_mixes_no_practices(scene: Scene, foreign: Practice) -> None:
    calendar, patient = make_calendar(foreign), make_patient(foreign)
    given: dict[str, Any] = {"practice": scene.practice, "start": NEXT_WEEK, "actor": ACTOR, "now": NOW, **BY}
    with pytest.raises(NotFound):
        visit_booked.book(calendar_id=calendar.pk, patient_id=scene.patient.pk, **given)
    with pytest.raises(NotFound):
        visit_booked.book(calendar_id=scene.calendar.pk, patient_id=patient.pk, **given)
    visit = book(scene.calendar, scene.patient)
    with pytest.raises(NotFound):
        visit_moved.move(
            practice=scene.practice, visit_id=visit.pk, calendar_id=calendar.pk, actor=ACTOR, now=NOW, **BY
        )
    with pytest.raises(NotFound):
        visit_changed.give_to(
            practice=scene.practice, visit_id=visit.pk, patient_id=patient.pk, correction=False, actor=ACTOR,
            now=NOW, **VIA,
        )  # fmt: skip


def test_messages_and_imports(scene: Scene, foreign: Practice) -> None:
    visit = book(scene.calendar, scene.patient)
    message = Message.objects.filter(visit=visit)[0]
    with pytest.raises(NotFound):
        message_resent.resend(practice=foreign, message_id=message.pk, actor=ACTOR, now=NOW)
    with pytest.raises(NotFound):
        import_undone.undo(practice=foreign, batch_id=1, actor=ACTOR, now=NOW)
