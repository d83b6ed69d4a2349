"""What staff do with a reply: answer it in their own words, or do what it asks for; each once, and each with its way back."""

from datetime import datetime, timedelta

import pytest

from myosotis.domain.values import utc
from myosotis.domain.words import Kind, MessageStatus, Reason, SubjectType, VisitStatus
from myosotis.flows import reply_followed, reply_written, sms_arrived
from myosotis.flows.errors import Conflict, Invalid, NotFound
from myosotis.flows.reply_followed import Wish
from myosotis.store.models import AuditEntry, IncomingMessage, Message, MessageText, ProviderAccount
from tests.db.make import ACTOR, NOW, Scene, book, claim, hours, make_practice, outline

MINUTE = timedelta(seconds=60)
WORDS = "Tak, proszę przyjść z dzieckiem."


@pytest.fixture
def incoming(scene: Scene) -> IncomingMessage:
    """A question of the scene's patient, at NOW."""
    return wrote(scene, "Czy mogę przyjść z dzieckiem?")


def wrote(scene: Scene, text: str, now: datetime = NOW) -> IncomingMessage:
    taken = sms_arrived.take(practice_id=scene.practice.pk, sender=scene.patient.phone, text=text, now=now)
    return IncomingMessage.objects.get(id=taken.incoming_id)


def write(incoming: IncomingMessage, text: str = WORDS, now: datetime = NOW, copy: int | None = None) -> Message:
    return reply_written.write(
        practice=incoming.practice,
        incoming_id=incoming.pk,
        text=text,
        copy=reply_written.next_copy(incoming) if copy is None else copy,
        actor=ACTOR,
        now=now,
    )


def take_back(message: Message, now: datetime = NOW) -> Message:
    return reply_written.take_back(practice=message.practice, message_id=message.pk, actor=ACTOR, now=now)


def test_an_answer_goes_when_the_undo_time_is_over_and_the_reply_is_dealt_with(incoming: IncomingMessage) -> None:
    message = write(incoming, "  Tak,\nproszę przyjść   z dzieckiem. ")

    incoming.refresh_from_db()
    assert (message.kind, message.subject_type, message.subject_id) == (Kind.ANSWER, SubjectType.INCOMING, incoming.pk)
    assert (message.due_at, message.copy) == (NOW + MINUTE, 1)
    assert MessageText.objects.get(message=message).body == WORDS
    assert incoming.handled_at == NOW
    assert AuditEntry.objects.filter(action="incoming.answered", object_id=incoming.pk).exists()


def test_a_form_sent_twice_writes_one_answer_and_another_form_none_in_its_place(incoming: IncomingMessage) -> None:
    first = write(incoming, copy=1)

    assert write(incoming, copy=1) == first
    with pytest.raises(Conflict, match="answered_meanwhile"):
        write(incoming, "Nie, niestety.", copy=1)
    assert reply_written.answers_to(incoming).filter(copy__gt=0).count() == 1


def test_a_second_answer_is_a_copy_of_its_own(incoming: IncomingMessage) -> None:
    assert [write(incoming, "Tak.").copy, write(incoming, "I proszę wziąć książeczkę.").copy] == [1, 2]


def test_at_night_an_answer_waits_for_the_morning_unless_the_patient_has_just_written(scene: Scene) -> None:
    late = utc(2027, 3, 1, 22)  # 23:00 in Warsaw
    awake = write(wrote(scene, "Czy są miejsca parkingowe?", late), now=late + hours(0.5))
    asleep = write(wrote(scene, "A gdzie wejście?", late - hours(3)), now=late)

    assert (awake.due_at, awake.reason) == (late + hours(0.5) + MINUTE, "")
    assert (asleep.due_at, asleep.reason) == (utc(2027, 3, 2, 6), Reason.HELD_FOR_WINDOW)
    assert asleep.expires_at == utc(2027, 3, 3, 6)


@pytest.mark.parametrize(
    ("card", "code"),
    [({"no_sms": True}, "opted_out"), ({"silent": True}, "patient_silenced"), ({"deceased": True}, "deceased")],
)
def test_who_wants_no_sms_gets_none(scene: Scene, incoming: IncomingMessage, card: dict[str, bool], code: str) -> None:
    type(scene.patient).objects.filter(id=scene.patient.pk).update(**card)

    with pytest.raises(Conflict, match=code):
        write(incoming)


