"""A stage: a practice with an API key, servers of providers on loopback, and a clock in the hand."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from myosotis import clock
from myosotis.channels.providers.webpush.vapid import application_server_key, new_key, read_key
from myosotis.domain.values import utc
from myosotis.domain.words import ConsentBasis
from myosotis.flows.actor import SYSTEM
from myosotis.flows.api_access import Scope, create_key
from myosotis.ops.inbound import take
from myosotis.sandbox.inprocess import Doors, settle_here, threaded_peers
from myosotis.sandbox.peers import ledger
from myosotis.sandbox.peers.push import APPLICATION_KEY
from myosotis.sandbox.peers.world import Options, Peers
from myosotis.sandbox.place import Place, Ports
from myosotis.sandbox.time import Bench as TimeBench
from myosotis.store.models import Practice
from myosotis.value_class import value_class
from tests.db.acceptance.stage import Stage
from tests.db.api.conftest import Caller

TOKEN = "t" * 20
SECRET = "acceptance-receipts"
RECEIPTS = f"/receipts/smsapi/{SECRET}"
BEGINNING = utc(2027, 3, 1, 9)
"""A Monday, 10:00 in Warsaw."""


@value_class
class Bench:
    """Servers of providers on loopback, at which the installation has its accounts, and the clock; nobody practises yet."""

    place: Place
    ports: Ports
    time: TimeBench


@pytest.fixture
def bench(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Bench]:
    """Begins at `BEGINNING`."""
    place = Place(tmp_path)
    monkeypatch.setenv("MYOSOTIS_CLOCK_FILE", str(place.clock_file))
    clock.set_virtual(place.clock_file, BEGINNING, frozen=True)
    with threaded_peers(Options(ledger=place.ledger, token=TOKEN, bounces_to="lmtp://127.0.0.1:1")) as peers:
        settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update=_installation(peers, place))
        with closing(TimeBench(place, settle_here(place, _doors()))) as time:
            ports = Ports(web=1, peers=peers.http_port, smtp=peers.smtp_port, inbound=1)
            yield Bench(place=place, ports=ports, time=time)


@pytest.fixture
def stage(bench: Bench) -> Stage:
    """A practice at the bench, with an API key and a calendar."""
    practice = _practice()
    made = create_key(practice=practice, name="test", scopes=tuple(Scope), actor=SYSTEM, now=clock.now())
    stage = Stage(bench.place, bench.time, bench.ports, RECEIPTS, practice, Caller(secret=made.secret))
    stage.calendar = stage.add_calendar()
    return stage


def _practice() -> Practice:
    return Practice.objects.create(
        name="Gabinety Pod Lipą",
        phone="+48124000000",
        sms_sender="+48450000999",
        sms_can_receive=True,
        email_sender="gabinet@example.org",
        consent_basis=ConsentBasis.PRACTICE,
        created_at=clock.now(),
    )


def _installation(peers: Peers, place: Place) -> dict[str, object]:
    """Accounts at the servers of this test."""
    key = new_key()
    with closing(ledger.connect(place.ledger)) as database:
        ledger.keep(database, APPLICATION_KEY, application_server_key(read_key(key)))
    return {
        "receipt_secret": SECRET,
        "api_requests_per_minute": 100_000,
        "sms": {
            "provider": "smsapi",
            "token": TOKEN,
            "base_url": f"http://127.0.0.1:{peers.http_port}",
            "notify_url": f"http://127.0.0.1:1{RECEIPTS}",
            "timeout": "1",
        },
        "email": {
            "provider": "smtp",
            "host": "127.0.0.1",
            "port": str(peers.smtp_port),
            "security": "none",
            "from_address": "gabinet@example.org",
            "bounce_domain": "zwroty.example",
            "timeout": "1",
            "data_timeout": "1",
        },
        "push": {
            "provider": "webpush",
            "vapid_private_key": key,
            "subject": "mailto:gabinet@example.org",
            "allow_loopback": "yes",
            "timeout": "1",
        },
    }


def _doors() -> Doors:
    client = Client()

    def callback(url: str, fields: dict[str, str]) -> bool:
        answer = client.get(urlsplit(url).path, fields)
        return answer.status_code == 200 and answer.content == b"OK"

    def mail(raw: bytes, recipient: str) -> bool:
        take(raw, recipient)
        return True

    return Doors(callback=callback, mail=mail)
