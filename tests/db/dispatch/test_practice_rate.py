"""One practice uses no more of a shared account than it may; nobody else waits for that (docs/adr/0078)."""

from collections import Counter
from typing import Any

import pytest

from myosotis import clock
from myosotis.domain.words import Channel, Kind
from myosotis.store import rations
from myosotis.store.models import Message, ProviderAccount, QueueEntry, Ration
from tests.db.dispatch.conftest import Post
from tests.db.make import NEXT_WEEK, NOW, Scene, book, hours, make_patient

DUE = NOW + hours(1)


def by_sms_alone(scene: Scene, visits: int) -> None:
    for n in range(visits):
        book(scene.calendar, make_patient(scene.practice, email=""), NEXT_WEEK + hours(n))


def sharing() -> Scene:
    """A practice that sends by the installation's account."""
    scene = Scene.set()
    ProviderAccount.objects.filter(practice=scene.practice, channel=Channel.SMS).delete()
    return scene


@pytest.fixture
def limited(settings: Any) -> None:
    changes = {"sms": {"provider": "smsapi", "token": "x"}, "practice_per_second": 4}
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update=changes)


def details_sent() -> Counter[int]:
    """By practice."""
    return Counter(Message.objects.filter(kind=Kind.DETAILS, status="sent").values_list("practice_id", flat=True))


def a_second_later() -> None:
    for row in Ration.objects.all():
        Ration.objects.filter(pk=row.pk).update(taken_until=row.taken_until - 1.0)


@pytest.mark.usefixtures("limited", "db")
def test_a_practice_sends_what_it_may_and_another_is_not_kept_waiting(post: Post) -> None:
    one, other = sharing(), sharing()
    by_sms_alone(one, 11)
    by_sms_alone(other, 3)

    post.at(DUE)

    assert details_sent() == {one.practice.pk: 4, other.practice.pk: 3}
    untouched = Message.objects.filter(practice=one.practice, kind=Kind.DETAILS, channel="sms", status="planned")
    assert set(untouched.values_list("attempts", "first_tried_at")) == {(0, None)}
    assert not QueueEntry.objects.filter(claimed_at__isnull=False).exists()


@pytest.mark.usefixtures("limited", "db")
def test_the_rest_follows_second_by_second(post: Post) -> None:
    one = sharing()
    by_sms_alone(one, 11)
    sent = []
    for _ in range(4):
        post.at(DUE)
        sent.append(details_sent()[one.practice.pk])
        a_second_later()
    assert sent == [4, 8, 11, 11]


@pytest.mark.usefixtures("limited", "db")
def test_an_account_of_its_own_is_not_concerned(post: Post) -> None:
    own = Scene.set()
    by_sms_alone(own, 9)
    post.at(DUE)
    assert details_sent() == {own.practice.pk: 9}


@pytest.mark.usefixtures("db")
def test_without_a_limit_nothing_is_counted(settings: Any, post: Post) -> None:
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update={"sms": {"provider": "smsapi", "token": "x"}})
    one = sharing()
    by_sms_alone(one, 9)
    post.at(DUE)
    assert details_sent() == {one.practice.pk: 9}
    assert not rations.ahead("*:%:%", 600, clock.wall())
