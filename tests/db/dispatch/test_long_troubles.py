"""What a provider in long trouble, or an account that cannot be read, must not do to patients (docs/rules.md 7.3, 7.5)."""

from datetime import timedelta

from myosotis.domain.outcomes import Deferred, Trouble, Unclear
from myosotis.domain.words import Kind, MessageStatus, Party, Reason, Via
from myosotis.flows import receipt_arrived, visit_cancelled
from myosotis.flows.receipt_arrived import Report
from myosotis.store.models import Message
from tests.db.dispatch.conftest import Post
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, book, hours, make_patient, messages

UNDONE = NOW + timedelta(seconds=60)


def test_sms_follow_mails_that_a_resting_account_never_even_tried(scene: Scene, post: Post) -> None:
    visits = [book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(n)) for n in range(12)]
    post.email.always = Deferred(detail="cannot connect", trouble=Trouble.ACCOUNT)
    post.per_second = 2

    for minute in range(0, 70, 5):
        post.at(UNDONE + timedelta(minutes=minute))

    mails = Message.objects.filter(kind=Kind.DETAILS, channel="email")
    assert not mails.filter(attempts=0, status=MessageStatus.PLANNED).exists()

    for minute in range(70, 125, 5):
        post.at(UNDONE + timedelta(minutes=minute))

    assert {(mail.status, mail.reason) for mail in mails} == {(MessageStatus.FAILED, Reason.PROVIDER_UNAVAILABLE)}
    assert len(post.sms.taken) == len(visits)
    assert not Message.objects.filter(kind=Kind.DETAILS, channel="sms", sent_at__lt=UNDONE + hours(1)).exists()


def test_mails_that_waited_for_us_and_not_for_the_provider_still_go(scene: Scene, post: Post) -> None:
    book(scene.calendar, scene.patient)

    post.at(UNDONE + hours(3))

    assert post.counts() == (1, 0, 0)


def test_what_had_no_answer_and_waits_for_its_repeat_is_followed_by_the_cancellation(scene: Scene, post: Post) -> None:
    scene.patient.email = ""
    scene.patient.save()
    post.sms.answers.append(Unclear(detail="connected, no answer in time"))
    visit = book(scene.calendar, scene.patient)
    post.at(UNDONE)
    details = messages(visit, kind=Kind.DETAILS, channel="sms")[0]
    assert (details.status, details.sent_at) == ("planned", UNDONE)

    visit_cancelled.cancel(
        practice=scene.practice, visit_id=visit.pk, by=Party.PRACTICE, via=Via.DESK, actor=ACTOR, now=UNDONE
    )
    post.at(UNDONE + timedelta(minutes=1))

    assert len(post.sms.taken) == 2
    details.refresh_from_db()
    assert (details.status, details.reason) == ("unclear", Reason.VISIT_CANCELLED)
    assert messages(visit, kind=Kind.CANCELLED, channel="sms")[0].status == "sent"
    receipt_arrived.record(report=Report.DELIVERED, key=details.uuid.hex, now=UNDONE + timedelta(minutes=2))
    details.refresh_from_db()
    assert details.status == "delivered", "the report still counts"


def test_an_sms_that_became_due_while_nobody_dispatched_waits_for_the_morning(scene: Scene, post: Post) -> None:
    visit = book(scene.calendar, scene.patient)
    post.at(UNDONE)
    night = NOW + hours(14)

    post.at(night)

    sms = messages(visit, kind=Kind.DETAILS, channel="sms")[0]
    assert (sms.status, sms.reason, post.counts()) == ("planned", Reason.HELD_FOR_WINDOW, (1, 0, 0))
    assert sms.due_at is not None
    post.at(sms.due_at)
    assert post.counts() == (1, 0, 1)
