from datetime import timedelta

import pytest

from myosotis.domain.words import Channel, Kind, MessageStatus, Party, Via
from myosotis.flows import message_resent, patient_changed, trial_sent, visit_cancelled
from myosotis.flows.errors import Conflict, NotFound
from myosotis.flows.replanning import replan
from myosotis.store.models import Message, MessageText, Visit
from tests.db.make import ACTOR, NOW, Scene, book, hours, make_practice, messages, send_due, sent

LEFT = NOW + timedelta(seconds=61)


def resend(message: Message, after: timedelta = timedelta(hours=1)) -> Message:
    return message_resent.resend(practice=message.practice, message_id=message.pk, actor=ACTOR, now=NOW + after)


@pytest.fixture
def mail(scene: Scene) -> Message:
    (mail,) = send_due(book(scene.calendar, scene.patient), LEFT)
    return mail


def test_a_resend_is_the_next_copy_and_planning_leaves_it_alone(scene: Scene, mail: Message) -> None:
    copy = resend(mail)
    assert (copy.copy, copy.kind, copy.status, copy.due_at) == (1, Kind.DETAILS, "planned", NOW + hours(1))
    assert copy.uuid != mail.uuid
    before = list(Message.objects.order_by("id").values())
    replan(scene.practice, [mail.visit_id or 0], NOW + hours(1))
    assert list(Message.objects.order_by("id").values()) == before
    with pytest.raises(Conflict, match="being_resent"):
        resend(mail)
    sent(copy, NOW + hours(1))
    assert resend(mail, hours(2)).copy == 2


def test_what_was_not_sent_or_is_over_cannot_be_sent_again(scene: Scene, mail: Message) -> None:
    waiting = messages(Visit.objects.get(), kind=Kind.REMINDER, channel="email")[0]
    with pytest.raises(Conflict, match="not_sent"):
        resend(waiting)
    with pytest.raises(Conflict, match="expired"):
        resend(mail, timedelta(days=60))
    visit_cancelled.cancel(
        practice=scene.practice, visit_id=mail.visit_id or 0, by=Party.PRACTICE, via=Via.API, actor=ACTOR, now=LEFT
    )
    with pytest.raises(Conflict, match="outdated"):
        resend(mail)


def test_an_opt_out_wins_over_a_resend(scene: Scene, mail: Message) -> None:
    patient_changed.update(
        practice=scene.practice, patient_id=scene.patient.pk, card={"no_email": True}, actor=ACTOR, now=LEFT
    )
    with pytest.raises(Conflict, match="opted_out"):
        resend(mail)


def test_a_resent_sms_keeps_to_the_send_window(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    sms = sent(messages(visit, kind=Kind.REMINDER, channel="sms")[0], visit.start - hours(48), MessageStatus.FAILED)
    night = visit.start - hours(48) + hours(14)  # midnight in Warsaw
    copy = message_resent.resend(practice=scene.practice, message_id=sms.pk, actor=ACTOR, now=night)
    assert copy.due_at == night + hours(7)


def test_a_trial_is_a_row_like_any_other_and_bounded(scene: Scene) -> None:
    def trial(practice_id: object = None) -> Message:
        return trial_sent.send(
            practice=scene.practice, calendar_id=scene.calendar.pk, kind=Kind.REMINDER, channel=Channel.SMS,
            address="+48600123123", actor=ACTOR, now=NOW,
        )  # fmt: skip

    first = trial()
    assert (first.kind, first.subject_type, first.due_at, first.copy) == (Kind.TEST, "test", NOW, 1)
    assert MessageText.objects.get(message=first).subject == Kind.REMINDER
    for _ in range(19):
        trial()
    with pytest.raises(Conflict, match="too_many"):
        trial()
    with pytest.raises(NotFound):
        trial_sent.send(
            practice=make_practice(), calendar_id=scene.calendar.pk, kind=Kind.REMINDER, channel=Channel.SMS,
            address="+48600123123", actor=ACTOR, now=NOW,
        )  # fmt: skip
