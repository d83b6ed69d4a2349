"""The messages of a run: due reminders, each with a patient and a visit of its own, in one practice for each lane."""

from datetime import datetime, time, timedelta
from typing import Final

from myosotis.domain.words import Kind, MessageStatus, Party, SubjectType, Via, VisitEvent, Wave
from myosotis.store.models import Message, Patient, Practice, ProviderAccount, Service, Visit
from tests.chaos.verdict import LANES, Lane
from tests.db import make

AHEAD: Final = timedelta(hours=47)
"""A reminder for 48 hours before is due by now, and a clock may jump by many hours before the visit begins."""
BATCH: Final = 2000


def make_due(count: int, now: datetime, gateway: dict[str, str]) -> None:
    """So many messages due at `now` (UTC), each lane its share. `gateway` is the account of a lane with its own."""
    for lane in LANES:
        service = _service(_practice(lane, now, gateway))
        wanted = range(max(int(count * lane.share), 1))
        for first in wanted[::BATCH]:
            _some(lane, service, wanted[first : first + BATCH], now)


def _practice(lane: Lane, now: datetime, gateway: dict[str, str]) -> Practice:
    practice, is_new = Practice.objects.get_or_create(
        name=lane.name,
        defaults={"created_at": now, "window_opens": time(0, 0), "window_closes": time(23, 59, 59, 999_999)},
    )
    if is_new and lane.provider:
        ProviderAccount.objects.create(
            practice=practice, channel=lane.channel, provider=lane.provider, settings=gateway, receipt_key=lane.name
        )
    return practice


def _service(practice: Practice) -> Service:
    return make.make_service(make.make_calendar(practice))


def _some(lane: Lane, service: Service, numbers: range, now: datetime) -> None:
    patients = Patient.objects.bulk_create(_patient(service, number, now) for number in numbers)
    pairs = zip(numbers, patients, strict=True)
    visits = Visit.objects.bulk_create(_visit(service, patient, number, now) for number, patient in pairs)
    Message.objects.bulk_create(_reminder(lane, visit, now) for visit in visits)


def _patient(service: Service, number: int, now: datetime) -> Patient:
    return Patient(
        practice_id=service.practice_id,
        first_name="Łucja",
        last_name=f"Brzęczyszczykiewicz-{number}",
        phone=f"+48600{number:06d}",
        email=f"pacjent{number}@poczta.example",
        created_at=now,
    )


def _visit(service: Service, patient: Patient, number: int, now: datetime) -> Visit:
    start = (now + AHEAD).replace(minute=0, second=0, microsecond=0) + timedelta(minutes=number % 60)
    booked = now - timedelta(days=7)
    return Visit(
        practice_id=service.practice_id,
        calendar_id=service.calendar_id,
        patient=patient,
        service=service,
        start=start,
        end=start + timedelta(minutes=20),
        booked_at=booked,
        booked_by=Party.PRACTICE,
        event=VisitEvent.BOOKED,
        event_at=booked,
        event_by=Party.PRACTICE,
        event_via=Via.DESK,
        first_start=start,
        first_calendar_id=service.calendar_id,
    )


def _reminder(lane: Lane, visit: Visit, now: datetime) -> Message:
    return Message(
        practice_id=visit.practice_id,
        subject_type=SubjectType.VISIT,
        subject_id=visit.pk,
        visit=visit,
        patient_id=visit.patient_id,
        revision=1,
        kind=Kind.REMINDER,
        channel=lane.channel,
        wave=Wave.FIRST,
        status=MessageStatus.PLANNED,
        due_at=now,
        expires_at=visit.start,
        created_at=now,
    )
