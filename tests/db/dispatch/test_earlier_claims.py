"""Whose claim was taken for left behind can do nothing by it any more, also if the same dispatcher claimed it again.

A clock that jumped, or a machine that slept: claims look old to one, and young to the other (docs/adr/0053, 0070).
"""

from datetime import datetime, timedelta

import pytest

from myosotis.dispatch import last_look, outcomes, tokens
from myosotis.dispatch.renderer import Letter
from myosotis.domain.lifecycle import Event
from myosotis.domain.words import Kind, MessageStatus, Reason
from myosotis.store.models import HandOver, Message, MessageEvent, QueueEntry
from myosotis.store.queue import claim, claims, feed, hand_over, record
from myosotis.store.queue.claim import Claimed
from tests.db.dispatch.conftest import Post, rescued
from tests.db.make import NOW, Scene, book, hours, messages

UNDONE = NOW + timedelta(seconds=60)
LATER = UNDONE + hours(1)
SLOW = "slow:1:1:x"


@pytest.fixture
def mail(scene: Scene) -> Message:
    visit = book(scene.calendar, scene.patient)
    mail = messages(visit, kind=Kind.DETAILS, channel="email")[0]
    Message.objects.exclude(pk=mail.pk).delete()
    feed.feed(UNDONE)
    return mail


def claimed(now: datetime = UNDONE) -> Claimed:
    feed.feed(now)
    (mine,) = claim.claim(worker=SLOW, now=now, limit=9)
    return mine


def taken_for_lost(now: datetime = LATER) -> None:
    assert rescued(now) == 1


def goes(*claims_of_it: Claimed) -> list[Claimed]:
    """Which of these a last look lets go."""
    look = last_look.take(claims_of_it, UNDONE, SLOW)
    return [one for one in claims_of_it if isinstance(look.found[one.id], Letter) and one.held not in look.lost]


def said(message: Claimed, event: Event, **more: object) -> record.Result:
    return outcomes._result(message, event, LATER, **more)


def history(mail: Message) -> list[str]:
    return list(MessageEvent.objects.filter(message=mail).order_by("id").values_list("status", flat=True))


def test_what_is_still_ours_goes(mail: Message) -> None:
    mine = claimed()
    assert goes(mine) == [mine]


def test_what_another_took_for_lost_is_not_handed_over_as_well(mail: Message, post: Post) -> None:
    mine = claimed()
    taken_for_lost()

    assert goes(mine) == []
    assert not HandOver.objects.exists(), "nothing of it went, so nobody needs the note"

    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == ("planned", 0)
    post.at(LATER + hours(1))
    assert len(post.email.taken) == 1


def test_it_goes_by_the_later_claim_alone(mail: Message) -> None:
    first = claimed()
    taken_for_lost()
    second = claimed(LATER)

    assert goes(first) == []
    assert goes(second) == [second]


def test_two_claims_in_one_lot_are_told_apart(mail: Message) -> None:
    first = claimed()
    taken_for_lost()
    second = claimed(LATER)

    assert goes(first, second) == [second]


def test_two_claims_made_at_one_moment_are_told_apart(mail: Message) -> None:
    first = claimed(UNDONE)
    taken_for_lost()
    second = claimed(UNDONE)

    assert goes(first, second) == [second]


def test_giving_back_the_earlier_claim_leaves_the_later_one(mail: Message) -> None:
    first = claimed()
    taken_for_lost()
    second = claimed(LATER)

    assert claim.release([first.held]) == 0
    assert claims.of([mail.pk])[mail.pk].name == second.claim
    assert claim.release([first.held, second.held]) == 1
    assert claims.of([mail.pk]) == {}


@pytest.mark.parametrize("event", [Event.PUT_BACK, Event.CANCELLED, Event.EXPIRED, Event.FAILED])
def test_what_became_of_the_earlier_claim_without_going_says_nothing_of_the_later_one(
    mail: Message, event: Event
) -> None:
    first = claimed()
    taken_for_lost()
    second = claimed(LATER)

    record.record([said(first, event, due_at=LATER + hours(3), reason=Reason.NO_PROVIDER)], now=LATER)

    assert claims.of([mail.pk])[mail.pk].name == second.claim
    assert history(mail) == []


def test_what_truly_went_by_the_earlier_claim_counts_and_ends_the_later_one(mail: Message) -> None:
    first = claimed()
    assert goes(first) == [first]
    taken_for_lost()
    second = claimed(LATER)

    record.record([said(first, Event.ACCEPTED)], now=LATER)

    assert goes(second) == []
    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == ("sent", 2)
    assert history(mail) == ["planned", "sent"]


@pytest.mark.parametrize("later", [Event.ACCEPTED, Event.UNANSWERED, Event.PUT_BACK, Event.FAILED])
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("reverse", [True, False])
def test_the_history_says_once_that_it_was_sent(mail: Message, *, later: Event, together: bool, reverse: bool) -> None:
    """Both claims handed it over: the provider refuses repeats, or it is the one repeat of an e-mail."""
    first = claimed()
    assert goes(first) == [first]
    taken_for_lost()
    second = claimed(LATER)
    assert goes(second) == [second]

    results = [said(first, Event.ACCEPTED), said(second, later, due_at=LATER + hours(3), reason=Reason.NO_ANSWER)]
    if reverse:
        results.reverse()
    if together:
        record.record(results, now=LATER)
    else:
        for result in results:
            record.record([result], now=LATER)

    mail.refresh_from_db()
    ended = reverse and later is Event.FAILED  # the later claim stood, and its provider refused it
    assert history(mail).count("sent") == (0 if ended else 1)
    assert claims.of([mail.pk]) == {}

    said_so_far = history(mail)
    record.record(results, now=LATER)
    assert history(mail) == said_so_far


def test_a_record_repeated_after_the_answer_of_the_database_was_lost_changes_nothing(mail: Message) -> None:
    """Also if the same dispatcher has claimed it again by then."""
    first = claimed()
    put_back = said(first, Event.PUT_BACK, due_at=LATER, reason=Reason.PROVIDER_UNAVAILABLE)
    record.record([put_back], now=UNDONE)
    second = claimed(LATER)
    before = QueueEntry.objects.filter(message=mail).values().get()

    record.record([put_back], now=LATER)

    assert QueueEntry.objects.filter(message=mail).values().get() == before
    assert before["claim"] == second.claim
    assert history(mail) == ["planned"]


def test_a_giving_back_repeated_after_the_answer_was_lost_changes_nothing(mail: Message) -> None:
    first = claimed()
    assert claim.release([first.held]) == 1
    second = claimed(LATER)

    assert claim.release([first.held]) == 0
    assert claims.of([mail.pk])[mail.pk].name == second.claim


def test_a_note_of_the_earlier_claim_says_nothing_of_the_later_one(mail: Message) -> None:
    """It was noted just after it was taken away, so it did not go; nor did the later claim, which its dispatcher left."""
    first = claimed()
    taken_for_lost()
    assert hand_over.note([first], worker=SLOW, hashes=tokens.hashes) is not None
    claimed(LATER)

    taken_for_lost(LATER + hours(1))

    mail.refresh_from_db()
    assert (mail.status, mail.attempts, mail.sent_at) == (MessageStatus.PLANNED, 0, None)
    assert history(mail) == []


def test_what_was_noted_by_the_claim_that_stands_may_have_left(mail: Message) -> None:
    assert len(goes(claimed())) == 1
    taken_for_lost()
    mail.refresh_from_db()
    assert (mail.status, mail.reason, mail.sent_at) == ("planned", Reason.DISPATCHER_DIED, UNDONE)
