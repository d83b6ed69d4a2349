"""What is due goes out on its channel, once, with links that a retry keeps, and leaves its history."""

import asyncio
from datetime import timedelta

import pytest

from myosotis.channels.base import EmailContent, Outgoing, PushContent, SmsContent
from myosotis.domain.outcomes import Accepted, Deferred, Outcome, Refused, Trouble, Unclear
from myosotis.domain.values import utc
from myosotis.domain.words import Channel, Kind, MessageStatus, Reason
from myosotis.flows import trial_sent
from myosotis.links import hash_token
from myosotis.store.models import (
    IncomingMessage,
    Message,
    MessageEvent,
    MessageText,
    ProviderAccount,
    PushSubscription,
)
from tests.db.dispatch.conftest import Post
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, book, hours, make_patient, make_subscription, messages

UNDONE = NOW + timedelta(seconds=60)
REMINDER_AT = NEXT_WEEK - hours(48)


def test_details_go_by_mail_and_push_and_the_sms_waits(scene: Scene, post: Post) -> None:
    make_subscription(scene.patient)
    ProviderAccount.objects.filter(channel="email").update(settings={"from_address": "wizyty@example.org"})
    visit = book(scene.calendar, scene.patient)

    assert post.at(NOW) == 0, "the undo time is not over"
    post.at(UNDONE)

    assert post.counts() == (1, 1, 0)
    mail, push = post.email.taken[0], post.push.taken[0]
    assert mail.address == scene.patient.email
    assert isinstance(mail.content, EmailContent)
    assert mail.content.calendar.startswith(b"BEGIN:VCALENDAR")
    assert isinstance(push.content, PushContent)
    assert push.subscription is not None
    sent = {row.channel: row for row in messages(visit, kind=Kind.DETAILS)}
    assert {channel: row.status for channel, row in sent.items()} == {"email": "sent", "push": "sent", "sms": "planned"}
    assert sent["sms"].due_at == UNDONE + hours(4)
    assert sent["sms"].reason == Reason.FIRST_WAVE_UNREAD
    assert (sent["email"].told_start, sent["email"].told_calendar_id) == (visit.start, visit.calendar_id)


def test_the_unread_first_wave_is_followed_by_one_sms_four_hours_later(scene: Scene, post: Post) -> None:
    book(scene.calendar, scene.patient)
    post.at(UNDONE)

    post.at(UNDONE + hours(4) - timedelta(seconds=1))
    assert post.counts() == (1, 0, 0)
    post.at(UNDONE + hours(4))
    post.at(UNDONE + hours(5))

    assert post.counts() == (1, 0, 1)
    sms = post.sms.taken[0]
    assert sms.address == scene.patient.phone
    assert isinstance(sms.content, SmsContent)


def test_a_read_first_wave_is_followed_by_nothing(scene: Scene, post: Post) -> None:
    visit = book(scene.calendar, scene.patient)
    post.at(UNDONE)
    Message.objects.filter(visit=visit, channel="email", kind=Kind.DETAILS).update(read_at=UNDONE + hours(1))

    post.at(UNDONE + hours(4))

    assert post.counts() == (1, 0, 0)
    sms = messages(visit, channel="sms", kind=Kind.DETAILS)[0]
    assert (sms.status, sms.reason) == (MessageStatus.CANCELLED, Reason.READ)


def test_a_first_wave_that_fails_as_a_whole_is_followed_at_once(scene: Scene, post: Post) -> None:
    post.email.always = Refused(reason=Reason.ADDRESS_REFUSED, detail="550", address_dead=True)
    visit = book(scene.calendar, scene.patient)

    post.at(UNDONE)

    assert post.counts() == (1, 0, 1), "in the same minute, by the other channel"
    mail = messages(visit, channel="email", kind=Kind.DETAILS)[0]
    assert (mail.status, mail.reason, mail.detail) == ("failed", Reason.ADDRESS_REFUSED, "550")
    scene.patient.refresh_from_db()
    assert scene.patient.email_bad_at == UNDONE
    sms = messages(visit, channel="sms", kind=Kind.DETAILS)[0]
    assert (sms.status, sms.sent_at) == ("sent", UNDONE)


def test_only_what_left_is_kept_of_the_text_and_no_link(scene: Scene, post: Post) -> None:
    visit = book(scene.calendar, scene.patient)
    post.at(UNDONE)

    sent = messages(visit, channel="email", kind=Kind.DETAILS)[0]
    text = MessageText.objects.get(message=sent)
    assert text.address == scene.patient.email
    assert "{open}" in text.body
    content = post.email.taken[0].content
    assert isinstance(content, EmailContent)
    token = content.text.partition("http://127.0.0.1:8000/")[2][:17]
    assert token not in text.body
    assert bytes(sent.links.open_hash or b"") == hash_token(token)
    assert sent.links.read_hash is not None
    assert sent.links.unsubscribe_hash is None, "nobody unsubscribes from a message about a visit"
    assert MessageText.objects.count() == 1


