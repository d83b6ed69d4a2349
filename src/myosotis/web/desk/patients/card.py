"""The card of a patient: who it is, what reaches them, what they agreed to, their visits and messages."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from myosotis import clock
from myosotis.content.context import HOME_ZONE
from myosotis.content.reasons import CHANNELS, KINDS, explain
from myosotis.domain.words import Channel, ConsentBasis, FallbackRule, Kind, MessageStatus, Reason
from myosotis.flows import found, read_noted
from myosotis.store.models import Message, Patient, Visit
from myosotis.store.timeline import moment_of
from myosotis.value_class import value_class
from myosotis.web.desk.access import ANYBODY, OFFICE, OWNER, Desk, staff
from myosotis.web.desk.frame import answer
from myosotis.web.desk.patients import undoing
from myosotis.web.desk.patients.agreeing import asked_of
from myosotis.web.desk.patients.forms import UNWANTED, CardForm
from myosotis.web.desk.patients.history import steps_of
from myosotis.web.desk.patients.reach import reach_of
from myosotis.web.desk.visits.words import status_of
from myosotis.web.phones import phone_of

PIECES: Final = ("drawer-body", "card")
PAST_SHOWN: Final = 20
MESSAGES_SHOWN: Final = 30


@value_class
class MessageLine:
    """One message to the patient, in words."""

    message: Message
    kind: str
    channel: str
    state: str
    visit: Visit | None


@value_class
class VisitLine:
    """One visit of the patient, with its state in words."""

    visit: Visit
    status: "str | Promise"
    look: str


@require_safe
@staff(*ANYBODY)
def patient(request: HttpRequest, desk: Desk, patient_id: int) -> HttpResponse:
    """`/desk/patients/<id>`; of a card that was merged, the one that is kept."""
    now = clock.now()
    undoing.forget_old(request, now)
    card = found.patient_of(desk.practice, patient_id)
    if card.merged_into_id is not None:
        return HttpResponseRedirect(reverse("desk:patient", args=[card.merged_into_id]))
    read_noted.note(practice=desk.practice, object_type="patient", object_id=card.pk, actor=desk.actor, now=now)
    piece = request.headers.get("HX-Target") in PIECES
    template = "desk/patients/card.piece.html" if piece else "desk/patients/card.html"
    return answer(request, desk, template, context_of(desk, card, now))


def context_of(desk: Desk, card: Patient, now: datetime) -> dict[str, Any]:
    """All that the card shows; the visits and messages only of calendars that the reader sees."""
    visits = _visits(desk, card)
    return {
        "patient": card,
        "phone": phone_of(card.phone),
        "guardian_phone": phone_of(card.guardian_phone),
        "reach": reach_of(desk, card, now),
        "unwanted": [CardForm.base_fields[name].label for name in UNWANTED if getattr(card, name)],
        "asked": asked_of(desk, card),
        "per_patient": desk.practice.consent_basis == ConsentBasis.CARD,
        "phones": card.memberships.count() + card.push_subscriptions.filter(member=None).count(),
        "coming": _in_words(visits.filter(end__gt=now).order_by("start", "id"), now),
        "past": _in_words(visits.filter(end__lte=now).order_by("-start", "-id")[:PAST_SHOWN], now),
        "lines": _lines(desk, card),
        "steps": steps_of(desk, card) if desk.may(OWNER) else [],
        "may_erase": desk.may(OWNER),
        "may_merge": desk.may(OFFICE),
        "zone": HOME_ZONE,
    }


def _visits(desk: Desk, card: Patient) -> "QuerySet[Visit]":
    """By the card, which is the practice's: asked for the practice too, SQLite would look at all of its visits."""
    rows = card.visits.all() if desk.sees_all else card.visits.filter(calendar__in=desk.calendars())
    return rows.select_related("calendar__doctor", "calendar__address", "service")


def _in_words(visits: "QuerySet[Visit]", now: datetime) -> list[VisitLine]:
    lines = []
    for visit in visits:
        said, look = status_of(visit, now)
        lines.append(VisitLine(visit=visit, status=said, look=look))
    return lines


def _lines(desk: Desk, card: Patient) -> list[MessageLine]:
    """The newest messages first; a note that was withdrawn says nothing."""
    rows = card.messages.exclude(channel=Channel.NONE, status=MessageStatus.CANCELLED)  # by the card: see `_visits`
    if not desk.sees_all:
        rows = rows.filter(visit__calendar__in=desk.calendars())
    newest = rows.select_related("visit__calendar__address").order_by("-id")[:MESSAGES_SHOWN]
    return [_line(desk, row) for row in newest]


def _line(desk: Desk, row: Message) -> MessageLine:
    zone: ZoneInfo = row.visit.calendar.address.zone if row.visit else HOME_ZONE
    return MessageLine(
        message=row,
        kind=KINDS[Kind(row.kind)][desk.language],
        channel=CHANNELS[Channel(row.channel)][desk.language],
        state=explain(
            MessageStatus(row.status),
            Reason(row.reason) if row.reason else None,
            desk.language,
            at=moment_of(row),
            zone=zone,
            fallback=FallbackRule(row.fallback) if row.fallback else None,
            channel=Channel(row.channel),
        ),
        visit=row.visit,
    )
