"""Makes what tests stand on: a practice, its calendars, patients and visits. Real rows by the real models and flows."""

from collections.abc import Iterable
from dataclasses import field
from datetime import datetime, time, timedelta
from itertools import count
from typing import Any

from django.db import transaction

from myosotis.domain.values import VisitSwitches, utc
from myosotis.domain.words import Channel, ConsentBasis, Kind, MessageStatus, Party, Via
from myosotis.flows import visit_booked
from myosotis.flows.actor import Actor
from myosotis.store.models import (
    Address,
    Calendar,
    Doctor,
    Message,
    OpeningHours,
    Patient,
    Practice,
    ProviderAccount,
    PushSubscription,
    QueueEntry,
    Service,
    Visit,
)
from myosotis.store.queue.settle import settle
from myosotis.value_class import value_class

NOW = utc(2027, 3, 1, 9)
"""A Monday, 10:00 in Warsaw."""
NEXT_WEEK = utc(2027, 3, 10, 9)
"""The Wednesday of the week after, 10:00 in Warsaw."""
ACTOR = Actor(name="staff:1")
_numbers = count(1)


def make_practice(name: str = "Gabinety Pod Lipą", **given: Any) -> Practice:
    """A practice that sends on all three channels."""
    given.setdefault("consent_basis", ConsentBasis.PRACTICE)
    practice = Practice.objects.create(name=name, created_at=NOW, **given)
    for channel, provider in ((Channel.EMAIL, "smtp"), (Channel.SMS, "smsapi"), (Channel.PUSH, "webpush")):
        ProviderAccount.objects.create(
            practice=practice, channel=channel, provider=provider, receipt_key=f"key-{practice.pk}-{channel}"
        )
    return practice


def make_doctor(practice: Practice, name: str = "Anna Nowak", **given: Any) -> Doctor:
    given.setdefault("review_address", "https://example.org/opinie")
    return Doctor.objects.create(practice=practice, title="dr n. med.", name=name, **given)


def make_address(practice: Practice, **given: Any) -> Address:
    given.setdefault("street", "ul. Lipowa 7")
    given.setdefault("city", "Kraków")
    given.setdefault("phone", "+48124000000")
    return Address.objects.create(practice=practice, **given)


def make_calendar(practice: Practice, doctor: Doctor | None = None, **given: Any) -> Calendar:
    """A calendar with all switches on and online booking, open day and night."""
    given.setdefault("online_booking", True)
    address = given.pop("address", None) or make_address(practice)
    made = Calendar.objects.create(practice=practice, doctor=doctor or make_doctor(practice), address=address, **given)
    open_daily(made, time(0, 0), time(23, 59))
    return made


def open_daily(calendar: Calendar, opens: time, closes: time) -> None:
    """Open a calendar on every day of the week, instead of when it was open."""
    calendar.opening_hours.all().delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(practice_id=calendar.practice_id, calendar=calendar, weekday=day, opens=opens, closes=closes)
        for day in range(7)
    )


def make_service(calendar: Calendar, name: str = "Konsultacja", **given: Any) -> Service:
    return Service.objects.create(practice=calendar.practice, calendar=calendar, name=name, **given)


def make_patient(practice: Practice, *, app: bool = False, **given: Any) -> Patient:
    """A patient with an e-mail address and a mobile phone; `app` gives them a push subscription."""
    number = next(_numbers)
    given.setdefault("first_name", "Maria")
    given.setdefault("last_name", f"Wiśniewska-{number}")
    given.setdefault("email", f"pacjent{number}@example.org")
    given.setdefault("phone", f"+48600{number:06d}")
    patient = Patient.objects.create(practice=practice, created_at=NOW, **given)
    if app:
        make_subscription(patient)
    return patient


def make_subscription(patient: Patient) -> PushSubscription:
    number = next(_numbers)
    return PushSubscription.objects.create(
        practice_id=patient.practice_id,
        patient=patient,
        endpoint=f"https://push.example.org/{number}",
        endpoint_hash=f"{number:064x}",
        p256dh="k",
        auth="a",
        created_at=NOW,
    )