def test_a_retry_waits_and_carries_the_same_link(scene: Scene, post: Post) -> None:
    post.email.answers.append(Deferred(detail="421", trouble=Trouble.MESSAGE))
    visit = book(scene.calendar, scene.patient)
    post.at(UNDONE)
    mail = messages(visit, channel="email", kind=Kind.DETAILS)[0]
    assert (mail.status, mail.reason, mail.attempts) == ("planned", Reason.PROVIDER_UNAVAILABLE, 1)
    assert mail.due_at is not None
    assert timedelta(seconds=20) < mail.due_at - UNDONE < timedelta(seconds=40)

    post.at(mail.due_at - timedelta(seconds=1))
    assert len(post.email.taken) == 1
    post.at(mail.due_at)

    first, second = (outgoing.content for outgoing in post.email.taken)
    assert isinstance(first, EmailContent)
    assert isinstance(second, EmailContent)
    assert first.text == second.text
    assert post.email.taken[0].key == post.email.taken[1].key == mail.uuid.hex
    mail.refresh_from_db()
    assert (mail.status, mail.attempts, mail.reason) == ("sent", 2, "")
    history = list(MessageEvent.objects.filter(message=mail).order_by("id").values_list("status", "reason"))
    assert history == [("planned", Reason.PROVIDER_UNAVAILABLE), ("sent", "")]


def test_a_mail_without_answer_is_repeated_once_and_then_unclear(scene: Scene, post: Post) -> None:
    post.email.always = Unclear(detail="connection lost")
    visit = book(scene.calendar, scene.patient)
    post.at(UNDONE)
    post.at(UNDONE + hours(1))
    post.at(UNDONE + hours(2))

    assert len(post.email.taken) == 2
    assert len({outgoing.key for outgoing in post.email.taken}) == 1
    mail = messages(visit, channel="email", kind=Kind.DETAILS)[0]
    assert (mail.status, mail.reason) == ("unclear", Reason.NO_ANSWER)
    sms = messages(visit, channel="sms", kind=Kind.DETAILS)[0]
    assert sms.due_at == UNDONE + hours(5), "four hours after the last unclear send"


def test_an_sms_without_answer_is_repeated_where_repeats_are_refused_and_not_for_ever(scene: Scene, post: Post) -> None:
    scene.patient.email = ""
    scene.patient.save()
    post.sms.always = Unclear(detail="timeout")
    visit = book(scene.calendar, scene.patient)
    for minutes in range(0, 240, 10):
        post.at(UNDONE + timedelta(minutes=minutes))

    assert len(post.sms.taken) == 5
    assert len({outgoing.key for outgoing in post.sms.taken}) == 1
    assert messages(visit, channel="sms", kind=Kind.DETAILS)[0].status == "unclear"


def test_an_sms_is_never_repeated_where_repeats_are_not_refused(scene: Scene, post: Post) -> None:
    scene.patient.email = ""
    scene.patient.save()
    post.sms.always, post.sms.abilities = Unclear(), frozenset()
    visit = book(scene.calendar, scene.patient)
    for minutes in range(0, 240, 10):
        post.at(UNDONE + timedelta(minutes=minutes))

    assert len(post.sms.taken) == 1
    row = messages(visit, channel="sms", kind=Kind.DETAILS)[0]
    assert (row.status, row.reason, row.sent_at) == ("unclear", Reason.NO_ANSWER, UNDONE)


def test_a_provider_that_raises_is_unclear_and_stops_nobody_else(scene: Scene, post: Post) -> None:
    other = make_patient(scene.practice)
    post.sms.abilities = frozenset()
    for patient in (scene.patient, other):
        patient.email = ""
        patient.save()
    visits = [book(scene.calendar, patient, NEXT_WEEK + hours(n)) for n, patient in enumerate((scene.patient, other))]
    post.sms.answers.append(RuntimeError("secret text"))

    post.at(UNDONE)

    rows = [messages(visit, channel="sms", kind=Kind.DETAILS)[0] for visit in visits]
    assert sorted(row.status for row in rows) == ["sent", "unclear"]
    assert not any("secret" in row.detail for row in rows)


def test_push_goes_to_every_installation_and_dead_ones_are_forgotten(scene: Scene, post: Post) -> None:
    make_subscription(scene.patient)
    alive = make_subscription(scene.patient)
    visit = book(scene.calendar, scene.patient)
    post.push.answers.extend([Refused(reason=Reason.ADDRESS_REFUSED, detail="410", address_dead=True), Accepted()])

    post.at(UNDONE)

    assert len(post.push.taken) == 2
    assert messages(visit, channel="push", kind=Kind.DETAILS)[0].status == "sent"
    assert list(PushSubscription.objects.all()) == [alive]


