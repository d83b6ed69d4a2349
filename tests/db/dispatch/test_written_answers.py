"""Answers that staff wrote, on their way: in their own words, once, and not against the patient's wish."""

from datetime import timedelta

import pytest

from myosotis.channels.base import SmsContent
from myosotis.domain.outcomes import Unclear
from myosotis.domain.words import Kind, MessageStatus, Reason
from myosotis.flows import reply_written, sms_arrived
from myosotis.store.models import IncomingMessage, Message, Patient, Practice, StoppedNumber
from tests.db.dispatch.conftest import Post
from tests.db.make import ACTOR, NOW, Scene

pytestmark = pytest.mark.django_db(transaction=True)
DUE = NOW + timedelta(seconds=60)


@pytest.fixture
def answer(scene: Scene) -> Message:
    taken = sms_arrived.take(
        practice_id=scene.practice.pk, sender=scene.patient.phone, text="Czy wziąć wyniki?", now=NOW
    )
    incoming = IncomingMessage.objects.get(id=taken.incoming_id)
    return reply_written.write(
        practice=scene.practice, incoming_id=incoming.pk, text="Tak: {{ wyniki }} z żółtej teczki.", copy=1, actor=ACTOR,
        now=NOW,
    )  # fmt: skip


def texts(post: Post) -> list[str]:
    return [one.content.text for one in post.sms.taken if isinstance(one.content, SmsContent)]


def test_an_answer_goes_in_the_words_of_the_staff(scene: Scene, post: Post, answer: Message) -> None:
    Practice.objects.filter(id=scene.practice.pk).update(sms_letters="strip")
    post.at(NOW)
    assert all("teczki" not in text for text in texts(post)), "not within the undo time"

    post.at(DUE)

    assert texts(post)[-1] == "Tak: {{ wyniki }} z zoltej teczki."
    assert post.sms.taken[-1].address == scene.patient.phone
    answer.refresh_from_db()
    assert (answer.status, answer.parts, answer.text.body) == (
        MessageStatus.SENT,
        1,
        "Tak: {{ wyniki }} z zoltej teczki.",
    )


def test_an_answer_without_a_clear_outcome_is_repeated_by_the_same_key_and_in_the_same_words(
    post: Post, answer: Message
) -> None:
    post.at(NOW)
    post.sms.taken.clear()
    post.sms.answers.append(Unclear(detail="no answer"))
    post.at(DUE)
    post.at(DUE + timedelta(minutes=5))

    assert {one.key for one in post.sms.taken} == {answer.uuid.hex}
    assert len(set(texts(post))) == 1


@pytest.mark.parametrize(
    ("card", "reason"), [({"no_sms": True}, Reason.OPTED_OUT), ({"deceased": True}, Reason.DECEASED)]
)
def test_what_changed_meanwhile_stops_an_answer(
    scene: Scene, post: Post, answer: Message, card: dict[str, bool], reason: Reason
) -> None:
    Patient.objects.filter(id=scene.patient.pk).update(**card)
    post.at(DUE)

    answer.refresh_from_db()
    assert (answer.status, answer.reason) == (MessageStatus.CANCELLED, reason)


def test_stop_meanwhile_stops_an_answer(scene: Scene, post: Post, answer: Message) -> None:
    StoppedNumber.objects.create(practice=scene.practice, phone=scene.patient.phone, stopped_at=NOW)
    post.at(DUE)

    answer.refresh_from_db()
    assert (answer.status, answer.reason) == (MessageStatus.CANCELLED, Reason.SMS_STOPPED)
    assert not Message.objects.filter(kind=Kind.ANSWER, copy=1, sent_at__isnull=False).exists()
