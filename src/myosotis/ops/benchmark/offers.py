"""Fifty patients take one freed slot at the same moment: one wins, and nobody waits long."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import connection

from myosotis import clock
from myosotis.domain.words import Channel, ConsentBasis, Party, Via
from myosotis.flows import actor, offer_answered, visit_booked, visit_cancelled
from myosotis.flows.errors import Conflict
from myosotis.ops.benchmark.figures import Figure
from myosotis.ops.benchmark.ground import Ground
from myosotis.store.models import Address, Calendar, Candidate, Doctor, Offer, Patient, Practice, ProviderAccount, Visit
from myosotis.value_class import value_class

ACCEPTS = 50
ASKED = 10
WINNER = "won"
PATIENCE = 60.0
"""Seconds until all connections stand."""


@value_class
class Race:
    """What came of it."""

    seconds: float
    """From the start of all to the last answer."""
    answers: Counter[str]
    """How often each code was answered; the winner's is `WINNER`."""


def measure(_ground: Ground) -> Iterator[Figure]:
    now = clock.wall()
    run = race(open_offer(now), now)
    said = ", ".join(f"{count} {code}" for code, count in sorted(run.answers.items()))
    yield Figure(name=f"{ACCEPTS} accepts of one freed slot at once", value=run.seconds * 1e3, unit="ms", beside=said)


def open_offer(now: datetime) -> Offer:
    """An offer of a slot in a week to `ASKED` patients of a practice of its own."""
    practice = Practice.objects.create(name="Bench", consent_basis=ConsentBasis.PRACTICE, created_at=now)
    ProviderAccount.objects.create(
        practice=practice, channel=Channel.EMAIL, provider="smtp", receipt_key="bench-offers"
    )
    doctor = Doctor.objects.create(practice=practice, name="Anna Nowak")
    address = Address.objects.create(practice=practice, street="ul. Lipowa 7", city="Kraków")
    calendar = Calendar.objects.create(practice=practice, doctor=doctor, address=address)
    slot = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=7)
    freed = _book(calendar, slot, 0, now)
    for number in range(1, ASKED + 1):
        _book(calendar, slot + timedelta(hours=48 + number), number, now)
    visit_cancelled.cancel(
        practice=practice, visit_id=freed.pk, by=Party.PATIENT, via=Via.PORTAL, actor=actor.SYSTEM, now=now
    )
    return Offer.objects.get(freed_by=freed)


def _book(calendar: Calendar, start: datetime, number: int, now: datetime) -> Visit:
    patient = Patient.objects.create(
        practice=calendar.practice, last_name="Nowak", email=f"p{number}@example.org", created_at=now
    )
    return visit_booked.book(
        practice=calendar.practice, calendar_id=calendar.pk, patient_id=patient.pk, start=start, by=Party.PRACTICE,
        via=Via.API, actor=actor.SYSTEM, now=now,
    ).visit  # fmt: skip


def race(offer: Offer, now: datetime, accepts: int = ACCEPTS) -> Race:
    """All who were asked take it, `accepts` times in all, each on a connection of its own that stands already."""
    asked = list(Candidate.objects.filter(offer=offer, passed_over="").values_list("id", "patient_id"))
    gate = threading.Barrier(accepts + 1)

    def take(number: int) -> str:
        candidate_id, patient_id = asked[number % len(asked)]
        connection.ensure_connection()
        gate.wait()
        try:
            taken = offer_answered.accept(
                practice=offer.practice, candidate_id=candidate_id, actor=actor.patient(patient_id), via=Via.PORTAL,
                now=now,
            )  # fmt: skip
        except Conflict as refused:
            return refused.code
        finally:
            connection.close()
        return WINNER if taken.changed else "won_already"

    with ThreadPoolExecutor(max_workers=accepts) as pool:
        running = [pool.submit(take, number) for number in range(accepts)]
        gate.wait(timeout=PATIENCE)
        began = time.perf_counter()
        answers = Counter(each.result() for each in running)
    return Race(seconds=time.perf_counter() - began, answers=answers)
