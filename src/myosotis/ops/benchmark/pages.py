"""How long a patient waits for a page: My visit, the free times to move to, and an offer, opened 20 times a second.

A web process of its own answers on loopback; each opening comes from another place, as behind a proxy.
"""

import http.client
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from datetime import time as wall
from typing import Final

from django.db.models import QuerySet

from myosotis import clock
from myosotis.dispatch import tokens
from myosotis.domain.words import Channel, Kind, MessageStatus, Party, Via
from myosotis.flows import visit_booked, visit_cancelled
from myosotis.flows.actor import SYSTEM
from myosotis.ops.benchmark import web_process
from myosotis.ops.benchmark.figures import Figure, at_most, percentile
from myosotis.ops.benchmark.ground import Ground
from myosotis.ops.ports import free_port
from myosotis.store.models import (
    Address,
    Calendar,
    Doctor,
    Message,
    MessageLinks,
    OpeningHours,
    Patient,
    Practice,
    Service,
    Visit,
)

A_SECOND: Final = 20
"""Openings a second."""
OPENINGS: Final = 200
"""Of each page."""
VISITS: Final = 60
OPENS, CLOSES = wall(8), wall(16)


def measure(ground: Ground) -> Iterator[Figure]:
    visits, offers = _links(clock.wall())
    port = free_port()
    with web_process.serving(ground, port, {}):
        for name, paths in (
            ("My visit", visits),
            ("move", [f"{path}/move" for path in visits]),
            ("offer", offers),
        ):
            _opened(port, paths, A_SECOND)  # the first second warms it up
            took = [seconds * 1e3 for seconds in _opened(port, paths, OPENINGS)]
            yield Figure(
                name=f"page {name}, {A_SECOND} openings a second, p95", value=percentile(took, 0.95), unit="ms",
                beside=f"p50 {percentile(took, 0.5):.1f} ms", target=at_most(60),
            )  # fmt: skip


def _links(now: datetime) -> tuple[list[str], list[str]]:
    """The paths of messages about visits, and of those that offer one of their patients an earlier time."""
    calendar = _calendar(now)
    first = (now + timedelta(days=10)).replace(hour=8, minute=0, second=0, microsecond=0)
    visits = [_visit(calendar, first + number * timedelta(hours=3), number, now) for number in range(VISITS)]
    freed = _visit(calendar, first - timedelta(days=3), VISITS, now)
    visit_cancelled.cancel(
        practice=calendar.practice, visit_id=freed.pk, by=Party.PATIENT, via=Via.PORTAL, actor=SYSTEM, now=now
    )
    theirs = Message.objects.filter(visit__in=visits)
    return _opened_by(theirs.filter(kind=Kind.DETAILS, channel=Channel.EMAIL)), _opened_by(
        theirs.filter(kind=Kind.OFFER)
    )


def _calendar(now: datetime) -> Calendar:
    practice = Practice.objects.create(name="Poradnia Otwartych Stron", created_at=now, privacy_notice="Informacja.")
    doctor = Doctor.objects.create(practice=practice, title="lek.", name="Jan Żak", specialty="Kardiologia")
    address = Address.objects.create(practice=practice, street="Szeroka 1", city="Kraków", phone="+48124000000")
    calendar = Calendar.objects.create(practice=practice, doctor=doctor, address=address, slot_minutes=20)
    OpeningHours.objects.bulk_create(
        OpeningHours(practice=practice, calendar=calendar, weekday=day, opens=OPENS, closes=CLOSES) for day in range(5)
    )
    Service.objects.create(practice=practice, calendar=calendar, name="Konsultacja", minutes=20)
    return calendar


def _visit(calendar: Calendar, start: datetime, number: int, now: datetime) -> Visit:
    patient = Patient.objects.create(
        practice=calendar.practice, first_name="Łucja", last_name=f"Otwarta-{number}", phone=f"+48603{number:06d}",
        email=f"otwarta{number}@example.org", created_at=now,
    )  # fmt: skip
    return visit_booked.book(
        practice=calendar.practice, calendar_id=calendar.pk, patient_id=patient.pk, start=start, by=Party.PRACTICE,
        via=Via.API, actor=SYSTEM, now=now, service_id=calendar.services.get().pk,
    ).visit  # fmt: skip


def _opened_by(messages: QuerySet[Message]) -> list[str]:
    """Their links, as if they had left."""
    paths = []
    for message in messages:
        kind, channel = Kind(message.kind), Channel(message.channel)
        opens = tokens.hashes(message.uuid, kind, channel)[0]
        MessageLinks.objects.create(message=message, practice_id=message.practice_id, open_hash=opens)
        message.status, message.sent_at = MessageStatus.SENT, message.due_at
        message.save(update_fields=["status", "sent_at"])
        paths.append("/" + tokens.links(message.uuid, kind, channel, image=False).open.rpartition("/")[2])
    return paths


def _opened(port: int, paths: Sequence[str], count: int) -> list[float]:
    """Open so many pages, evenly; how long each took, in seconds, to its last byte."""
    began = time.perf_counter()

    def one(number: int) -> float:
        time.sleep(max(0.0, began + number / A_SECOND - time.perf_counter()))
        return _seconds(port, paths[number % len(paths)], number)

    with ThreadPoolExecutor(A_SECOND) as pool:
        return list(pool.map(one, range(count)))


def _seconds(port: int, path: str, number: int) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    began = time.perf_counter()
    connection.request("GET", path, headers={"X-Forwarded-For": f"198.51.100.{number % 250}"})
    answer = connection.getresponse()
    body = answer.read()
    took = time.perf_counter() - began
    connection.close()
    if answer.status != http.client.OK or b"<h1>" not in body:
        raise RuntimeError(f"a page was answered by {answer.status}")
    return took
