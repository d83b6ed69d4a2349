"""Messages, with the reason for everything in words."""

from datetime import datetime
from decimal import Decimal
from typing import Self
from zoneinfo import ZoneInfo

from ninja import Schema
from pydantic import Field

from myosotis.api.schemas.values import utc
from myosotis.content.reasons import explain
from myosotis.domain.words import Channel, FallbackRule, Kind, MessageStatus, Reason, Wave
from myosotis.store.models import Message, MessageEvent, Visit
from myosotis.store.timeline import moment_of


class EventOut(Schema):
    """One step in the life of a message."""

    at: datetime
    status: MessageStatus
    reason: str
    detail: str

    @classmethod
    def of(cls, event: MessageEvent) -> Self:
        return cls.model_validate(
            {"at": utc(event.at), "status": event.status, "reason": event.reason, "detail": event.detail}
        )


class MessageOut(Schema):
    id: int
    visit_id: int | None
    patient_id: int | None
    revision: int
    kind: Kind
    channel: Channel = Field(description="`none`: the kind was skipped as a whole.")
    wave: Wave
    copy_number: int = Field(description="0 is the planned one; a resend by staff is the next.")
    status: MessageStatus
    reason: str = Field(description="A word for programs; empty: nothing to explain.")
    explanation: str = Field(description="State and reason in words, in the language asked for.")
    detail: str = Field(description="The provider's own word.")
    due_at: datetime | None
    expires_at: datetime | None
    sent_at: datetime | None
    finished_at: datetime | None
    read_at: datetime | None
    attempts: int
    provider: str
    provider_id: str
    parts: int | None
    price: Decimal | None
    history: list[EventOut]

    @classmethod
    def of(cls, message: Message, visit: Visit, language: str) -> Self:
        """A message of a visit whose calendar and address are loaded."""
        names = (
            "visit_id", "patient_id", "revision", "kind", "channel", "wave", "status", "reason", "detail", "attempts",
            "provider", "provider_id", "parts", "price",
        )  # fmt: skip
        times = ("due_at", "expires_at", "sent_at", "finished_at", "read_at")
        return cls.model_validate(
            {
                "id": message.pk,
                "copy_number": message.copy,
                **{name: getattr(message, name) for name in names},
                **{name: utc(getattr(message, name)) for name in times},
                "explanation": explained(message, visit, language),
                "history": [EventOut.of(event) for event in sorted(message.events.all(), key=lambda event: event.pk)],
            }
        )


def explained(message: Message, visit: Visit, language: str) -> str:
    """A message's state and reason in words, with its time at the visit's address."""
    return explain(
        MessageStatus(message.status),
        Reason(message.reason) if message.reason else None,
        language,
        at=moment_of(message),
        zone=ZoneInfo(visit.calendar.address.time_zone),
        fallback=FallbackRule(message.fallback) if message.fallback else None,
        channel=Channel(message.channel),
    )
