"""A bench within the test's own process: real peers on loopback, virtual time, dispatcher and reports in this thread."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from myosotis import clock
from myosotis.channels.providers.webpush.vapid import application_server_key, new_key, read_key
from myosotis.domain.values import utc
from myosotis.ops.inbound import take
from myosotis.sandbox.demo import practice as demo
from myosotis.sandbox.demo.visits import book_all
from myosotis.sandbox.inprocess import Doors, settle_here, threaded_peers
from myosotis.sandbox.peers import ledger
from myosotis.sandbox.peers.push import APPLICATION_KEY
from myosotis.sandbox.peers.world import Options, Peers
from myosotis.sandbox.place import Place, Ports
from myosotis.sandbox.time import Bench
from myosotis.store.models import Practice

BEGINNING = utc(2027, 3, 15, 7)
"""A Monday, 8:00 in Warsaw."""
TOKEN = "t" * 20


@dataclass
class World:
    """A bench and what hangs on it."""

    place: Place
    peers: Peers
    bench: Bench
    ports: Ports
    calls: list[dict[str, str]]

    def people(self, *, visits: int) -> Practice:
        """The demo practice with this many visits."""
        practice = demo.make_practice(clock.now())
        with closing(ledger.connect(self.place.ledger)) as database:
            demo.subscribe_all(practice, database, clock.now())
        demo.follow_ports(practice, self.ports)
        book_all(practice, clock.now(), visits=visits)
        return practice

    def received(self, where: str = "1", *values: object) -> list[ledger.Received]:
        return ledger.received(self.bench.ledger, where, values)


@pytest.fixture
def make_world(
    db: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> Iterator[Callable[[], World]]:
    """Makes one bench after the other; each begins at `BEGINNING`, frozen."""
    ends = ExitStack()

    def make() -> World:
        place = Place(tmp_path_factory.mktemp("bench"))
        monkeypatch.setenv("MYOSOTIS_CLOCK_FILE", str(place.clock_file))
        clock.set_virtual(place.clock_file, BEGINNING, frozen=True)
        options = Options(ledger=place.ledger, token=TOKEN, bounces_to="lmtp://127.0.0.1:1")
        peers = ends.enter_context(threaded_peers(options))
        ports = Ports(web=1, peers=peers.http_port, smtp=peers.smtp_port, inbound=1)
        place.keep_ports(ports)
        settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update=_accounts(peers, place))
        calls: list[dict[str, str]] = []
        bench = Bench(place, settle_here(place, _doors(calls)))
        ends.callback(bench.close)
        return World(place, peers, bench, ports, calls)

    with ends:
        yield make


def _accounts(peers: Peers, place: Place) -> dict[str, dict[str, str]]:
    key = new_key()
    with closing(ledger.connect(place.ledger)) as database:
        ledger.keep(database, APPLICATION_KEY, application_server_key(read_key(key)))
    return {
        "sms": {
            "provider": "smsapi",
            "token": TOKEN,
            "base_url": f"http://127.0.0.1:{peers.http_port}",
            "notify_url": "http://127.0.0.1:1/receipts/smsapi/sandbox-receipts",
            "timeout": "1",
        },
        "email": {
            "provider": "smtp",
            "host": "127.0.0.1",
            "port": str(peers.smtp_port),
            "security": "none",
            "bounce_domain": "zwroty.example",
            "data_timeout": "1",
        },
        "push": {
            "provider": "webpush",
            "vapid_private_key": key,
            "subject": "mailto:a@example.com",
            "allow_loopback": "yes",
            "timeout": "1",
        },
    }


def _doors(calls: list[dict[str, str]]) -> Doors:
    client = Client()

    def callback(url: str, fields: dict[str, str]) -> bool:
        calls.append(fields)
        answer = client.get(urlsplit(url).path, fields)
        return answer.status_code == 200 and answer.content == b"OK"

    def mail(raw: bytes, recipient: str) -> bool:
        take(raw, recipient)
        return True

    return Doors(callback=callback, mail=mail)


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    return make_world()
