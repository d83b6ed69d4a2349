"""The queue stays alike with the messages, whoever writes; each claim is one dispatcher's, and every practice gets its turn."""

from datetime import datetime, timedelta

import pytest

from myosotis.domain.urgency import urgency
from myosotis.domain.words import Kind, MessageStatus, Party, Reason, Via
from myosotis.flows import visit_cancelled
from myosotis.store.models import Message, QueueEntry, QueueHorizon
from myosotis.store.queue import claim, claims, feed
from myosotis.store.queue.claim import Claimed
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, book, make_many, make_practice, messages
from tests.db.make import claim as take

UNDONE = NOW + timedelta(seconds=60)


def entries(**given: object) -> set[int]:
    return set(QueueEntry.objects.filter(**given).values_list("message_id", flat=True))


def near(now: datetime) -> set[int]:
    """What should have an entry: planned or waiting, and due (or, having no due time, expiring) before the horizon."""
    until = QueueHorizon.objects.get().fed_until
    rows = Message.objects.filter(status__in=("planned", "waiting")).values_list("id", "due_at", "expires_at")
    return {key for key, due, expires in rows if (moment := due or expires) is not None and moment < until}


def claimed(limit: int, *, in_turns: bool = False, now: datetime = UNDONE) -> list[Claimed]:
    return claim.claim(worker="me", now=now, limit=limit, in_turns=in_turns)


def test_what_is_near_has_an_entry_and_nothing_else(scene: Scene) -> None:
    early = book(scene.calendar, scene.patient, NEXT_WEEK)
    feed.feed(NOW)
    book(scene.calendar, scene.patient, NEXT_WEEK + timedelta(days=1))
    assert entries() == near(NOW) != set()

    for now in (NOW + timedelta(minutes=44), NEXT_WEEK - timedelta(days=2), NEXT_WEEK + timedelta(days=3)):
        feed.feed(now)
        assert entries() == near(now)

    visit_cancelled.cancel(
        practice=scene.practice,
        visit_id=early.pk,
        actor=ACTOR,
        now=NEXT_WEEK - timedelta(hours=1),
        by=Party.PRACTICE,
        via=Via.DESK,
    )
    assert entries() == near(NEXT_WEEK)


def test_a_message_put_off_or_brought_forward_takes_its_entry_along(scene: Scene) -> None:
    feed.feed(NOW)
    mail = messages(book(scene.calendar, scene.patient), kind=Kind.DETAILS, channel="email")[0]
    assert mail.pk in entries()

    Message.objects.filter(pk=mail.pk).update(due_at=NOW + timedelta(days=3))
    assert mail.pk not in entries()

    Message.objects.filter(pk=mail.pk).update(due_at=NOW + timedelta(minutes=3))
    assert QueueEntry.objects.get(message=mail).due_at == NOW + timedelta(minutes=3)


def test_the_database_sorts_by_the_urgency_of_the_rules(scene: Scene) -> None:
    feed.feed(NOW)
    make_many(scene.practice, len(Kind), NOW, Kind)
    rows = QueueEntry.objects.values_list("kind", "urgency")
    assert dict(rows) == {kind.value: urgency(kind) for kind in Kind}

    QueueEntry.objects.all().delete()
    feed.refill(NOW)
    assert dict(rows) == {kind.value: urgency(kind) for kind in Kind}


def test_a_claim_leaves_the_message_alone_until_it_is_recorded(scene: Scene) -> None:
    mail = messages(book(scene.calendar, scene.patient), kind=Kind.DETAILS, channel="email")[0]
    feed.feed(UNDONE)
    before = Message.objects.filter(pk=mail.pk).values().get()

    assert mail.pk in {one.id for one in claimed(10)}

    assert Message.objects.filter(pk=mail.pk).values().get() == before
    assert claims.status_of(mail) is MessageStatus.CLAIMED
    assert claimed(10) == []


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"due_at": NEXT_WEEK}])
def test_nobody_changes_the_plan_of_what_a_dispatcher_has_in_hand(scene: Scene, change: dict[str, object]) -> None:
    mail = messages(book(scene.calendar, scene.patient), kind=Kind.DETAILS, channel="email")[0]
    name = take(mail, UNDONE)
    row = Message.objects.filter(pk=mail.pk)

    assert row.update(**change) == 0
    assert row.update(read_at=NOW) == 1, "the rest of the row is nobody's"

    claim.release([(mail.pk, name)])
    assert row.update(**change) == 1


def test_another_patient_of_a_claimed_message_is_known_and_the_claim_stays(scene: Scene) -> None:
    mail = messages(book(scene.calendar, scene.patient), kind=Kind.DETAILS, channel="email")[0]
    feed.feed(UNDONE)
    claimed(10)
    Message.objects.filter(pk=mail.pk).update(patient=None)
    entry = QueueEntry.objects.get(message=mail)
    assert (entry.patient_id, entry.claimed_by, entry.attempts) == (None, "me", 1)


def test_an_entry_that_the_feeder_made_too_late_is_taken_back(scene: Scene) -> None:
    """It read the message before somebody else's cancellation was committed, and wrote its entry after it."""
    mail = messages(book(scene.calendar, scene.patient), kind=Kind.DETAILS, channel="email")[0]
    feed.feed(NOW - timedelta(hours=1))
    feed.feed(NOW)
    entry = QueueEntry.objects.get(message=mail)
    Message.objects.filter(pk=mail.pk).update(status="cancelled", reason=Reason.REPLANNED)
    entry.save(force_insert=True)

    feed.feed(NOW + timedelta(minutes=10))
    assert mail.pk not in entries()


def test_a_practice_with_few_messages_does_not_wait_for_one_with_many(scene: Scene) -> None:
    busy, quiet = scene.practice, make_practice(name="Cichy gabinet")
    feed.feed(NOW)
    make_many(busy, 300, NOW - timedelta(hours=1))
    make_many(quiet, 3, NOW)

    got = [one.practice_id for one in claimed(50, in_turns=True)]

    assert got.count(quiet.pk) == 3
    assert len(got) == 50, "what the others leave is used"


def test_of_one_practice_news_go_before_invitations(scene: Scene) -> None:
    feed.feed(NOW)
    make_many(scene.practice, 60, NOW, [Kind.REBOOK, Kind.CANCELLED, Kind.REMINDER])
    got = [one.kind for one in claimed(30, in_turns=True)]
    assert got == [Kind.CANCELLED] * 20 + [Kind.REMINDER] * 10


def test_what_was_due_long_ago_is_found_when_a_dispatcher_starts_again(scene: Scene) -> None:
    feed.feed(NOW - timedelta(days=9))
    book(scene.calendar, scene.patient)
    assert entries() == set()
    feed.feed(NEXT_WEEK)
    assert entries() == near(NEXT_WEEK) != set()
