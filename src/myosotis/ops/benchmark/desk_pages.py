"""How long staff wait for a page of the desk, in a practice with 20,000 patients, 60,000 visits and 300,000 messages.

Every address of the desk that answers a GET is opened, and the searches that are asked by a POST; new pages are found by
themselves. It goes through the whole of the web process's own work, without a network.
"""

import gc
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import field
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Final

from django.db import connection
from django.test import Client
from django.urls import get_resolver, reverse

from myosotis import clock
from myosotis.ops.benchmark import practice
from myosotis.ops.benchmark.figures import Figure, at_most, percentile
from myosotis.ops.benchmark.ground import Ground
from myosotis.store import statistics_kept
from myosotis.store.models import Message, Practice, StaffUser
from myosotis.store.queue import feed
from myosotis.value_class import value_class

SHOWN: Final = 6
OPENINGS: Final = 30
"""Of each page, after one that warms it up: the slowest of them is beyond its p95."""
TARGET_MS: Final = 150.0
SEARCH_TARGET_MS: Final = 50.0
PREFIX: Final = "desk/"
PARAMETER: Final = re.compile(r"%\((\w+)\)s")
WORDS: Final = {"channel": "sms", "purpose": "commercial"}
"""What addresses name that is no row."""
SEARCHES: Final = ("brz zof", "605 000 123", "pacjent777@")
"""A name in pieces, a number as people write it, an address."""


@value_class
class Page:
    """A page, and how long each of its openings took (ms)."""

    name: str
    target: float
    opened: Callable[[], object]
    took: list[float] = field(default_factory=list)
    used: list[float] = field(default_factory=list)
    """Of our own CPU: what an opening would take on a machine that does nothing else, beside what the database needs."""
    sizes: list[int] = field(default_factory=list)

    def is_one(self) -> bool:
        """Open it once, which warms it up; an act is no page, nor what leads on."""
        return getattr(self.opened(), "status_code", 0) == HTTPStatus.OK

    def open(self) -> None:
        began, before = time.perf_counter(), time.process_time()
        answer = self.opened()
        self.took.append((time.perf_counter() - began) * 1e3)
        self.used.append((time.process_time() - before) * 1e3)
        self.sizes.append(len(getattr(answer, "content", b"")))

    @property
    def high(self) -> float:
        return percentile(self.took, 0.95)

    @property
    def figure(self) -> Figure:
        middle, cpu = percentile(self.took, 0.5), percentile(self.used, 0.5)
        beside = f"p50 {middle:.1f} ms, {cpu:.1f} ms of it CPU, {self.sizes[-1] / 1024:.0f} kB"
        return Figure(
            name=f"desk page {self.name}, p95", value=self.high, unit="ms", beside=beside, target=at_most(self.target)
        )


def measure(_ground: Ground) -> Iterator[Figure]:
    """The slowest pages; the others are counted."""
    now = clock.wall()
    owned, owner = practice.make(now)
    statistics_kept.keep(now)  # as the dispatcher does once a day
    feed.feed(now)  # as it does every five minutes; without one, nothing of all this would have been sent
    _settle()
    pages = sorted(_measured(owned, owner, now), key=lambda page: page.high / page.target, reverse=True)
    yield from (page.figure for page in pages[:SHOWN])
    slow = sum(page.high > page.target for page in pages)
    yield Figure(
        name=f"pages slower than wanted, of {len(pages)}", value=slow, target=at_most(0),
        beside=f"a practice with {practice.VISITS:,} visits; {OPENINGS} openings of each",
    )  # fmt: skip


def _settle() -> None:
    """No practice gets 300,000 messages at once: what autovacuum and the next checkpoint would do for them is done before."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def _measured(owned: Practice, owner: StaffUser, now: datetime) -> list[Page]:
    """Opened in turns, as staff do: what disturbs the machine for a second disturbs one opening of many pages."""
    client = Client(headers={"Host": "127.0.0.1"}, raise_request_exception=False)
    client.force_login(owner)
    gc.collect()
    gc.freeze()  # as the web server does once it has loaded its pages
    pages = [page for page in _pages(client, owned, now) if page.is_one()]
    for _ in range(OPENINGS):
        for page in pages:
            page.open()
    return pages


def _pages(client: Client, owned: Practice, now: datetime) -> Iterator[Page]:
    for name, path in list(_addresses(owned, now)):
        yield Page(name=name, target=TARGET_MS, opened=partial(client.get, path))
    find = reverse("desk:patient_find")
    for number, text in enumerate(SEARCHES):
        searched = partial(client.post, find, {"text": text})
        yield Page(name=f"patient_find ({number + 1})", target=SEARCH_TARGET_MS, opened=searched)


def _addresses(owned: Practice, now: datetime) -> Iterator[tuple[str, str]]:
    """The name and an address of every page of the desk whose rows this practice has."""
    ids = _ids(owned, now)
    for name, patterns in sorted(_desk_addresses().items()):
        template = patterns[0]
        wanted = PARAMETER.findall(template)
        if all(parameter in ids for parameter in wanted):
            yield name, "/" + template % {parameter: ids[parameter] for parameter in wanted}


def _desk_addresses() -> dict[str, list[str]]:
    """The addresses by name, with `%(name)s` for what they name."""
    _prefix, desk = get_resolver().namespace_dict["desk"]
    return {
        name: [f"{PREFIX}{template}" for template, _parameters in forms[0][0]]
        for name in desk.reverse_dict
        if isinstance(name, str) and (forms := desk.reverse_dict.getlist(name))
    }


def _ids(owned: Practice, now: datetime) -> dict[str, str]:
    """A row for each name in addresses: of what was lately, so that there is something to show."""
    message = Message.objects.filter(practice=owned, sent_at__lt=now, visit__end__lt=now).latest("sent_at")
    rows = {
        "visit_id": message.visit_id,
        "message_id": message.pk,
        "patient_id": message.patient_id,
        "calendar_id": owned.calendars.values_list("pk", flat=True)[0],
        "doctor_id": owned.doctors.values_list("pk", flat=True)[0],
        "address_id": owned.addresses.values_list("pk", flat=True)[0],
        "service_id": owned.services.values_list("pk", flat=True)[0],
        "offer_id": owned.offers.latest("opened_at").pk,
        "opinion_id": owned.opinions.latest("given_at").pk,
        "incoming_id": owned.incoming_messages.latest("received_at").pk,
        "membership_id": owned.memberships.values_list("pk", flat=True)[0],
    }
    return {name: str(key) for name, key in rows.items()} | WORDS
