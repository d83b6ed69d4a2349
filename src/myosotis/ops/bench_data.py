"""What the benchmark sends: due reminders by SMS, each with its own patient and visit, as a practice has them."""

from datetime import datetime, time, timedelta

from myosotis.domain.words import Channel, ConsentBasis, Kind, MessageStatus, Party, SubjectType, Via, VisitEvent, Wave
from myosotis.store.models import Address, Calendar, Doctor, Message, Patient, Practice, Service, Visit

BATCH = 5000
CALENDARS = 40


def make(messages: int, now: datetime) -> None:
    """A practice with 40 calendars, and so many reminders due at `now` (UTC)."""
    practice = Practice.objects.create(
        name="Poradnia Pomiarowa",
        created_at=now,
        consent_basis=ConsentBasis.PRACTICE,
        window_opens=time(0, 0),
        window_closes=time(23, 59, 59, 999_999),
    )
    calendars = [_calendar(practice, number) for number in range(CALENDARS)]
    for first in range(0, messages, BATCH):
        _batch(practice, calendars, range(first, min(first + BATCH, messages)), now)


def _calendar(practice: Practice, number: int) -> tuple[Calendar, Service]:
    doctor = Doctor.objects.create(practice=practice, title="dr n. med.", name=f"Żaneta Wąsik-{number}")
    address = Address.objects.create(
        practice=practice, street=f"ul. Świętego Jana {number + 1}", city="Kraków", phone="+48124000000"
    )
    calendar = Calendar.objects.create(practice=practice, doctor=doctor, address=address)
    service = Service.objects.create(practice=practice, calendar=calendar, name="Konsultacja", minutes=20)
    return calendar, service


def _batch(practice: Practice, calendars: list[tuple[Calendar, Service]], numbers: range, now: datetime) -> None:
    patients = Patient.objects.bulk_create(
        Patient(
            practice=practice,
            first_name="Łucja",
            last_name=f"Brzęczyszczykiewicz-{number}",
            phone=f"+48600{number:06d}",
            created_at=now,
        )
        for number in numbers
    )
    visits = Visit.objects.bulk_create(
        _visit(practice, patient, *calendars[number % CALENDARS], number, now)
        for number, patient in zip(numbers, patients, strict=True)
    )
    Message.objects.bulk_create(_message(visit, now) for visit in visits)


def _visit(
    practice: Practice, patient: Patient, calendar: Calendar, service: Service, number: int, now: datetime
) -> Visit:
    start = (now + timedelta(hours=47)).replace(minute=0, second=0, microsecond=0) + timedelta(
        minutes=20 * (number // CALENDARS)
    )
    return Visit(
        practice=practice,
        calendar=calendar,
        patient=patient,
        service=service,
        start=start,
        end=start + timedelta(minutes=20),
        booked_at=now - timedelta(days=7),
        booked_by=Party.PRACTICE,
        event=VisitEvent.BOOKED,
        event_at=now - timedelta(days=7),
        event_by=Party.PRACTICE,
        event_via=Via.DESK,
        first_start=start,
        first_calendar=calendar,
    )


def _message(visit: Visit, now: datetime) -> Message:
    return Message(
        practice_id=visit.practice_id,
        subject_type=SubjectType.VISIT,
        subject_id=visit.pk,
        visit=visit,
        patient_id=visit.patient_id,
        revision=1,
        kind=Kind.REMINDER,
        channel=Channel.SMS,
        wave=Wave.FIRST,
        status=MessageStatus.PLANNED,
        due_at=now,
        expires_at=visit.start,
        created_at=now,
    )
