"""The call list as the desk asks for it: the database finds what the rule would (docs/rules.md 3)."""

from datetime import timedelta

import pytest

from myosotis.domain.words import Kind, Via
from myosotis.flows import visit_changed
from myosotis.store import calls
from myosotis.store.models import Message
from tests.db.make import ACTOR, NOW, Scene, book, hours, make_patient, messages, send_due


def listed(scene: Scene) -> list[int]:
    return list(calls.to_call(scene.practice, NOW + hours(5)).values_list("id", flat=True))


@pytest.mark.parametrize(
    ("row", "on_it"),
    [
        ({"status": "cancelled", "attempts": 1, "reason": "bad_phone"}, True),
        ({"status": "cancelled", "attempts": 1, "reason": "switch_off"}, False),
        ({"status": "planned", "due_at": NOW + hours(3)}, True),
        ({"status": "planned", "due_at": NOW + hours(4.5)}, False),
        ({"status": "planned", "due_at": NOW + hours(6), "attempts": 6}, True),
        ({"status": "failed", "attempts": 1, "reason": "not_delivered"}, True),
        ({"status": "sent", "attempts": 1, "sent_at": NOW}, False),
    ],
)
def test_what_became_of_the_only_message_decides(scene: Scene, row: dict[str, object], *, on_it: bool) -> None:
    scene.patient.email = ""
    scene.patient.save()
    visit = book(scene.calendar, scene.patient)
    Message.objects.filter(visit=visit, kind=Kind.DETAILS, channel="sms").update(**row)
    assert listed(scene) == ([visit.pk] if on_it else [])


def test_who_was_told_on_another_channel_is_not_called(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    details = Message.objects.filter(visit=visit, kind=Kind.DETAILS)
    details.filter(channel="email").update(status="failed", attempts=1, reason="not_delivered")
    details.filter(channel="sms").update(status="delivered", attempts=1, sent_at=NOW)
    assert listed(scene) == []


def test_a_former_patient_who_was_not_told_is_called_whatever_became_of_the_visit(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    send_due(visit, NOW + timedelta(minutes=2))
    visit_changed.give_to(
        practice=scene.practice, visit_id=visit.pk, patient_id=make_patient(scene.practice).pk, correction=False,
        via=Via.DESK, actor=ACTOR, now=NOW + hours(1),
    )  # fmt: skip
    send_due(visit, NOW + hours(2))
    Message.objects.filter(visit=visit, kind=Kind.CANCELLED).update(status="failed", attempts=1)
    visit_changed.give_to(
        practice=scene.practice, visit_id=visit.pk, patient_id=make_patient(scene.practice).pk, correction=True,
        via=Via.DESK, actor=ACTOR, now=NOW + hours(3),
    )  # fmt: skip
    assert messages(visit, kind=Kind.CANCELLED)
    assert listed(scene) == [visit.pk]
