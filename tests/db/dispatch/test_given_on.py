"""A visit given on and on: each who had it hears that it is theirs no more (docs/rules.md 2)."""

from datetime import datetime, timedelta

import pytest

from myosotis.domain.words import Kind, Reason, Via
from myosotis.flows import visit_changed
from myosotis.store.models import Patient, Visit
from tests.db.dispatch.conftest import Post
from tests.db.make import ACTOR, NOW, Scene, book, hours, make_patient, messages

UNDONE = NOW + timedelta(seconds=60)
GIVEN = NOW + hours(1)


def give(visit: Visit, patient: Patient, now: datetime, *, correction: bool = False) -> None:
    visit_changed.give_to(
        practice=visit.practice, visit_id=visit.pk, patient_id=patient.pk, correction=correction, via=Via.DESK,
        actor=ACTOR, now=now,
    )  # fmt: skip


@pytest.mark.parametrize("correction", [False, True])
def test_the_sms_of_the_first_still_follows_the_unread_mail(scene: Scene, post: Post, *, correction: bool) -> None:
    second, third = make_patient(scene.practice), make_patient(scene.practice)
    visit = book(scene.calendar, scene.patient)
    post.at(UNDONE)
    give(visit, second, GIVEN)
    post.at(GIVEN + timedelta(minutes=1))
    assert messages(visit, kind=Kind.CANCELLED, channel="email", patient=scene.patient)[0].status == "sent"

    give(visit, third, GIVEN + hours(1), correction=correction)
    post.at(GIVEN + hours(1.1))
    post.at(GIVEN + hours(4.1))

    sms = messages(visit, kind=Kind.CANCELLED, channel="sms", patient=scene.patient)[0]
    assert (sms.status, sms.reason) == ("sent", Reason.FIRST_WAVE_UNREAD)
    assert scene.patient.phone in {outgoing.address for outgoing in post.sms.taken}


def test_a_correction_of_the_new_card_keeps_the_first_informed(scene: Scene, post: Post) -> None:
    """Given to one Jan Kowalski, corrected to the other before anything left: whose visit it was is told all the same."""
    wrong, right = make_patient(scene.practice), make_patient(scene.practice)
    visit = book(scene.calendar, scene.patient)
    post.at(UNDONE)
    give(visit, wrong, GIVEN)
    give(visit, right, GIVEN + timedelta(seconds=30), correction=True)

    post.at(GIVEN + timedelta(minutes=2))

    mail = messages(visit, kind=Kind.CANCELLED, channel="email", patient=scene.patient)[0]
    assert mail.status == "sent"


def test_given_back_the_first_is_told_of_no_cancellation(scene: Scene, post: Post) -> None:
    second = make_patient(scene.practice)
    visit = book(scene.calendar, scene.patient)
    post.at(UNDONE)
    give(visit, second, GIVEN)
    give(visit, scene.patient, GIVEN + timedelta(seconds=30))

    post.at(GIVEN + timedelta(minutes=2))
    post.at(GIVEN + hours(5))

    assert not [row for row in messages(visit, kind=Kind.CANCELLED, patient=scene.patient) if row.sent_at]
