"""After a restore nothing goes twice, and nothing before somebody looked (docs/rules.md 7.4)."""

from datetime import timedelta

from django.contrib.sessions.models import Session

from myosotis import clock
from myosotis.dispatch import tokens
from myosotis.domain.words import Channel, Kind, MessageStatus, Reason, Wave
from myosotis.store import calls, restored
from myosotis.store.models import Halt, Message, MessageEvent, QueueEntry, Visit
from tests.db.make import NOW, Scene, book, claim, messages

HOURS = timedelta(hours=1)


def settle(at: int) -> restored.Aftermath:
    return restored.settle(backup_of=NOW, now=NOW + at * HOURS, hashes=tokens.hashes)


def by_kind(visit: Visit, kind: Kind) -> dict[tuple[str, str], Message]:
    return {(row.channel, row.wave): row for row in messages(visit, kind=kind)}


def test_what_was_due_since_the_backup_is_unclear_and_what_is_due_later_stays(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)

    done = settle(2)

    mail = by_kind(visit, Kind.DETAILS)[Channel.EMAIL, Wave.FIRST]
    assert done.unclear == 1
    assert (mail.status, mail.reason, mail.sent_at) == (MessageStatus.UNCLEAR, Reason.RESTORED, mail.due_at)
    assert MessageEvent.objects.get(message=mail).status == MessageStatus.UNCLEAR
    assert {row.status for row in messages(visit, kind=Kind.REMINDER)} == {MessageStatus.PLANNED}


def test_its_fallback_keeps_its_time_unless_that_has_passed_too(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    settle(2)
    sms = by_kind(visit, Kind.DETAILS)[Channel.SMS, Wave.FALLBACK]
    assert (sms.status, sms.due_at) == (MessageStatus.PLANNED, NOW + timedelta(hours=4, minutes=1))

    settle(5)
    sms.refresh_from_db()
    assert (sms.status, sms.reason) == (MessageStatus.UNCLEAR, Reason.RESTORED)


def test_the_links_of_what_may_have_left_open(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    settle(2)
    mail = by_kind(visit, Kind.DETAILS)[Channel.EMAIL, Wave.FIRST]
    assert bytes(mail.links.open_hash or b"") == tokens.hashes(mail.uuid, Kind.DETAILS, Channel.EMAIL)[0]


def test_whoever_may_have_heard_nothing_is_called(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    Message.objects.filter(visit=visit, channel=Channel.SMS).update(status=MessageStatus.CANCELLED)
    settle(2)
    assert list(calls.to_call(scene.practice, NOW + 2 * HOURS)) == [visit]


def test_what_was_in_flight_is_unclear_too(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    mail = by_kind(visit, Kind.DETAILS)[Channel.EMAIL, Wave.FIRST]
    claim(mail, NOW + timedelta(minutes=1))
    settle(2)
    mail.refresh_from_db()
    assert mail.status == MessageStatus.UNCLEAR
    assert not QueueEntry.objects.exclude(claimed_at=None).exists()


def test_settled_twice_it_is_the_same_and_sessions_are_over(scene: Scene) -> None:
    book(scene.calendar, scene.patient)
    Session.objects.create(session_key="k", session_data="", expire_date=clock.wall() + HOURS)
    settle(2)
    assert settle(2).unclear == 0
    assert Halt.objects.count() == 1
    assert not Session.objects.exists()
