from datetime import datetime, timedelta
from typing import Any

import pytest

from myosotis.domain.words import Answer, Kind, Party, Via, VisitStatus
from myosotis.flows import sms_arrived, visit_moved
from myosotis.flows.sms_arrived import Taken
from myosotis.store.models import IncomingMessage, Message, MessageText, Patient, ProviderAccount, StoppedNumber, Visit
from tests.db.make import ACTOR, NOW, Scene, ahead, book, hours, make_practice, messages, sent


def reminded(visit: Visit, at: datetime | None = None) -> datetime:
    """The reminder left by SMS."""
    moment = at or visit.start - hours(48)
    sms = sent(messages(visit, kind=Kind.REMINDER, channel="sms")[0], moment)
    MessageText.objects.create(message=sms, practice_id=visit.practice_id, address=visit.patient.phone, body="...")
    return moment


def replies(scene: Scene, text: str, now: datetime, **given: Any) -> Taken:
    return sms_arrived.take(practice_id=scene.practice.pk, sender=scene.patient.phone, text=text, now=now, **given)


@pytest.mark.parametrize("text", ["TAK", "tak", " Tak. ", "YES"])
def test_yes_confirms(scene: Scene, text: str) -> None:
    visit = book(scene.calendar, scene.patient)
    taken = replies(scene, text, reminded(visit) + hours(1))
    visit.refresh_from_db()
    assert (taken.acted, taken.answer, visit.status) == (True, None, VisitStatus.CONFIRMED)


@pytest.mark.parametrize("text", ["NIE", "nie!", "No"])
def test_no_cancels_is_acknowledged_by_sms_and_never_opts_out(scene: Scene, text: str) -> None:
    visit = book(scene.calendar, scene.patient)
    taken = replies(scene, text, reminded(visit) + hours(1))
    visit.refresh_from_db()
    assert (taken.acted, visit.status, visit.cancelled_by) == (True, VisitStatus.CANCELLED, "patient")
    assert ("cancelled", "sms") in ahead(visit)
    assert not StoppedNumber.objects.exists()


def test_no_after_the_cutoff_cancels_nothing_and_is_answered(scene: Scene) -> None:
    scene.calendar.change_cutoff_minutes = 72 * 60
    scene.calendar.save()
    visit = book(scene.calendar, scene.patient)
    taken = replies(scene, "NIE", reminded(visit) + hours(1))
    visit.refresh_from_db()
    assert (taken.acted, taken.answer, visit.status) == (False, Answer.AFTER_CUTOFF, VisitStatus.BOOKED)
    assert IncomingMessage.objects.get().handled_at is None


def test_no_where_actions_are_off_cancels_nothing(scene: Scene) -> None:
    scene.calendar.actions = False
    scene.calendar.save()
    visit = book(scene.calendar, scene.patient)
    taken = replies(scene, "NIE", reminded(visit) + hours(1))
    visit.refresh_from_db()
    assert (taken.answer, visit.status) == (Answer.PHONE, VisitStatus.BOOKED)


def test_stop_cancels_no_visit_and_start_undoes_it(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    at = reminded(visit) + hours(1)
    assert replies(scene, "STOP", at).answer is Answer.STOPPED
    assert replies(scene, "stop", at).answer is None
    visit.refresh_from_db()
    assert visit.status == VisitStatus.BOOKED
    assert {channel for _, channel in ahead(visit)} == {"email"}
    assert replies(scene, "Dzień dobry", at).answer is None
    assert replies(scene, "START", at).answer is Answer.STARTED
    assert ("review", "sms") in ahead(visit)


def test_any_other_text_reaches_the_inbox_and_is_answered_once(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    at = reminded(visit) + hours(1)
    assert replies(scene, "Czy mogę przyjść z dzieckiem?", at).answer is Answer.PHONE
    assert replies(scene, "Halo?", at + timedelta(minutes=1)).answer is None
    assert IncomingMessage.objects.filter(patient=scene.patient, handled_at=None).count() == 2
    (row,) = Message.objects.filter(kind=Kind.ANSWER)
    assert (row.status, row.channel, row.due_at) == ("planned", "sms", at)


def test_delivered_twice_it_counts_once(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    at = reminded(visit) + hours(1)
    first = replies(scene, "?", at, provider="smsapi", provider_id="1")
    again = replies(scene, "?", at, provider="smsapi", provider_id="1")
    assert (first.new, again.new, first.incoming_id) == (True, False, again.incoming_id)
    assert Message.objects.filter(kind=Kind.ANSWER).count() == 1


def test_a_yes_to_an_old_time_confirms_nothing(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    at = reminded(visit)
    visit_moved.move(
        practice=scene.practice, visit_id=visit.pk, start=visit.start + hours(24), by=Party.PRACTICE, via=Via.DESK,
        actor=ACTOR, now=at + timedelta(minutes=5),
    )  # fmt: skip
    taken = replies(scene, "TAK", at + hours(1))
    visit.refresh_from_db()
    assert (taken.acted, visit.status) == (False, VisitStatus.BOOKED)


def test_any_reply_is_a_reading(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    at = reminded(visit)
    replies(scene, "Dziękuję", at + hours(1))
    assert messages(visit, kind=Kind.REMINDER, channel="sms")[0].read_at == at + hours(1)


def test_the_number_of_an_unknown_sender_is_kept_in_the_inbox_of_that_practice_alone(scene: Scene) -> None:
    other = make_practice()
    visit = book(scene.calendar, scene.patient)
    at = reminded(visit) + hours(1)
    sms_arrived.take(practice_id=other.pk, sender=scene.patient.phone, text="NIE", now=at)
    visit.refresh_from_db()
    assert visit.status == VisitStatus.BOOKED
    assert IncomingMessage.objects.get().practice_id == other.pk
    assert IncomingMessage.objects.get().patient_id is None


def test_without_an_account_for_sms_there_is_no_answer(scene: Scene) -> None:
    ProviderAccount.objects.filter(channel="sms").delete()
    assert replies(scene, "Halo", NOW).answer is None
    assert not Message.objects.exists()


def test_a_shared_number_belongs_to_no_single_card(scene: Scene) -> None:
    Patient.objects.create(practice=scene.practice, last_name="Mąż", phone=scene.patient.phone, created_at=NOW)
    replies(scene, "Halo", NOW)
    assert IncomingMessage.objects.get().patient_id is None
