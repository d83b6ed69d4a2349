"""The timeline of a visit: its messages with the reason for each, and between them what happened to it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.functional import Promise

from myosotis.content.reasons import channel_name, date_and_time, explain, kind_name
from myosotis.domain.words import (
    CallResult,
    Channel,
    FallbackRule,
    Kind,
    Language,
    MessageStatus,
    Reason,
    Wave,
)
from myosotis.flows.message_resent import ENDED
from myosotis.flows.records import Happened
from myosotis.store import timeline
from myosotis.store.models import CallNote, Message, Visit, VisitLog
from myosotis.value_class import value_class
from myosotis.web.desk.access import Desk
from myosotis.web.desk.visits import words

ICONS: Final = {
    Channel.EMAIL: "envelope",
    Channel.SMS: "chat-dots",
    Channel.PUSH: "phone",
    Channel.NONE: "slash-circle",
}
MARKS: Final = {
    MessageStatus.WAITING: "",
    MessageStatus.PLANNED: "main",
    MessageStatus.CLAIMED: "main",
    MessageStatus.SENT: "good",
    MessageStatus.DELIVERED: "good",
    MessageStatus.FAILED: "bad",
    MessageStatus.UNCLEAR: "note",
    MessageStatus.CANCELLED: "",
    MessageStatus.SKIPPED: "",
    MessageStatus.EXPIRED: "note",
}
"""The colour beside the word for a message's state."""


@value_class
class MessageShown:
    """One message of the timeline, in words."""

    message: Message
    name: str
    channel: str
    icon: str
    state: str
    """ "wysłano pon. 29.03.2027, 10:00", and after the colon why."""
    why: str
    mark: str
    read: str
    fallback: bool
    copy: bool
    may_resend: bool
    """It ended, and is of the present revision: whether it may go again, the flow decides."""


@value_class
class Happening:
    """One thing that happened to the visit, between its messages."""

    at: datetime
    said: "str | Promise"
    more: str
    who: str
    note: str = ""


def of(desk: Desk, visit: Visit) -> list[MessageShown | Happening]:
    """Messages in the order of their time, and each thing that happened before the first message that came later."""
    happened = sorted([*_log(desk, visit), *_calls(visit)], key=lambda one: one.at)
    return list(_woven(timeline.ordered(visit.messages.all()), happened, visit, desk.language))


def _woven(
    messages: Iterable[Message], happened: list[Happening], visit: Visit, language: Language
) -> Iterator[MessageShown | Happening]:
    waiting = iter(happened)
    following = next(waiting, None)
    for message in messages:
        waits = message.status == MessageStatus.WAITING
        at = timeline.moment_of(message) or (None if waits else message.created_at)
        while following is not None and at is not None and following.at <= at:
            yield following
            following = next(waiting, None)
        yield shown(message, visit, language)
    while following is not None:
        yield following
        following = next(waiting, None)


def shown(message: Message, visit: Visit, language: Language) -> MessageShown:
    """A message of a visit in words; `visit` has its calendar and address loaded."""
    may_resend = message.revision == visit.revision and message.patient_id == visit.patient_id
    return worded(message, visit.calendar.address.zone, language, may_resend=may_resend)


def worded(message: Message, zone: ZoneInfo, language: Language, *, may_resend: bool = False) -> MessageShown:
    """Any message in words, its time as read in `zone`; `may_resend` where it may go again once it has ended."""
    status, channel = MessageStatus(message.status), Channel(message.channel)
    said = explain(
        status,
        Reason(message.reason) if message.reason else None,
        language,
        at=timeline.moment_of(message),
        zone=zone,
        fallback=FallbackRule(message.fallback) if message.fallback else None,
        channel=channel,
    )
    state, _, why = said.partition(": ")
    return MessageShown(
        message=message,
        name=kind_name(Kind(message.kind), language),
        channel=channel_name(channel, language),
        icon=ICONS[channel],
        state=state,
        why=why,
        mark=MARKS[status],
        read="" if message.read_at is None else date_and_time(message.read_at, zone, language),
        fallback=message.wave == Wave.FALLBACK,
        copy=message.copy > 0,
        may_resend=may_resend and status in ENDED,
    )


def _log(desk: Desk, visit: Visit) -> Iterator[Happening]:
    zone: ZoneInfo = visit.calendar.address.zone
    calendars = {calendar.pk: calendar for calendar in desk.calendars()}
    entries: Iterable[VisitLog] = visit.log.select_related("staff_user").order_by("id")
    for entry in entries:
        more = [words.from_to(entry, zone, desk.language, calendars), words.asked_by(entry)]
        yield Happening(
            at=entry.at,
            said=words.HAPPENED[Happened(entry.what)],
            more="; ".join(filter(None, more)),
            who=words.who(entry),
        )


def _calls(visit: Visit) -> Iterator[Happening]:
    notes: Iterable[CallNote] = visit.call_notes.filter(taken_back_at=None).select_related("staff_user")
    for note in notes:
        caller = note.staff_user.name if note.staff_user else ""
        yield Happening(at=note.at, said=words.CALLS[CallResult(note.result)], more="", who=caller, note=note.note)
