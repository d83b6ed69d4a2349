"""Mail that comes back changes the message it speaks of."""

import io
import socket
from datetime import timedelta

import pytest
from django.db import OperationalError

from myosotis import clock
from myosotis.domain.values import utc
from myosotis.ops import cli, inbound
from myosotis.sandbox.peers.bounce import bounce
from tests.db.make import NOW, Scene, book, send_due
from tests.db.sandbox.conftest import World, make_world, world  # noqa: F401 - fixtures

AT = utc(2027, 3, 15, 8)


def test_a_bounce_of_the_mail_server_fails_the_message(world: World) -> None:  # noqa: F811 - the fixture
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


class Piped:
    """Standard input, as a mail server fills it."""

    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)


def test_a_mail_server_can_hand_over_one_mail_by_a_pipe(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = book(scene.calendar, scene.patient)
    mail = next(row for row in send_due(visit, NOW + timedelta(minutes=1)) if row.channel == "email")
    back = f"bounce+{mail.uuid.hex}@zwroty.example"
    raw = bounce(b"Subject: x\r\n\r\n", back=back, recipient=scene.patient.email, at=AT)
    monkeypatch.setattr("myosotis.ops.commands.inbound.bring_up", lambda: None)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=2))
    monkeypatch.setattr("sys.stdin", Piped(raw))
    assert cli.main(["inbound", "--pipe", "--to", back]) == 0
    mail.refresh_from_db()
    assert (mail.status, mail.reason) == ("failed", "address_refused")


def test_while_the_database_is_away_the_mail_server_keeps_the_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr("myosotis.ops.inbound.take", away)
    monkeypatch.setattr("sys.stdin", Piped(b"x"))
    assert inbound.take_one("") == inbound.EX_TEMPFAIL


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        assert inbound.listen(bind) == 1
    assert capsys.readouterr().err == f"myosotis: {bind} is taken by another program; give another with --listen\n"
