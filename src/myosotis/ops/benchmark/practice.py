"""A practice as big as the desk has to bear: 3 doctors, 20,000 patients, 60,000 visits, 300,000 messages, made set-wise."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import models, transaction

from myosotis.domain.words import (
    Channel,
    ConsentBasis,
    FallbackRule,
    Kind,
    MessageStatus,
    OfferEnd,
    Party,
    Reason,
    Role,
    SubjectType,
    Via,
    VisitEvent,
    VisitStatus,
    Wave,
)
from myosotis.store import bulk
from myosotis.store.models import (
    Address,
    Calendar,
    Candidate,
    Doctor,
    IncomingMessage,
    Membership,
    Message,
    MessageText,
    Offer,
    OpeningHours,
    Opinion,
    Patient,
    Practice,
    ProviderAccount,
    Service,
    StaffUser,
    Visit,
    VisitLog,
)
from myosotis.store.name_keys import search_key, sort_key

PATIENTS: Final = 20_000
VISITS: Final = 60_000
A_DAY: Final = 38
"""Visits of a doctor on a day, twelve minutes each."""
MINUTES: Final = 12
WEEKS_AHEAD: Final = 8
FIRST_NAMES: Final = ("Łucja", "Zofia", "Jan", "Stanisław", "Żaneta", "Michał", "Agnieszka", "Grzegorz")
LAST_NAMES: Final = ("Nowak", "Wójcik", "Śliwa", "Brzęczyszczykiewicz", "Kowalczyk", "Żak", "Dąbrowska", "Źdźbło")
TEXTS_FOR: Final = timedelta(days=90)
OFFERED_FOR: Final = timedelta(days=5)

Rows = Iterable[Mapping[str, Any]]


@transaction.atomic
def make(now: datetime) -> tuple[Practice, StaffUser]:
    """The practice at `now` (UTC), and its owner."""
    practice = Practice.objects.create(
        name="Poradnia Wielka", created_at=now, consent_basis=ConsentBasis.PRACTICE, set_up_at=now,
        phone="+48124000000", email_sender="wielka@example.org", privacy_notice="Informacja.",
    )  # fmt: skip
    owner = StaffUser.objects.create_user("owner@example.org")
    Membership.objects.create(practice=practice, user=owner, role=Role.OWNER)
    for channel, provider in ((Channel.EMAIL, "smtp"), (Channel.SMS, "smsapi")):
        ProviderAccount.objects.create(
            practice=practice, channel=channel, provider=provider, receipt_key=f"bench-{channel}"
        )
    calendars = [_calendar(practice, number) for number in range(3)]
    patients = _patients(practice, now)
    visits = _visits(practice, calendars, patients, now)
    _messages(practice, visits, now)
    _offers(practice, visits, now)
    _opinions_and_replies(practice, visits, now)
    return practice, owner


def _calendar(practice: Practice, number: int) -> Calendar:
    doctor = Doctor.objects.create(
        practice=practice,
        title="lek.",
        name=f"Anna Źrebiec-{number}",
        specialty="Kardiologia",
        slug=f"anna-zrebiec-{number}",
    )
    address = Address.objects.create(
        practice=practice, street=f"Długa {number + 1}", city="Kraków", phone="+48124000000"
    )
    calendar = Calendar.objects.create(practice=practice, doctor=doctor, address=address, online_booking=True)
    OpeningHours.objects.bulk_create(
        OpeningHours(practice=practice, calendar=calendar, weekday=day, opens=time(8), closes=time(16))
        for day in range(5)
    )
    Service.objects.create(practice=practice, calendar=calendar, name="Konsultacja", minutes=MINUTES)
    return calendar


def _patients(practice: Practice, now: datetime) -> list[int]:
    def row(number: int) -> Mapping[str, Any]:
        first, last = FIRST_NAMES[number % 8], f"{LAST_NAMES[number // 8 % 8]}-{_letters(number)}"
        phone, email = f"+48605{number:06d}", f"pacjent{number}@example.org"
        return {
            "practice_id": practice.pk, "first_name": first, "last_name": last, "phone": phone, "email": email,
            "sort_key": sort_key(last, first), "search_key": search_key(last, first, phone, email),
            "created_at": now - timedelta(days=700),
        }  # fmt: skip

    _write(Patient, map(row, range(PATIENTS)))
    return list(practice.patients.order_by("pk").values_list("pk", flat=True))


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def _starts(now: datetime) -> Iterator[tuple[int, datetime]]:
    """Calendar (0, 1, 2) and start of each visit, the last ones eight weeks ahead, on working days."""
    day = (now + timedelta(weeks=WEEKS_AHEAD)).replace(hour=7, minute=0, second=0, microsecond=0)
    left = VISITS
    while left > 0:
        day -= timedelta(days=1)
        if day.weekday() < 5:  # noqa: PLR2004 - the working days of a week
            for number in range(min(left, 3 * A_DAY)):
                yield number % 3, day + timedelta(minutes=MINUTES * (number // 3))
            left -= 3 * A_DAY


def _visits(practice: Practice, calendars: list[Calendar], patients: list[int], now: datetime) -> list[Visit]:
    services = [calendar.services.get().pk for calendar in calendars]

    def row(number: int, which: int, start: datetime) -> Mapping[str, Any]:
        booked = start - timedelta(days=number % 30 + 1)
        return {
            "practice_id": practice.pk, "calendar_id": calendars[which].pk, "service_id": services[which],
            "patient_id": patients[number * 7 % PATIENTS], "uuid": UUID(int=number + 1), "start": start,
            "end": start + timedelta(minutes=MINUTES), "booked_at": booked, "status": _status(number, start, now),
            "booked_by": Party.PATIENT if number % 4 == 0 else Party.PRACTICE, "revision": 1,
            "event": VisitEvent.BOOKED, "event_at": booked, "event_by": Party.PRACTICE, "event_via": Via.API,
            "first_start": start, "first_calendar_id": calendars[which].pk,
            "cancelled_by": Party.PATIENT if number % 20 == 1 else "",
        }  # fmt: skip

    _write(Visit, (row(number, which, start) for number, (which, start) in enumerate(_starts(now))))
    visits = list(practice.visits.order_by("pk"))
    _write(VisitLog, (entry for visit in visits for entry in _log(visit)))
    return visits


def _status(number: int, start: datetime, now: datetime) -> VisitStatus:
    """One in twenty cancelled, of those over one in sixteen missed, one in three confirmed."""
    if number % 20 == 1:
        return VisitStatus.CANCELLED
    if start < now and number % 16 == 2:  # noqa: PLR2004 - any remainder
        return VisitStatus.NO_SHOW
    return VisitStatus.CONFIRMED if number % 3 == 0 else VisitStatus.BOOKED


def _log(visit: Visit) -> Iterator[Mapping[str, Any]]:
    shared = {
        "practice_id": visit.practice_id, "visit_id": visit.pk, "revision": 1, "new_start": visit.start,
        "new_calendar_id": visit.calendar_id, "before": "{}",
    }  # fmt: skip
    yield shared | {"at": visit.booked_at, "what": "booked", "by": visit.booked_by, "via": Via.DESK}
    later = visit.start - timedelta(days=1)
    if visit.status == VisitStatus.CONFIRMED:
        yield shared | {"at": later, "what": "confirmed", "by": Party.PATIENT, "via": Via.PORTAL}
    if visit.status == VisitStatus.CANCELLED:
        yield shared | {
            "at": later, "what": "cancelled", "by": Party.PATIENT, "via": Via.PORTAL, "old_start": visit.start,
            "old_calendar_id": visit.calendar_id,
        }  # fmt: skip


PLANNED_FOR: Final[tuple[tuple[Kind, Channel, Wave, Callable[[Visit], datetime]], ...]] = (
    (Kind.DETAILS, Channel.EMAIL, Wave.FIRST, lambda visit: visit.booked_at),
    (Kind.DETAILS, Channel.SMS, Wave.FALLBACK, lambda visit: visit.booked_at + timedelta(hours=4)),
    (Kind.REMINDER, Channel.EMAIL, Wave.FIRST, lambda visit: visit.start - timedelta(hours=48)),
    (Kind.REMINDER, Channel.SMS, Wave.FIRST, lambda visit: visit.start - timedelta(hours=48)),
    (Kind.REVIEW, Channel.EMAIL, Wave.FIRST, lambda visit: visit.end + timedelta(hours=2)),
)


def _messages(practice: Practice, visits: list[Visit], now: datetime) -> None:
    def rows() -> Iterator[Mapping[str, Any]]:
        for number, (visit, plan) in enumerate((visit, plan) for visit in visits for plan in PLANNED_FOR):
            yield _message(practice.pk, number, visit, plan[:3], plan[3](visit), now)

    _write(Message, rows())
    kept = practice.messages.filter(visit__end__gt=now - TEXTS_FOR).exclude(sent_at=None)
    _write(
        MessageText,
        (
            {
                "message_id": key,
                "practice_id": practice.pk,
                "address": "",
                "subject": "Wizyta",
                "body": "Wizyta. {open}",
            }
            for key in kept.values_list("pk", flat=True)
        ),
    )


def _message(
    practice_id: int, number: int, visit: Visit, what: tuple[Kind, Channel, Wave], due: datetime, now: datetime
) -> Mapping[str, Any]:
    kind, channel, wave = what
    fallback, read = wave is Wave.FALLBACK, visit.pk % 5 < 3  # noqa: PLR2004 - three in five read
    status, sent_at = MessageStatus.PLANNED, None
    if due < now:
        saved = fallback and read
        status, sent_at = (MessageStatus.CANCELLED, None) if saved else (MessageStatus.DELIVERED, due)
    is_sms = channel is Channel.SMS and sent_at is not None
    return {
        "practice_id": practice_id, "subject_type": SubjectType.VISIT, "subject_id": visit.pk, "visit_id": visit.pk,
        "patient_id": visit.patient_id, "revision": 1, "kind": kind, "channel": channel, "wave": wave,
        "uuid": UUID(int=number + 1), "status": status, "due_at": due, "expires_at": visit.start,
        "created_at": visit.booked_at, "sent_at": sent_at, "finished_at": due if due < now else None,
        "reason": Reason.READ if status is MessageStatus.CANCELLED else "",
        "fallback": FallbackRule.UNREAD if fallback else "", "read_at": due if read and sent_at else None,
        "provider": "smsapi" if is_sms else "smtp", "provider_id": f"b{number}" if sent_at else "",
        "parts": 1 if is_sms else None, "price": Decimal("0.16") if is_sms else None,
    }  # fmt: skip


def _offers(practice: Practice, visits: list[Visit], now: datetime) -> None:
    """Each for five days before its time: some thirty of them run."""
    freed = [visit for visit in visits if visit.status == VisitStatus.CANCELLED and visit.start - OFFERED_FOR <= now]
    _write(
        Offer,
        (
            {
                "practice_id": practice.pk, "calendar_id": visit.calendar_id, "freed_by_id": visit.pk, "start": visit.start,
                "end": visit.end, "opened_at": visit.start - OFFERED_FOR, "closes_at": visit.start,
                "closed_at": visit.start - timedelta(hours=20) if visit.start < now else None,
                "closed_because": (OfferEnd.TAKEN if visit.pk % 2 else OfferEnd.TIME) if visit.start < now else "",
            }
            for visit in freed
        ),
    )  # fmt: skip
    offers = list(practice.offers.order_by("pk"))
    _write(
        Candidate,
        (
            {
                "practice_id": practice.pk, "offer_id": offer.pk, "visit_id": visits[(offer.pk * 10 + place) % VISITS].pk,
                "patient_id": visits[(offer.pk * 10 + place) % VISITS].patient_id, "position": place + 1,
                "visit_start": offer.start + timedelta(days=3), "visit_revision": 1,
            }
            for offer in offers
            for place in range(5)
        ),
    )  # fmt: skip


def _opinions_and_replies(practice: Practice, visits: list[Visit], now: datetime) -> None:
    past = [visit for visit in visits if visit.end < now][:1000]
    doctors = dict(practice.calendars.values_list("pk", "doctor_id"))
    Opinion.objects.bulk_create(
        Opinion(
            practice=practice, visit=visit, doctor_id=doctors[visit.calendar_id],
            calendar_id=visit.calendar_id, stars=visit.pk % 5 + 1,
            text="Spokojna rozmowa, wszystko jasno wyjaśnione.", given_at=visit.end + timedelta(days=1),
        )
        for visit in past
    )  # fmt: skip
    IncomingMessage.objects.bulk_create(
        IncomingMessage(
            practice=practice, channel=Channel.SMS, patient_id=visit.patient_id, sender="+48600000000",
            text="Czy mogę się spóźnić?", received_at=visit.end, provider="smsapi", provider_id=f"reply-{visit.pk}",
        )
        for visit in past
    )  # fmt: skip


def _write(model: type[models.Model], rows: Rows) -> None:
    """Add rows that name what differs from a model's defaults."""
    empty = model()
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    usual = {field.attname: getattr(empty, field.attname) for field in fields}
    names = [field.attname for field in fields]
    bulk.insert(model, names, ([row.get(name, usual[name]) for name in names] for row in rows))
