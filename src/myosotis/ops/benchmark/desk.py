"""What people wait for, beside dispatch: a booking by the API, a changed switch, a big import, and a dispatcher at rest."""

import json
import resource
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.test import Client

from myosotis import clock
from myosotis.domain.values import Switches
from myosotis.domain.words import Party, Via, VisitEvent
from myosotis.flows import switches_changed
from myosotis.flows.actor import SYSTEM
from myosotis.flows.api_access import Scope, create_key
from myosotis.flows.replanning import replan
from myosotis.ops.benchmark import processor
from myosotis.ops.benchmark.figures import Figure, at_most, percentile
from myosotis.ops.benchmark.ground import MYOSOTIS, Ground
from myosotis.store.models import Address, Calendar, Doctor, Message, Patient, Practice, Service, Visit

BOOKINGS: Final = 300
VISITS: Final = 5000
IDLE_SECONDS: Final = 10.0
START_SECONDS: Final = 3.0
HEADER: Final = "Identyfikator;Data wizyty;Godzina;Czas trwania;Pacjent;Telefon;E-mail"
WARSAW: Final = ZoneInfo("Europe/Warsaw")


def measure(ground: Ground) -> Iterator[Figure]:
    yield idle(ground)
    practice, calendar = _practice(clock.wall())
    yield _booking(practice, calendar)
    yield _replanning(practice, calendar)
    yield from _import(ground, practice, calendar)


def _practice(now: datetime) -> tuple[Practice, Calendar]:
    practice = Practice.objects.create(name="Poradnia Pomiarowa", created_at=now)
    doctor = Doctor.objects.create(practice=practice, title="lek.", name="Ewa Śliwa")
    address = Address.objects.create(practice=practice, street="Długa 1", city="Kraków", phone="+48124000000")
    calendar = Calendar.objects.create(practice=practice, doctor=doctor, address=address)
    Service.objects.create(practice=practice, calendar=calendar, name="Konsultacja", minutes=20)
    return practice, calendar


def _patients(practice: Practice, count: int) -> list[Patient]:
    now = clock.wall()
    return Patient.objects.bulk_create(
        Patient(
            practice=practice,
            first_name="Łucja",
            last_name=f"Pacjentka-{number}",
            phone=f"+48601{number:06d}",
            email=f"pacjentka{number}@example.org",
            created_at=now,
        )
        for number in range(count)
    )


def _booking(practice: Practice, calendar: Calendar) -> Figure:
    """`POST /api/v1/visits` through the whole of the web process's own work, without a network."""
    key = create_key(practice=practice, name="bench", scopes=tuple(Scope), actor=SYSTEM, now=clock.wall())
    client, took = Client(headers={"Authorization": f"Bearer {key.secret}", "Host": "127.0.0.1"}), []
    start = (clock.wall() + timedelta(days=7)).replace(minute=0, second=0, microsecond=0)
    for number, patient in enumerate(_patients(practice, BOOKINGS)):
        body = {
            "calendar_id": calendar.pk,
            "patient_id": patient.pk,
            "start": (start + timedelta(minutes=20 * number)).isoformat(),
        }
        began = time.perf_counter()
        answer = client.post(
            "/api/v1/visits", json.dumps(body), "application/json", headers={"Idempotency-Key": f"bench-{number}"}
        )
        took.append((time.perf_counter() - began) * 1e3)
        if answer.status_code != 201:  # noqa: PLR2004 - Created
            raise RuntimeError(f"a booking was refused: {answer.status_code} {answer.content[:200]!r}")
    return Figure(
        name="a booking by the API, messages planned, p95", value=percentile(took, 0.95), unit="ms",
        beside=f"p50 {percentile(took, 0.5):.1f} ms", target=at_most(25),
    )  # fmt: skip


def _replanning(practice: Practice, calendar: Calendar) -> Figure:
    """A switch of a calendar with many future visits is turned off."""
    now = clock.wall()
    start = (now + timedelta(days=30)).replace(minute=0, second=0, microsecond=0)
    visits = Visit.objects.bulk_create(
        _visit(practice, calendar, patient, start + timedelta(minutes=20 * number), now)
        for number, patient in enumerate(_patients(practice, VISITS))
    )
    with transaction.atomic():
        replan(practice, [visit.pk for visit in visits], now)
    planned = Message.objects.filter(visit__in=[visits[0].pk, visits[-1].pk]).count()
    if not planned:
        raise RuntimeError("nothing was planned for the visits")
    began = time.perf_counter()
    effect = switches_changed.apply(
        practice=practice, calendar_id=calendar.pk, switches=Switches(reminder=False), actor=SYSTEM, now=now
    )
    seconds = time.perf_counter() - began
    return Figure(
        name=f"a switch of a calendar with {effect.visits:,} visits ahead", value=seconds, unit="s", target=at_most(3)
    )


def _visit(practice: Practice, calendar: Calendar, patient: Patient, start: datetime, now: datetime) -> Visit:
    return Visit(
        practice=practice,
        calendar=calendar,
        patient=patient,
        start=start,
        end=start + timedelta(minutes=20),
        booked_at=now,
        booked_by=Party.PRACTICE,
        event=VisitEvent.BOOKED,
        event_at=now,
        event_by=Party.PRACTICE,
        event_via=Via.API,
        first_start=start,
        first_calendar=calendar,
    )


def _import(ground: Ground, practice: Practice, calendar: Calendar) -> Iterator[Figure]:
    """`myosotis import visits`, in a process of its own as somebody would start it."""
    file, rows = ground.folder / "visits.csv", ground.options.rows
    file.write_text("\n".join([HEADER, *_rows(rows)]) + "\n", encoding="utf-8")
    given = ["visits", str(file), "--practice", str(practice.pk), "--calendar", str(calendar.pk)]
    before = Visit.objects.count()
    connection.close()
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - ourselves
        [*MYOSOTIS, "import", *given], env=ground.environment(), capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    added = Visit.objects.count() - before
    if added != rows:
        raise RuntimeError(f"{added} of {rows} visits were imported: {done.stdout[-300:]} {done.stderr[-300:]}")
    yield Figure(name=f"import of {rows:,} visits", value=seconds, unit="s", target=at_most(60))
    yield Figure(name="its memory", value=memory, unit="MB", target=at_most(500))


def _rows(count: int) -> Iterator[str]:
    start = (clock.wall() + timedelta(days=60)).astimezone(WARSAW).replace(hour=8, minute=0)
    for number in range(count):
        at = start + timedelta(days=number // 30, minutes=20 * (number % 30))
        yield (
            f"W-{number};{at:%d.%m.%Y};{at:%H:%M};20;Łucja Brzęczyk{_letters(number)};602 {number // 1000:03} "
            f"{number % 1000:03};pacjent{number}@example.org"
        )


def _letters(number: int) -> str:
    """A name of its own for each patient, of letters."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def idle(ground: Ground) -> Figure:
    """`myosotis dispatcher` with nothing to do, as a process of its own."""
    with ground.dispatchers(1, {}) as [process]:
        time.sleep(START_SECONDS)
        before = processor.used(process.pid)
        time.sleep(IDLE_SECONDS)
        share = (processor.used(process.pid) - before) / IDLE_SECONDS
        memory = processor.resident(process.pid)
    return Figure(
        name="a dispatcher at rest", value=share * 100, unit="% of a CPU", beside=f"{memory:.0f} MB", target=at_most(1)
    )