def test_after_stop_no_answer_can_be_written(scene: Scene, incoming: IncomingMessage) -> None:
    wrote(scene, "STOP")

    with pytest.raises(Conflict, match="sms_stopped"):
        write(incoming)


def test_without_a_provider_no_answer_can_be_written(scene: Scene, incoming: IncomingMessage) -> None:
    ProviderAccount.objects.filter(practice=scene.practice, channel="sms").update(enabled=False)

    with pytest.raises(Conflict, match="no_provider"):
        write(incoming)


@pytest.mark.parametrize(("text", "code"), [(" \n ", "missing"), ("a" * 601, "too_long")])
def test_an_answer_says_something_and_not_too_much(incoming: IncomingMessage, text: str, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        write(incoming, text)


def test_an_answer_taken_back_is_not_sent_and_the_reply_waits_again(incoming: IncomingMessage) -> None:
    message = take_back(write(incoming))

    incoming.refresh_from_db()
    assert (message.status, message.reason) == (MessageStatus.CANCELLED, Reason.TAKEN_BACK)
    assert incoming.handled_at is None
    assert take_back(message) == message
    assert write(incoming).copy == 2


def test_what_somebody_has_begun_to_send_is_not_taken_back(incoming: IncomingMessage) -> None:
    message = write(incoming)
    claim(message, message.created_at)

    with pytest.raises(Conflict, match="undo_time_over"):
        take_back(message)


def test_another_practice_neither_answers_nor_takes_back(incoming: IncomingMessage) -> None:
    message, other = write(incoming), make_practice(name="Inny gabinet")

    with pytest.raises(NotFound):
        reply_written.write(practice=other, incoming_id=incoming.pk, text="x", copy=1, actor=ACTOR, now=NOW)
    with pytest.raises(NotFound):
        reply_written.take_back(practice=other, message_id=message.pk, actor=ACTOR, now=NOW)
    with pytest.raises(NotFound):
        reply_followed.follow(
            practice=other, incoming_id=incoming.pk, visit_id=1, wish=Wish.CONFIRM, revision=1, actor=ACTOR, now=NOW
        )


@pytest.mark.parametrize(
    ("wish", "status"), [(Wish.CONFIRM, VisitStatus.CONFIRMED), (Wish.CANCEL, VisitStatus.CANCELLED)]
)
def test_what_a_reply_asks_for_is_done_and_taken_back(
    scene: Scene, incoming: IncomingMessage, wish: Wish, status: VisitStatus
) -> None:
    visit = book(scene.calendar, scene.patient)
    before = outline(visit)
    done = reply_followed.follow(
        practice=scene.practice, incoming_id=incoming.pk, visit_id=visit.pk, wish=wish, revision=visit.revision,
        actor=ACTOR, now=NOW,
    )  # fmt: skip
    incoming.refresh_from_db()
    assert (done.status, incoming.handled_at) == (status, NOW)

    reply_followed.take_back(
        practice=scene.practice,
        incoming_id=incoming.pk,
        visit_id=visit.pk,
        wish=wish,
        actor=ACTOR,
        now=NOW + hours(0.01),
    )
    visit.refresh_from_db()
    incoming.refresh_from_db()
    assert (visit.status, incoming.handled_at) == (VisitStatus.BOOKED, None)
    assert wish is Wish.CANCEL or outline(visit) == before


def test_a_reply_to_an_older_state_of_the_visit_changes_nothing(scene: Scene, incoming: IncomingMessage) -> None:
    visit = book(scene.calendar, scene.patient)

    with pytest.raises(Conflict, match="revision_changed"):
        reply_followed.follow(
            practice=scene.practice, incoming_id=incoming.pk, visit_id=visit.pk, wish=Wish.CANCEL, revision=7,
            actor=ACTOR, now=NOW,
        )  # fmt: skip
    incoming.refresh_from_db()
    assert incoming.handled_at is None
