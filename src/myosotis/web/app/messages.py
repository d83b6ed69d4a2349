"""My messages: the texts as they are kept, for as long as they are kept; their links work on, or are said to be gone."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from myosotis import clock
from myosotis.content.context import HOME_ZONE
from myosotis.content.moments import Moment, moment
from myosotis.domain.words import Kind, MessageStatus
from myosotis.links import Purpose
from myosotis.store.models import Message
from myosotis.value_class import value_class
from myosotis.web.app.door import Phone, answer, in_app
from myosotis.web.links import path_of

MOST: Final = 50
LEFT: Final = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.UNCLEAR)
NOT_SHOWN: Final = (Kind.CODE, Kind.TEST, Kind.STAFF)
PLACEHOLDER: Final = re.compile(r"\{(open|read|unsubscribe|image)\}")


@value_class(kw_only=False)
class Piece:
    """Words, or in their place a link."""

    words: str
    link: str = ""
    path: str = ""
    """Where the link leads; empty if it leads nowhere any more."""


@value_class
class Shown:
    at: Moment
    channel: str
    subject: str
    patient: str
    pieces: tuple[Piece, ...]


@in_app
@require_safe
def messages(request: HttpRequest, phone: Phone) -> HttpResponse:
    """What was sent to the people on this phone and is still kept, the newest first."""
    now = clock.now()
    rows = Message.objects.filter(patient_id__in=phone.patient_ids, status__in=LEFT, text__isnull=False)
    rows = rows.exclude(kind__in=NOT_SHOWN).select_related("text", "visit", "patient").order_by("-sent_at", "-id")
    shown = [_shown(row, phone, now) for row in rows[:MOST]]
    context = {"messages": shown, "several": len(phone.members) > 1, "most": MOST if len(shown) == MOST else 0}
    return answer(request, phone, "app/messages.html", context)


def _shown(message: Message, phone: Phone, now: datetime) -> Shown:
    sent = message.sent_at or message.created_at
    return Shown(
        at=moment(sent, HOME_ZONE, phone.language, HOME_ZONE),
        channel=message.channel,
        subject=message.text.subject,
        patient=message.patient.first_name if message.patient else "",
        pieces=tuple(_pieces(message, now)),
    )


def _pieces(message: Message, now: datetime) -> Iterator[Piece]:
    live = message.visit is None or now < message.visit.end
    for index, part in enumerate(PLACEHOLDER.split(message.text.body)):
        if index % 2 == 0:
            yield Piece(part)
        elif part != Purpose.IMAGE:
            works = live or part == Purpose.UNSUBSCRIBE or message.kind in (Kind.REVIEW, Kind.REBOOK)
            yield Piece("", part, path_of(message, Purpose(part)) if works else "")