def test_a_reminder_whose_push_is_refused_goes_by_sms_at_once(scene: Scene, post: Post) -> None:
    make_subscription(scene.patient)
    visit = book(scene.calendar, scene.patient)
    post.at(UNDONE)
    post.push.always = Refused(reason=Reason.ADDRESS_REFUSED, detail="410", address_dead=True)

    post.at(REMINDER_AT)

    reminders = {row.channel: row.status for row in messages(visit, kind=Kind.REMINDER)}
    assert reminders == {"email": "sent", "push": "failed", "sms": "sent"}
    assert not PushSubscription.objects.exists()


def test_an_app_user_whose_push_was_accepted_gets_no_sms(scene: Scene, post: Post) -> None:
    make_subscription(scene.patient)
    visit = book(scene.calendar, scene.patient)
    Message.objects.filter(visit=visit, kind=Kind.DETAILS).update(read_at=NOW)
    post.at(UNDONE)

    post.at(REMINDER_AT)
    post.at(REMINDER_AT + hours(10))

    assert post.counts() == (2, 2, 0)
    sms = messages(visit, channel="sms", kind=Kind.REMINDER)[0]
    assert (sms.status, sms.reason) == ("cancelled", Reason.PUSH_ACCEPTED)


def test_price_and_parts_are_kept(scene: Scene, post: Post) -> None:
    scene.patient.email = ""
    scene.patient.save()
    post.sms.answers.append(Accepted(provider_id="x1", parts=2))
    visit = book(scene.calendar, scene.patient)
    post.at(UNDONE)

    sms = messages(visit, channel="sms", kind=Kind.DETAILS)[0]
    assert sms.parts
    assert sms.provider_parts == 2
    assert sms.price == scene.practice.sms_price * sms.parts
    assert (sms.provider, sms.provider_id) == ("fake", "x1")


def test_a_flood_goes_out_once_in_the_order_of_time(scene: Scene, post: Post) -> None:
    visits = [
        book(scene.calendar, make_patient(scene.practice, email=""), utc(2027, 3, 10, 9) + timedelta(hours=n))
        for n in range(30)
    ]
    post.per_second = 4_000
    post.at(UNDONE)

    assert len(post.sms.taken) == len({outgoing.key for outgoing in post.sms.taken}) == len(visits)
    ids = [outgoing.message_id for outgoing in post.sms.taken]
    assert ids == sorted(ids)


def test_a_trial_goes_to_the_address_that_staff_gave(scene: Scene, post: Post) -> None:
    for channel, address in ((Channel.SMS, "+48500100200"), (Channel.EMAIL, "recepcja@example.org")):
        trial_sent.send(
            practice=scene.practice, calendar_id=scene.calendar.pk, kind=Kind.REMINDER, channel=channel,
            address=address, actor=ACTOR, now=NOW,
        )  # fmt: skip

    post.at(NOW)

    assert post.sms.taken[0].address == "+48500100200"
    assert post.email.taken[0].address == "recepcja@example.org"
    assert set(Message.objects.values_list("status", flat=True)) == {"sent"}
    assert set(MessageText.objects.values_list("address", flat=True)) == {"+48500100200", "recepcja@example.org"}


def test_an_answer_goes_to_the_number_that_wrote(scene: Scene, post: Post) -> None:
    incoming = IncomingMessage.objects.create(
        practice=scene.practice, channel="sms", sender="+48500100300", text="Czy można z psem?", received_at=NOW,
        answer="phone",
    )  # fmt: skip
    Message.objects.create(
        practice=scene.practice, subject_type="incoming", subject_id=incoming.pk, revision=1, kind=Kind.ANSWER,
        channel="sms", status="planned", due_at=NOW, expires_at=NOW + hours(1), created_at=NOW,
    )  # fmt: skip

    post.at(NOW)

    assert [outgoing.address for outgoing in post.sms.taken] == ["+48500100300"]


def test_a_push_goes_to_all_installations_at_once(scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow push service of one installation makes no other's facts old."""
    make_subscription(scene.patient)
    make_subscription(scene.patient)
    book(scene.calendar, scene.patient)
    under_way: list[Outgoing] = []
    waited_in_vain: list[Outgoing] = []

    async def slow(outgoing: Outgoing) -> Outcome:
        under_way.append(outgoing)
        for _ in range(1000):
            if len(under_way) == 2:
                return Accepted()
            await asyncio.sleep(0)
        waited_in_vain.append(outgoing)
        return Accepted()

    monkeypatch.setattr(post.push, "send", slow)
    post.at(UNDONE)

    assert len(under_way) == 2
    assert not waited_in_vain
