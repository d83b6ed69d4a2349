"""An account whose settings cannot be read stops its own practice's messages, and nobody else's (docs/rules.md 7.5)."""

from datetime import timedelta

import pytest

from myosotis.domain.words import Channel, Kind, Reason
from myosotis.store.models import BreakerState, HandOver, ProviderAccount
from tests.db.dispatch.conftest import GONE, Post
from tests.db.make import NOW, Scene, book, claim, make_calendar, make_patient, make_practice, messages

UNDONE = NOW + timedelta(seconds=60)


@pytest.mark.parametrize("damage", [{"sealed": b"sealed with another key"}, {"provider": "no-such-provider"}])
def test_it_holds_its_own_messages_back_and_no_others(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, damage: dict[str, object]
) -> None:
    from myosotis.dispatch.run import run_until_idle

    visit = book(scene.calendar, scene.patient)
    ProviderAccount.objects.filter(practice=scene.practice, channel=Channel.EMAIL).update(**damage)

    run_until_idle(UNDONE)

    mail = messages(visit, kind=Kind.DETAILS, channel="email")[0]
    assert (mail.status, mail.reason, mail.sent_at) == ("planned", Reason.PROVIDER_UNAVAILABLE, None)
    assert BreakerState.objects.get().open_until is not None


@pytest.mark.parametrize("damage", [{"sealed": b"sealed with another key"}, {"provider": "no-such-provider"}])
def test_other_practices_go_on(scene: Scene, post: Post, damage: dict[str, object]) -> None:
    other = make_practice("Inna")
    book(scene.calendar, scene.patient)
    good = book(make_calendar(other), make_patient(other))
    ProviderAccount.objects.filter(practice=scene.practice, channel=Channel.EMAIL).update(**damage)

    post.at(UNDONE)

    assert messages(good, kind=Kind.DETAILS, channel="email")[0].status == "sent"


def test_what_its_dispatcher_left_behind_is_settled(scene: Scene, post: Post) -> None:
    visit = book(scene.calendar, scene.patient)
    ProviderAccount.objects.filter(practice=scene.practice, channel=Channel.EMAIL).update(sealed=b"damaged")
    mail = messages(visit, kind=Kind.DETAILS, channel="email")[0]
    name = claim(mail, NOW, GONE)
    HandOver.objects.create(worker=GONE, held=[[mail.pk, name]])

    post.at(NOW + timedelta(hours=1))

    assert messages(visit, kind=Kind.DETAILS, channel="email")[0].sent_at is not None
