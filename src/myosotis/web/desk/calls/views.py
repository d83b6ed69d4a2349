"""The call list: whom to call and why, how each call went by one click, and taking that back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from myosotis import clock
from myosotis.domain import call_list
from myosotis.domain.values import ExistingMessage, VisitFacts
from myosotis.domain.words import CallResult, VisitStatus
from myosotis.flows import call_noted, found
from myosotis.flows.errors import REFUSED, NotFound
from myosotis.store import calls
from myosotis.store import facts as visit_facts
from myosotis.store.models import CallNote, Patient, Visit
from myosotis.value_class import value_class
from myosotis.web.desk import errors
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.calls.why import why
from myosotis.web.desk.frame import answer, done, say, warn
from myosotis.web.desk.ids import id_in
from myosotis.web.phones import Phone, phone_of

MOST: Final = 100
"""Rows shown at once; whoever has more to call begins with the first."""
UNCONFIRMED: Final = "unconfirmed"

Result = tuple[CallResult, "str | Promise", str]
"""What it means, in words, and its icon."""
RESULTS: Final[tuple[Result, ...]] = (
    (CallResult.REACHED, _("Spoken to"), "telephone"),
    (CallResult.CONFIRMED, pgettext_lazy("call", "Confirmed"), "check-lg"),
    (CallResult.CANCELLED, pgettext_lazy("call", "Cancelled"), "calendar-x"),
    (CallResult.LEFT_MESSAGE, _("Left a message"), "chat-left-text"),
    (CallResult.NOT_REACHED, _("No answer"), "telephone-x"),
)
"""By one click, and by the keys from 1 on, in this order."""
DONE_ALREADY: Final = {
    VisitStatus.CONFIRMED: (CallResult.CONFIRMED,),
    VisitStatus.CANCELLED: (CallResult.CONFIRMED, CallResult.CANCELLED),
}
NOTED: Final[dict[CallResult, "str | Promise"]] = {
    CallResult.REACHED: _("Noted: spoken to."),
    CallResult.CONFIRMED: _("Noted: the patient confirmed the visit."),
    CallResult.CANCELLED: _("Noted: the patient cancelled the visit."),
    CallResult.LEFT_MESSAGE: _("Noted: left a message. The visit stays on the list."),
    CallResult.NOT_REACHED: _("Noted: no answer. The visit stays on the list."),
}
TRIED: Final[dict[CallResult, "str | Promise"]] = {
    CallResult.REACHED: _("spoken to"),
    CallResult.CONFIRMED: _("confirmed"),
    CallResult.CANCELLED: _("cancelled"),
    CallResult.MOVED: _("moved to another time"),
    CallResult.LEFT_MESSAGE: _("left a message"),
    CallResult.NOT_REACHED: _("no answer"),
}


@value_class
class Try:
    """A call before."""

    note: CallNote
    said: "str | Promise"


@value_class
class Person:
    """Somebody to call: the patient, or whoever had the visit before and does not know that it is gone."""

    patient: Patient
    phone: Phone | None
    guardian: str
    """Whose number it is, where it is not the patient's own."""
    former: bool
    why: list[str]


@value_class
class Row:
    """A visit about which somebody should be called."""

    visit: Visit
    people: list[Person]
    tries: list[Try]

    @property
    def zone(self) -> ZoneInfo:
        return self.visit.calendar.address.zone

    @property
    def results(self) -> list[Result]:
        """Those that fit: what is cancelled or confirmed already is not done again."""
        status = VisitStatus(self.visit.status)
        return [one for one in RESULTS if one[0] not in DONE_ALREADY.get(status, ())]


