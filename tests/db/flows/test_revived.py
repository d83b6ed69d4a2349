"""Withdrawn while its provider was in trouble, and wanted again: a message is not lost, and never goes twice."""

from datetime import datetime, timedelta

import pytest

from myosotis.domain.values import VisitSwitches
from myosotis.domain.words import Kind, Via
from myosotis.flows import patient_changed, visit_changed
from myosotis.store.models import Message, Visit
from tests.db.make import ACTOR, NOW, Scene, book, hours, messages

DUE = NOW + timedelta(seconds=60)
TRIED = NOW + timedelta(seconds=90)
NEXT_TRY = NOW + timedelta(minutes=2)


def switch(visit: Visit, now: datetime, *, on: bool) -> None:
    visit_changed.set_own_switches(
        practice=visit.practice, visit_id=visit.pk, switches=VisitSwitches(details=on), via=Via.DESK, actor=ACTOR,
        now=now,
    )  # fmt: skip


def put_off(visit: Visit) -> Message:
    """The first try of the e-mail was put off by its provider: due again later, surely not handed over."""
    mail = Message.objects.get(visit=visit, kind=Kind.DETAILS, channel="email")
    Message.objects.filter(pk=mail.pk).update(
        attempts=1, first_tried_at=TRIED, due_at=NEXT_TRY, reason="provider_unavailable"
    )
    return mail


def now_of(mail: Message) -> tuple[str, str, datetime | None]:
    mail.refresh_from_db()
    return mail.status, mail.reason, mail.due_at


@pytest.mark.parametrize(
    ("on_again", "due_at"),
    [
        (NEXT_TRY - timedelta(seconds=10), NEXT_TRY),
        (NEXT_TRY + timedelta(minutes=20), NEXT_TRY + timedelta(minutes=20)),
    ],
)
def test_off_and_on_during_an_outage_it_is_tried_again(scene: Scene, on_again: datetime, due_at: datetime) -> None:
    visit = book(scene.calendar, scene.patient)
    mail = put_off(visit)
    switch(visit, TRIED, on=False)
    assert now_of(mail)[:2] == ("cancelled", "switch_off_for_visit")
    switch(visit, on_again, on=True)
    assert now_of(mail) == ("planned", "", due_at)
    assert {row.status for row in messages(visit, kind=Kind.DETAILS, channel="sms")} == {"waiting"}
    assert len(messages(visit, kind=Kind.DETAILS, channel="email")) == 1


def test_switched_on_much_later_it_is_not_brought_up_again(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    mail = put_off(visit)
    switch(visit, TRIED, on=False)
    switch(visit, NEXT_TRY + hours(2), on=True)
    assert now_of(mail)[:2] == ("cancelled", "switch_off_for_visit")


def test_what_may_have_left_is_never_revived(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    mail = put_off(visit)
    Message.objects.filter(pk=mail.pk).update(sent_at=TRIED, reason="no_answer")
    switch(visit, TRIED, on=False)
    assert now_of(mail)[0] == "unclear"
    switch(visit, NEXT_TRY - timedelta(seconds=10), on=True)
    assert now_of(mail)[0] == "unclear"


def test_an_address_that_was_lost_on_the_way_and_comes_back_gets_it(scene: Scene) -> None:
    """The last look stopped it: the card had no e-mail address at that moment."""
    visit = book(scene.calendar, scene.patient)
    mail = put_off(visit)
    Message.objects.filter(pk=mail.pk).update(status="cancelled", reason="opted_out", finished_at=TRIED)
    patient_changed.update(
        practice=scene.practice, patient_id=scene.patient.pk, card={"no_offer": True}, actor=ACTOR,
        now=NEXT_TRY - timedelta(seconds=10),
    )  # fmt: skip
    assert now_of(mail) == ("planned", "", NEXT_TRY)


def test_tried_again_it_may_be_withdrawn_again(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    mail = put_off(visit)
    for seconds in (40, 20):
        switch(visit, NEXT_TRY - timedelta(seconds=seconds), on=False)
        assert now_of(mail)[0] == "cancelled"
        switch(visit, NEXT_TRY - timedelta(seconds=seconds - 10), on=True)
        assert now_of(mail)[0] == "planned"
