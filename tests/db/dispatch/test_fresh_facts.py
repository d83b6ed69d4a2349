"""Nothing is handed over by facts older than a second, and yet everything goes (docs/rules.md 3, "Asked again")."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from myosotis.channels.base import Outgoing, TooLateError
from myosotis.dispatch import checker
from myosotis.dispatch.job import Checked
from myosotis.domain.outcomes import Accepted, Outcome
from myosotis.domain.words import Kind
from myosotis.store.models import HandOver, Message
from myosotis.store.queue.claim import Claimed
from tests.db.dispatch.conftest import Post
from tests.db.make import NEXT_WEEK, NOW, Scene, book, hours, make_patient, make_subscription, messages

UNDONE = NOW + timedelta(seconds=60)


class Looks:
    """Counts the looks at facts, each of which takes so many (made-up) seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, seconds: float = 0.0, seconds_each: float = 0.0) -> None:
        self.sizes: list[int] = []
        self.late = 0.0
        check, monotonic = checker.check, time.monotonic

        def slow(claimed: Sequence[Claimed], now: datetime) -> dict[int, Checked]:
            self.sizes.append(len(claimed))
            self.late += seconds + seconds_each * len(claimed)
            return check(claimed, now)

        monkeypatch.setattr(time, "monotonic", lambda: monotonic() + self.late)
        monkeypatch.setattr(checker, "check", slow)


def test_a_connection_that_took_long_to_make_costs_a_second_look_and_no_try(
    scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = Looks(monkeypatch)
    visit = book(scene.calendar, scene.patient)
    post.email.answers.append(TooLateError())

    post.at(UNDONE)

    mail = messages(visit, kind=Kind.DETAILS, channel="email")[0]
    assert (mail.status, mail.attempts, mail.reason) == ("sent", 1, "")
    assert looks.sizes == [1, 1]
    assert not HandOver.objects.exists()


def test_a_provider_is_told_how_long_the_facts_are_good(
    scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = Looks(monkeypatch, seconds=0.25)
    left: list[float] = []
    post.email.before = lambda outgoing: left.append(outgoing.good_until - time.monotonic())
    book(scene.calendar, scene.patient)

    post.at(UNDONE)

    assert looks.sizes == [1]
    assert 0 < left[0] <= 0.75, "counted from before they were read"


def test_while_the_database_is_slow_fewer_are_looked_at_together_and_all_go(
    scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(24):
        book(scene.calendar, make_patient(scene.practice, email=""), NEXT_WEEK + hours(number))
    looks = Looks(monkeypatch, seconds_each=0.15)

    post.at(UNDONE)

    assert len(post.sms.taken) == 24
    assert set(Message.objects.filter(kind=Kind.DETAILS, channel="sms").values_list("status", "attempts")) == {
        ("sent", 1)
    }
    assert looks.sizes[0] == 24
    assert all(size * 0.15 <= 1 for size in looks.sizes[2:]), "after the first lots (two at a time) no look is in vain"


def test_an_installation_that_was_not_reached_in_time_keeps_no_other_from_its_push(
    scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _second = make_subscription(scene.patient), make_subscription(scene.patient)
    visit = book(scene.calendar, scene.patient)

    async def send(outgoing: Outgoing) -> Outcome:
        if outgoing.subscription is not None and outgoing.subscription.id == first.pk:
            raise TooLateError
        return Accepted()

    monkeypatch.setattr(post.push, "send", send)
    post.at(UNDONE)

    push = messages(visit, kind=Kind.DETAILS, channel="push")[0]
    assert (push.status, push.attempts) == ("sent", 1)
