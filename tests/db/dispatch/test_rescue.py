"""What a dispatcher that died left behind: only what it was about to hand over may have left (docs/rules.md 7.3, 7.4)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from myosotis.dispatch import last_look, tokens
from myosotis.dispatch.rescuer import Rescuer
from myosotis.domain.outcomes import Deferred, Trouble
from myosotis.domain.words import Channel, Kind, Reason
from myosotis.store.models import HandOver, Message, MessageEvent, MessageLinks, QueueEntry, Visit
from myosotis.store.queue import claim, claims, feed, hand_over, record
from myosotis.store.queue.claim import Claimed
from myosotis.store.queue.hand_over import Note
from tests.db.dispatch.conftest import GONE, LEASE, Post, rescued
from tests.db.make import NEXT_WEEK, NOW, Scene, book, hours, make_patient, messages
from tests.db.make import claim as take

UNDONE = NOW + timedelta(seconds=60)


def abandoned(message: Message, at: datetime) -> None:
    """As a dispatcher leaves it that dies with it claimed."""
    take(message, at, GONE)


def about_to_go(message: Message) -> None:
    HandOver.objects.create(worker=GONE, held=[[message.pk, claims.of([message.pk])[message.pk].name]])


@pytest.fixture
def mail(scene: Scene) -> Message:
    visit = book(scene.calendar, scene.patient)
    return messages(visit, kind=Kind.DETAILS, channel="email")[0]


def test_what_was_claimed_and_never_handed_over_goes_however_often_its_dispatchers_died(
    mail: Message, post: Post
) -> None:
    Message.objects.exclude(pk=mail.pk).delete()
    for died in (UNDONE, UNDONE + hours(1), UNDONE + hours(2)):
        abandoned(mail, died)
        post.email.always = None
        if died < UNDONE + hours(2):
            rescued_without_sending(died + hours(0.5))
            mail.refresh_from_db()
            assert (mail.status, mail.attempts, mail.sent_at, mail.first_tried_at) == ("planned", 0, None, None)

    post.at(UNDONE + hours(3))

    mail.refresh_from_db()
    assert (mail.status, mail.reason, mail.attempts) == ("sent", "", 1)
    assert len(post.email.taken) == 1
    assert list(MessageEvent.objects.filter(message=mail).values_list("status", flat=True)) == ["sent"]


def rescued_without_sending(now: datetime) -> None:
    assert rescued(now) == 1


@pytest.mark.parametrize("claimed_at", [UNDONE - hours(5), UNDONE, UNDONE + hours(5)])
@pytest.mark.parametrize("now", [UNDONE - hours(5), UNDONE, UNDONE + hours(5)])
def test_a_lease_is_over_when_it_has_passed_before_our_eyes_whatever_the_clocks_say(
    mail: Message, claimed_at: datetime, now: datetime
) -> None:
    take(mail, claimed_at, "elsewhere:1:1:x")
    steady = [0.0]
    rescuer = Rescuer("me", LEASE, lambda: steady[0])
    for steady[0], count in ((0.0, 0), (119.0, 0), (120.0, 1), (121.0, 0)):
        assert rescuer.settle(now) == count


def test_each_claim_has_a_lease_of_its_own(mail: Message) -> None:
    steady = [0.0]
    rescuer = Rescuer("me", LEASE, lambda: steady[0])
    for steady[0] in (0.0, 60.0, 120.0, 180.0):
        take(mail, UNDONE, "elsewhere:1:1:x")  # each time anew
        assert rescuer.settle(UNDONE) == 0
    steady[0] = 300.0
    assert rescuer.settle(UNDONE) == 1


def test_what_was_being_handed_over_is_repeated_once_and_then_unclear(mail: Message, post: Post) -> None:
    abandoned(mail, UNDONE)
    about_to_go(mail)
    rescued_without_sending(UNDONE + hours(1))
    mail.refresh_from_db()
    assert (mail.status, mail.reason, mail.sent_at) == ("planned", Reason.DISPATCHER_DIED, UNDONE)

    abandoned(mail, UNDONE + hours(1))
    about_to_go(mail)
    rescued_without_sending(UNDONE + hours(2))

    mail.refresh_from_db()
    assert (mail.status, mail.reason) == ("unclear", Reason.DISPATCHER_DIED)
    assert not HandOver.objects.exists()


def test_a_note_of_an_earlier_claim_says_nothing_of_this_one(mail: Message, post: Post) -> None:
    """Also if it was the same try of the same worker: the earlier one was given back."""
    abandoned(mail, UNDONE)
    about_to_go(mail)
    abandoned(mail, UNDONE)

    rescued_without_sending(UNDONE + hours(1))

    entry = QueueEntry.objects.get(message=mail)
    assert (entry.claim, entry.claimed_at, entry.attempts, entry.sent_at) == (None, None, 0, None)


def test_it_is_noted_before_it_goes_and_forgotten_once_it_is_recorded(
    mail: Message, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[object] = []
    really = hand_over.note

    def note(claimed: Sequence[Claimed], **given: Any) -> Note | None:
        made = really(claimed, **given)
        order.extend([key for key, _ in held] for held in HandOver.objects.values_list("held", flat=True))
        return made

    monkeypatch.setattr(hand_over, "note", note)
    post.email.before = lambda outgoing: order.append(outgoing.message_id)

    post.at(UNDONE)

    assert order == [[mail.pk], mail.pk]
    assert not HandOver.objects.exists()


def test_links_are_written_before_anything_goes_and_none_of_what_does_not_go(
    scene: Scene, mail: Message, post: Post
) -> None:
    other = book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(1))
    Visit.objects.filter(pk=other.pk).update(silent=True)  # behind the planner's back: the last look finds it
    feed.feed(UNDONE)
    lot = claim.claim(worker="me", now=UNDONE, limit=9)
    assert {one.visit_id for one in lot} == {mail.visit_id, other.pk}
    assert not MessageLinks.objects.exists()

    last_look.take(lot, UNDONE, "me")

    links = MessageLinks.objects.get()
    opens, *_ = tokens.hashes(mail.uuid, Kind.DETAILS, Channel.EMAIL)
    assert (links.message_id, bytes(links.open_hash or b"")) == (mail.pk, opens)


def test_a_repeat_keeps_the_links(mail: Message, post: Post) -> None:
    post.email.answers.append(Deferred(trouble=Trouble.MESSAGE))
    post.at(UNDONE)
    before = MessageLinks.objects.values().get(message=mail)

    post.at(UNDONE + hours(0.5))

    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == ("sent", 2)
    assert MessageLinks.objects.values().get(message=mail) == before


def test_a_note_stays_while_the_record_of_its_message_fails(
    scene: Scene, mail: Message, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(1))
    really = record.record

    def failing(results: list[record.Result], **given: Any) -> None:
        if any(result.message_id == mail.pk for result in results):
            raise ValueError("cannot be written")
        really(results, **given)

    monkeypatch.setattr(record, "record", failing)
    post.at(UNDONE)
    monkeypatch.undo()

    mail.refresh_from_db()
    assert claims.status_of(mail) == "claimed"
    assert len(post.email.taken) == 2
    assert [mail.pk, claims.of([mail.pk])[mail.pk].name] in HandOver.objects.get().held, (
        "the next dispatcher must not take it for untouched"
    )


def test_a_dispatcher_takes_up_what_it_lost_itself(mail: Message, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database took the claim, and its answer never came."""
    from myosotis.dispatch import worker

    monkeypatch.setattr(worker, "name", lambda: "this:1:1:me")
    take(mail, UNDONE, "this:1:1:me")

    post.at(UNDONE)

    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == ("sent", 1)


def test_what_belongs_to_nobody_alive_is_told_apart(mail: Message, post: Post) -> None:
    """A lot of two: one was noted, the other still waited in the queue."""
    other = Message.objects.exclude(pk=mail.pk).filter(channel="email").first()
    assert other is not None
    for message in (mail, other):
        abandoned(message, UNDONE)
    about_to_go(mail)

    assert rescued(UNDONE + hours(1)) == 2
    mail.refresh_from_db()
    other.refresh_from_db()
    assert (mail.sent_at, other.sent_at) == (UNDONE, None)
    assert (mail.attempts, other.attempts) == (1, 0)