def book(
    calendar: Calendar,
    patient: Patient,
    start: datetime = NEXT_WEEK,
    *,
    now: datetime = NOW,
    by: Party = Party.PRACTICE,
    via: Via = Via.DESK,
    switches: VisitSwitches = VisitSwitches(),  # noqa: B008 - frozen
    **given: Any,
) -> Visit:
    """Book a visit by the flow."""
    return visit_booked.book(
        practice=calendar.practice,
        calendar_id=calendar.pk,
        patient_id=patient.pk,
        start=start,
        now=now,
        by=by,
        via=via,
        actor=ACTOR,
        switches=switches,
        **given,
    ).visit


@value_class
class Scene:
    """A practice with one calendar and one patient, and what a test adds."""

    practice: Practice = field(default_factory=make_practice)
    calendar: Calendar
    patient: Patient

    @classmethod
    def set(cls, **given: Any) -> "Scene":
        practice = make_practice()
        return cls(practice=practice, calendar=make_calendar(practice), patient=make_patient(practice, **given))


def make_many(practice: Practice, count: int, due: datetime, kinds: Iterable[Kind] = (Kind.TEST,)) -> None:
    """Planned messages of no visit, all due at once."""
    wanted = list(kinds)
    Message.objects.bulk_create(
        Message(
            practice=practice, subject_type="test", subject_id=number, revision=1, kind=wanted[number % len(wanted)],
            channel="sms", status="planned", due_at=due, created_at=due,
        )
        for number in range(count)
    )  # fmt: skip


def written(visit: Visit) -> bool:
    """Whether the row in the database says what the visit at hand does, field by field."""
    stored = Visit.objects.get(pk=visit.pk)
    fields = [field.attname for field in Visit._meta.concrete_fields]
    return {name: getattr(stored, name) for name in fields} == {name: getattr(visit, name) for name in fields}


def messages(visit: Visit, **given: Any) -> list[Message]:
    """The messages of a visit, in the order in which they were planned."""
    return list(Message.objects.filter(visit=visit, **given).order_by("id"))


def outline(visit: Visit, *statuses: MessageStatus) -> set[tuple[str, str, str, int]]:
    """Kind, channel, status and revision of a visit's messages; only those of `statuses` if any are given."""
    return {
        (row.kind, row.channel, row.status, row.revision)
        for row in messages(visit)
        if not statuses or row.status in statuses
    }


def ahead(visit: Visit) -> set[tuple[str, str]]:
    """Kind and channel of what is planned or waits."""
    pending = (MessageStatus.PLANNED, MessageStatus.WAITING)
    return {(row.kind, row.channel) for row in messages(visit) if row.status in pending}


def claim(message: Message, at: datetime, by: str = "elsewhere:1:1:x") -> int:
    """As a dispatcher does that takes it in hand; the name of the claim."""
    name = next(_numbers)
    message.refresh_from_db()
    same = (
        "practice_id", "uuid", "subject_type", "subject_id", "visit_id", "patient_id", "revision", "kind", "channel",
        "status", "due_at", "expires_at", "sent_at", "detail",
    )  # fmt: skip
    QueueEntry.objects.update_or_create(
        message_id=message.pk,
        defaults={name: getattr(message, name) for name in same}
        | {"urgency": 0, "attempts": message.attempts + 1, "first_tried_at": message.first_tried_at or at}
        | {"claim": name, "claimed_at": at, "claimed_by": by},
    )
    return name


def sent(message: Message, at: datetime, status: MessageStatus = MessageStatus.SENT) -> Message:
    """As the dispatcher would have recorded it."""
    message.refresh_from_db()
    visit = message.visit
    message.status, message.sent_at, message.attempts = status, at, message.attempts + 1
    message.first_tried_at = at
    if visit is not None:
        message.told_start, message.told_calendar_id = visit.start, visit.calendar_id
    message.save()
    return message


def send_due(visit: Visit, now: datetime) -> list[Message]:
    """Send everything of a visit that is due by `now`, and ask for the fallbacks, as the dispatcher would."""
    with transaction.atomic():
        done = [sent(row, now) for row in messages(visit, status=MessageStatus.PLANNED, due_at__lte=now)]
        settle([visit.pk], now)
    return done


def hours(number: float) -> timedelta:
    return timedelta(hours=number)