@require_safe
@staff(*ANYBODY)
def to_call(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/calls`; `?list=unconfirmed`: the visits of the next working day that are still only booked."""
    unconfirmed = request.GET.get("list") == UNCONFIRMED
    now = clock.now()
    facts = _facts(desk, now, unconfirmed=unconfirmed)
    rows = _rows(desk, facts[:MOST], now)
    shown = {"rows": rows, "more": len(facts) > MOST, "count": len(facts), "unconfirmed": unconfirmed}
    piece = request.headers.get("HX-Target") == "to-call"
    return answer(request, desk, "desk/calls/rows.html" if piece else "desk/calls/calls.html", shown)


@require_POST
@staff(*ANYBODY)
def note(request: HttpRequest, desk: Desk, visit_id: int, result: str) -> HttpResponse:
    """`/desk/calls/<visit>/<result>`: one click says how the call went."""
    visit = found.one(desk.visits().filter(id=visit_id), "visit")
    if result not in NOTED:
        raise NotFound("result")
    how = CallResult(result)
    try:
        made = call_noted.note(
            practice=desk.practice, visit_id=visit.pk, result=how, actor=desk.actor, now=clock.now(),
            expected_revision=id_in(request.POST.get("revision", "")) or None,
        )  # fmt: skip
    except REFUSED as refused:
        warn(request, errors.words(refused))
    else:
        say(request, NOTED[how], undo=reverse("desk:call_undo", args=[made.pk]))
    return done(request, reverse("desk:calls"))


@require_POST
@staff(*ANYBODY)
def undo(request: HttpRequest, desk: Desk, note_id: int) -> HttpResponse:
    """`/desk/calls/undo/<note>`: takes the last call of a visit back, with what it did."""
    found.one(desk.visits().filter(call_notes__id=note_id), "call")
    try:
        call_noted.take_back(practice=desk.practice, note_id=note_id, actor=desk.actor, now=clock.now())
    except REFUSED as refused:
        warn(request, errors.words(refused))
    else:
        say(request, _("The call was taken back."))
    return done(request, reverse("desk:calls"))


def _facts(desk: Desk, now: datetime, *, unconfirmed: bool) -> list[VisitFacts]:
    """Of the visits of a list, in the order of their starts."""
    if unconfirmed:
        ids = calls.unconfirmed(desk.practice, now).filter(desk.own_visits()).values_list("id", flat=True)
        facts = visit_facts.load(ids, now)
    else:
        facts = calls.unreached(desk.practice, now, among=desk.own_visits())
    return sorted(facts, key=lambda visit: (visit.start, visit.visit_id))


def _rows(desk: Desk, first: Sequence[VisitFacts], now: datetime) -> list[Row]:
    """With whom to call, why, and the calls so far."""
    notes = CallNote.objects.filter(taken_back_at=None).order_by("at", "id")
    rows = desk.practice.visits.select_related("patient", "calendar__doctor", "calendar__address", "service")
    visits = rows.prefetch_related(Prefetch("call_notes", queryset=notes)).in_bulk([one.visit_id for one in first])
    wanted = [(one, call_list.whom(one, now) or {one.card.patient_id: []}) for one in first]
    former = {patient_id for one, people in wanted for patient_id in people} - {one.card.patient_id for one in first}
    patients = Patient.objects.in_bulk(former)
    return [_row(visits[one.visit_id], one, people, patients, desk, now) for one, people in wanted]


def _row(
    visit: Visit,
    facts: VisitFacts,
    people: Mapping[int, Sequence[ExistingMessage]],
    former: Mapping[int, Patient],
    desk: Desk,
    now: datetime,
) -> Row:
    tries = [Try(note=note, said=TRIED[CallResult(note.result)]) for note in visit.call_notes.all()]
    day = facts.local_day(now)
    return Row(
        visit=visit,
        tries=tries,
        people=[
            _person(visit.patient if key == visit.patient_id else former[key], messages, day, visit, desk)
            for key, messages in people.items()
        ],
    )


def _person(patient: Patient, messages: Sequence[ExistingMessage], day: date, visit: Visit, desk: Desk) -> Person:
    guarded = bool(patient.guardian_phone) and (patient.guardian_until is None or day < patient.guardian_until)
    return Person(
        patient=patient,
        phone=phone_of(patient.guardian_phone if guarded else patient.phone),
        guardian=patient.guardian_name if guarded else "",
        former=patient.pk != visit.patient_id,
        why=why(messages, desk.language),
    )
