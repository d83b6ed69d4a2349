"""What the benchmark sends: due messages, each with its own patient and visit, as a practice has them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Final

from myosotis.domain.words import Channel, ConsentBasis, Kind, MessageStatus, Party, SubjectType, Via, VisitEvent, Wave
from myosotis.ops.benchmark.rows import Sql, fill, moment, random_uuid
from myosotis.store.models import (
    Address,
    Calendar,
    Doctor,
    Message,
    Patient,
    Practice,
    PushSubscription,
    Service,
    Visit,
)

CALENDARS: Final = 40
MINUTES: Final = 20
A_DAY: Final = 24
"""Visits of a calendar on a day."""


def make(
    messages: int,
    now: datetime,
    *,
    channel: Channel = Channel.SMS,
    kind: Kind = Kind.REMINDER,
    due: Sql | None = None,
) -> Practice:
    """A new practice with 40 calendars, and so many messages due at `now` (UTC), or at `due`."""
    practice = practice_of_forty(now)
    patients = fill(Patient, messages, patient(practice, now))
    visits = fill(Visit, messages, visit(practice, Sql(f"{patients} + n"), now))
    fill(
        Message,
        messages,
        {
            "practice": practice.pk, "subject_type": SubjectType.VISIT, "subject_id": Sql(f"{visits} + n"),
            "visit": Sql(f"{visits} + n"), "patient": Sql(f"{patients} + n"), "revision": 1, "kind": kind,
            "channel": channel, "wave": Wave.FIRST, "uuid": random_uuid(), "status": MessageStatus.PLANNED,
            "due_at": due or now, "expires_at": _start(now), "created_at": now,
        },
    )  # fmt: skip
    return practice


def practice_of_forty(now: datetime) -> Practice:
    """A practice with 40 calendars that may send all day."""
    practice = Practice.objects.create(
        name="Poradnia Pomiarowa",
        created_at=now,
        consent_basis=ConsentBasis.PRACTICE,
        email_sender="poradnia@example.org",
        window_opens=time(0, 0),
        window_closes=time(23, 59, 59, 999_999),
    )
    for number in range(CALENDARS):
        _calendar(practice, number)
    return practice


def _calendar(practice: Practice, number: int) -> None:
    doctor = Doctor.objects.create(practice=practice, title="dr n. med.", name=f"Żaneta Wąsik-{number}")
    address = Address.objects.create(
        practice=practice, street=f"ul. Świętego Jana {number + 1}", city="Kraków", phone="+48124000000"
    )
    calendar = Calendar.objects.create(practice=practice, doctor=doctor, address=address)
    Service.objects.create(practice=practice, calendar=calendar, name="Konsultacja", minutes=MINUTES)


def patient(practice: Practice, now: datetime) -> Mapping[str, object]:
    """The columns of cards with a phone and an e-mail address each."""
    return {
        "practice": practice.pk, "first_name": "Łucja", "last_name": Sql("'Brzęczyszczykiewicz-' || n"),
        "phone": Sql("'+48' || (600000000 + n)"), "email": Sql("'pacjent' || n || '@example.org'"), "created_at": now,
    }  # fmt: skip


def visit(practice: Practice, of_patient: Sql, now: datetime) -> Mapping[str, object]:
    """The columns of visits in two days and later, booked by the practice a week ago."""
    booked = now - timedelta(days=7)
    calendars = list(practice.calendars.order_by("pk").values_list("pk", flat=True))
    services = list(Service.objects.filter(practice=practice).order_by("pk").values_list("pk", flat=True))
    return {
        "practice": practice.pk, "calendar": _one_of(calendars), "service": _one_of(services),
        "patient": of_patient, "uuid": random_uuid(), "start": _start(now), "end": _start(now, MINUTES),
        "booked_at": booked, "booked_by": Party.PRACTICE, "event": VisitEvent.BOOKED, "event_at": booked,
        "event_by": Party.PRACTICE, "event_via": Via.DESK, "first_start": _start(now),
        "first_calendar": _one_of(calendars),
    }  # fmt: skip


def _one_of(keys: list[int]) -> Sql:
    """Keys made one after the other, each in its turn."""
    return Sql(f"{keys[0]} + n % {len(keys)}")


def _start(now: datetime, minutes: int = 0) -> Sql:
    """In two days and later, every twenty minutes of a day, calendar beside calendar."""
    first = (now + timedelta(hours=47)).replace(minute=0, second=0, microsecond=0)
    nth = f"(n / {CALENDARS})"
    return moment(first, f"({nth} / {A_DAY}) * 86400 + ({nth} % {A_DAY}) * {60 * MINUTES} + {60 * minutes}")


def subscribe(practice: Practice, service: str, keys: Sequence[tuple[str, str]], now: datetime) -> None:
    """Every patient has the app: one subscription each at a push service on this machine, with a browser's keys (PostgreSQL)."""
    first = practice.patients.order_by("pk").values_list("pk", flat=True)[0] - 1
    fill(
        PushSubscription,
        practice.patients.count(),
        {
            "practice": practice.pk, "patient": Sql(f"{first} + n"), "endpoint": Sql(f"'{service}/push/' || n"),
            "endpoint_hash": Sql("'bench-' || n"), "p256dh": _in_turn([public for public, _ in keys]),
            "auth": _in_turn([secret for _, secret in keys]), "created_at": now,
        },
    )  # fmt: skip


def _in_turn(words: Sequence[str]) -> Sql:
    quoted = ", ".join(f"'{word}'" for word in words)
    return Sql(f"(ARRAY[{quoted}])[1 + n % {len(words)}]")
