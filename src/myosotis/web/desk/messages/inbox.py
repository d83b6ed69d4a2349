"""The inbox: what patients wrote, what it was about, how it was understood, and what they were answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from myosotis import clock
from myosotis.content.reasons import kind_name
from myosotis.domain.sms_words import SmsWord
from myosotis.domain.words import Answer, Channel, Kind, MessageStatus, SubjectType
from myosotis.flows import reply_written
from myosotis.flows.errors import Conflict
from myosotis.flows.patient_acts import OPEN
from myosotis.flows.visit_booked_online import OTHER_EMAIL
from myosotis.store.home import home_zone
from myosotis.store.models import IncomingMessage, Message, StoppedNumber, Visit
from myosotis.store.next_visits import next_visits
from myosotis.value_class import value_class
from myosotis.web.desk import errors
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import answer
from myosotis.web.desk.ids import id_in
from myosotis.web.desk.visits import story
from myosotis.web.phones import Phone, phone_of

PAGE: Final = 30

UNDERSTOOD: Final[dict[str, "str | Promise"]] = {
    SmsWord.YES: _("understood as YES"),
    SmsWord.NO: _("understood as NO"),
    SmsWord.STOP: _("STOP: no more SMS to this number"),
    SmsWord.START: _("START: SMS to this number again"),
    OTHER_EMAIL: _("gave another e-mail address when booking; the card keeps its own"),
}
ANSWERED: Final[dict[str, "str | Promise"]] = {
    Answer.PHONE: _("answered by itself: the reception reads it, and the phone number"),
    Answer.AFTER_CUTOFF: _("answered by itself: too late to cancel by SMS, please call"),
    Answer.STOPPED: _("answered by itself: no more SMS will come"),
    Answer.STARTED: _("answered by itself: SMS will come again"),
    Answer.WHICH: _("answered by itself: asked which visit is meant"),
    Answer.OFFER: _("answered by itself: the link of the offer"),
}


@value_class
class Written:
    """An answer that somebody of the staff wrote."""

    message: Message
    text: str
    shown: story.MessageShown
    may_take_back: bool


@value_class
class Item:
    """One incoming message with all that is needed to deal with it."""

    incoming: IncomingMessage
    home: ZoneInfo
    phone: Phone | None
    about: str
    """The kind of message that it replies to."""
    visit: Visit | None
    """That it is about; else the patient's next one."""
    open: bool
    """The visit can be confirmed, cancelled and moved."""
    understood: "str | Promise"
    answered: "str | Promise"
    written: list[Written]
    refusal: "str | Promise"
    """Why no SMS can answer it; empty: one can."""
    copy: int
    """The number of the next answer."""


@require_safe
@staff(*ANYBODY)
def inbox(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/inbox`: what waits; `?list=done`: what was dealt with. `before` is an id: the next page."""
    waiting = request.GET.get("list") != "done"
    rows = desk.incoming().filter(handled_at__isnull=waiting)
    before = id_in(request.GET.get("before", ""))
    if before:
        rows = rows.filter(id__lt=before)
    around = ("patient", "about__visit__calendar__doctor", "about__visit__calendar__address", "about__visit__service")
    found = list(rows.select_related(*around).order_by("-id")[: PAGE + 1])
    shown = {
        "items": _items(desk, found[:PAGE], clock.now()),
        "waiting": waiting,
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "before": before,
        "longest": reply_written.LONGEST,
    }
    piece = request.headers.get("HX-Target") == "inbox"
    return answer(request, desk, "desk/messages/items.html" if piece else "desk/messages/inbox.html", shown)


def _items(desk: Desk, rows: Sequence[IncomingMessage], now: datetime) -> list[Item]:
    home = home_zone(desk.practice.pk)
    answers = _answers(desk, rows)
    without = {row.patient_id for row in rows if row.patient_id is not None and not _about(row)}
    following = next_visits(without, set(desk.calendars().values_list("pk", flat=True)), now)
    may_send = reply_written.can_send(desk.practice)
    stopped = set(
        StoppedNumber.objects.filter(practice=desk.practice, phone__in={row.sender for row in rows}).values_list(
            "phone", flat=True
        )
    )
    items = []
    for row in rows:
        visit = _about(row) or following.get(row.patient_id or 0)
        refusal = reply_written.against(row, may_send=may_send, stopped=row.sender in stopped)
        own = answers.get(row.pk, [])
        items.append(
            Item(
                incoming=row,
                home=home,
                phone=phone_of(row.sender) if row.channel != Channel.EMAIL else None,
                about="" if row.about is None else kind_name(Kind(row.about.kind), desk.language),
                visit=visit,
                open=visit is not None and visit.status in OPEN and visit.start > now,
                understood=UNDERSTOOD.get(row.understood_as, ""),
                answered=ANSWERED.get(row.answer, ""),
                written=[_written(message, desk, home) for message in own if message.copy],
                refusal=errors.words(Conflict(refusal)) if refusal else "",
                copy=1 + max((message.copy for message in own), default=0),
            )
        )
    return items


def _about(row: IncomingMessage) -> Visit | None:
    """The visit that it replies about, if it still is the same patient's."""
    about = row.about
    if about is None or about.visit is None or about.visit.patient_id != about.patient_id:
        return None
    return about.visit


def _answers(desk: Desk, rows: Sequence[IncomingMessage]) -> Mapping[int, list[Message]]:
    ids = [row.pk for row in rows]
    found: dict[int, list[Message]] = {}
    messages = desk.practice.messages.filter(subject_type=SubjectType.INCOMING, subject_id__in=ids)
    for message in messages.select_related("text").order_by("copy"):
        found.setdefault(message.subject_id, []).append(message)
    return found


def _written(message: Message, desk: Desk, home: ZoneInfo) -> Written:
    return Written(
        message=message,
        text=message.text.body if hasattr(message, "text") else "",
        shown=story.worded(message, home, desk.language),
        may_take_back=message.status == MessageStatus.PLANNED and not message.attempts,
    )
