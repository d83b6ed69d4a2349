"""What is planned: next for everybody, and everything of one patient with its reasons."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from myosotis.content.reasons import channel_name, explain, kind_name
from myosotis.domain.words import Channel, FallbackRule, Kind, MessageStatus, Reason
from myosotis.store.models import Message, Patient, Visit
from myosotis.store.timeline import moment_of, ordered
from myosotis.value_class import value_class

NEXT: Final = 8


@value_class
class Row:
    """One message in a list."""

    at: datetime | None
    local: datetime | None
    """The same, at the visit's address."""
    kind: str
    channel: str
    channel_word: str
    patient: str
    patient_id: int | None
    status: str
    words: str


@value_class
class VisitRows:
    """A visit of the patient with its messages."""

    visit: Visit
    zone: ZoneInfo
    rows: tuple[Row, ...]


def next_messages(language: str) -> list[Row]:
    """The next planned messages of all patients."""
    rows = Message.objects.filter(status=MessageStatus.PLANNED).select_related("patient", "visit__calendar__address")
    return [_row(message, language) for message in rows.order_by("due_at", "id")[:NEXT]]


def visits_of(patient: Patient, language: str) -> list[VisitRows]:
    """The patient's visits, the latest first, each with its timeline."""
    visits = (
        patient.visits.select_related("calendar__address", "calendar__doctor", "service")
        .prefetch_related("messages__patient")
        .order_by("-start")
    )
    return [
        VisitRows(
            visit=visit,
            zone=visit.calendar.address.zone,
            rows=tuple(_row(message, language, visit) for message in ordered(visit.messages.all())),
        )
        for visit in visits
    ]


def _row(message: Message, language: str, visit: Visit | None = None) -> Row:
    visit = visit or message.visit
    zone = visit.calendar.address.zone if visit is not None else ZoneInfo("Europe/Warsaw")
    status = MessageStatus(message.status)
    at = moment_of(message)
    return Row(
        at=at,
        local=at.astimezone(zone).replace(tzinfo=None) if at is not None else None,
        kind=kind_name(Kind(message.kind), language),
        channel=message.channel,
        channel_word=channel_name(Channel(message.channel), language),
        patient=message.patient.full_name if message.patient is not None else "",
        patient_id=message.patient_id,
        status=message.status,
        words=explain(
            status,
            Reason(message.reason) if message.reason else None,
            language,
            at=at,
            zone=zone,
            fallback=FallbackRule(message.fallback) if message.fallback else None,
            channel=Channel(message.channel),
        ),
    )
