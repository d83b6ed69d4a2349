"""Messages, with the reason for everything in words."""

from datetime import datetime
from decimal import Decimal
from typing import Final, Self

from ninja import Schema
from pydantic import Field

from myosotis.api.schemas.values import Given, utc
from myosotis.content.reasons import explain
from myosotis.content.texts import CHANNELS
from myosotis.domain.words import Channel, FallbackRule, Kind, MessageStatus, Reason, Wave
from myosotis.flows.errors import Invalid
from myosotis.intake.emails import parse_email
from myosotis.intake.phones import parse_phone
from myosotis.intake.problems import ValueRefusedError
from myosotis.store.models import IncomingMessage, Message, MessageEvent, Visit
from myosotis.store.timeline import moment_of

TRIED: Final = frozenset(
    {Kind.DETAILS, Kind.REMINDER, Kind.MOVED, Kind.CANCELLED, Kind.REVIEW, Kind.REBOOK, Kind.OFFER}
)
"""What patients of a calendar get; codes and answers have no calendar."""


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


class TrialIn(Given):
    """What to send to oneself, and where."""

    kind: Kind = Field(description="A kind that patients of a calendar get.")
    channel: Channel = Field(description="`email` or `sms`.")
    address: str = Field(min_length=3, max_length=254, description="Where to: an e-mail address, or a mobile number.")

    def checked_address(self) -> str:
        """The address as it is written to. Raises Invalid (kind, channel, address)."""
        if self.kind not in TRIED:
            raise Invalid("kind", "not_for_trials")
        if self.channel not in CHANNELS.get(self.kind, ()):
            raise Invalid("channel", "not_a_channel_of_this_kind")
        try:
            if self.channel is Channel.EMAIL:
                return parse_email(self.address)
            phone = parse_phone(self.address)
        except ValueRefusedError:
            raise Invalid("address", "email_wrong" if self.channel is Channel.EMAIL else "phone_wrong") from None
        if not phone.is_mobile:
            raise Invalid("address", "fixed_line")
        return phone.e164


class TrialOut(Schema):
    """A trial on its way."""

    id: int
    calendar_id: int
    channel: Channel
    status: MessageStatus
    due_at: datetime | None
    expires_at: datetime | None

    @classmethod
    def of(cls, message: Message) -> Self:
        return cls.model_validate(
            {
                "id": message.pk,
                "calendar_id": message.subject_id,
                "channel": message.channel,
                "status": message.status,
                "due_at": utc(message.due_at),
                "expires_at": utc(message.expires_at),
            }
        )


class IncomingOut(Schema):
    """What a patient wrote."""

    id: int
    channel: str
    sender: str
    text: str
    patient_id: int | None
    about_message_id: int | None = Field(description="The SMS that it replies to; null where that is not certain.")
    about_visit_id: int | None
    received_at: datetime
    understood_as: str
    answer: str = Field(description="With what it was answered by itself; empty: with nothing.")
    handled_at: datetime | None = Field(description="null: it waits for somebody.")

    @classmethod
    def of(cls, incoming: IncomingMessage) -> Self:
        names = ("channel", "sender", "text", "patient_id", "understood_as", "answer")
        plain = {name: getattr(incoming, name) for name in names}
        times = {name: utc(getattr(incoming, name)) for name in ("received_at", "handled_at")}
        about = {
            "about_message_id": incoming.about_id,
            "about_visit_id": incoming.about.visit_id if incoming.about else None,
        }
        return cls.model_validate({"id": incoming.pk, **about, **times, **plain})


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
    parts: int | None = Field(description="Of an SMS, as we count it.")
    provider_parts: int | None = Field(description="Of an SMS, as the provider counted and charged it.")
    price: Decimal | None
    history: list[EventOut]

    @classmethod
    def of(cls, message: Message, visit: Visit, language: str) -> Self:
        """A message of a visit whose calendar and address are loaded."""
        names = (
            "visit_id", "patient_id", "revision", "kind", "channel", "wave", "status", "reason", "detail", "attempts",
            "provider", "provider_id", "parts", "provider_parts", "price",
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
        zone=visit.calendar.address.zone,
        fallback=FallbackRule(message.fallback) if message.fallback else None,
        channel=Channel(message.channel),
    )
