"""Mail that comes back changes the message it speaks of."""

import pytest

from myosotis import clock
from myosotis.domain.values import utc
from myosotis.ops import inbound
from myosotis.sandbox.peers.bounce import bounce
from tests.db.sandbox.conftest import World, make_world, world  # noqa: F401 - fixtures

AT = utc(2027, 3, 15, 8)


def test_a_bounce_of_the_mail_server_fails_the_message(world: World) -> None:  # noqa: F811 - the fixture
    from datetime import timedelta

    from myosotis.sandbox.peers.faults import Fault, Peer, set_faults
    from myosotis.store.models import Message

    world.people(visits=6)
    set_faults(world.bench.ledger, Peer.EMAIL, [Fault.BOUNCES])
    world.bench.advance_by(timedelta(minutes=30))
    mails = Message.objects.filter(channel="email", kind="details", sent_at__isnull=False)
    assert mails.count() > 2
    assert set(mails.values_list("status", "reason")) == {("failed", "address_refused")}


@pytest.mark.django_db
def test_mail_about_nothing_of_ours_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)
    raw = bounce(b"Subject: x\r\n\r\n", back=f"bounce+{'0' * 32}@zwroty.example", recipient="a@example.com", at=AT)
    inbound.take(raw, f"bounce+{'0' * 32}@zwroty.example")
    inbound.take(b"", "")
    inbound.take(b"\xff\xfe\x00garbage", "x@y")
