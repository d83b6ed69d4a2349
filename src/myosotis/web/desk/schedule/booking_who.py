"""For whom a visit is booked: a card with what should be known of it, or somebody new who may have one already."""

from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from myosotis import clock
from myosotis.content.moments import moment
from myosotis.domain.words import VisitStatus
from myosotis.flows import read_noted
from myosotis.store import doubles
from myosotis.store.models import Patient, Visit
from myosotis.store.patient_search import living_cards
from myosotis.value_class import value_class
from myosotis.web.desk import frame
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.patients.reach import Reach, reach_of
from myosotis.web.desk.schedule.asked import number_of
from myosotis.web.desk.schedule.booking_form import BookingForm
from myosotis.web.phones import Phone, phone_of

COMING: Final = 3
"""So many of the next visits are named."""


@value_class
class Who:
    """A card that was chosen."""

    patient: Patient
    phone: Phone | None
    reach: Reach
    coming: tuple[str, ...]
    """The next visits, of those that the reader sees: whoever books twice by mistake sees it here."""


@require_POST
@staff(*ANYBODY)
def patient(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What is known of the card chosen; or the cards that may be the new patient's already."""
    now, form = clock.now(), BookingForm(desk, request.POST)
    who = found_one(desk, form, now)
    form.is_valid()
    context: dict[str, Any] = {"who": who, "alike": [] if who else _alike(desk, form), "form": form}
    if not who:
        context["missing"] = list(_missing(form))
    return frame.answer(request, desk, "desk/schedule/book_who.piece.html", context)


def found_one(desk: Desk, form: BookingForm, now: datetime) -> Who | None:
    """The card that the form has chosen; looking at it is noted."""
    key = number_of({"patient": str(form["patient"].value() or "")}, "patient")
    card = None if key is None else living_cards(desk.practice).filter(pk=key).first()
    if card is None:
        return None
    read_noted.note(practice=desk.practice, object_type="patient", object_id=card.pk, actor=desk.actor, now=now)
    return Who(
        patient=card, phone=phone_of(card.phone), reach=reach_of(desk, card, now), coming=_coming(desk, card, now)
    )


def _coming(desk: Desk, card: Patient, now: datetime) -> tuple[str, ...]:
    rows = desk.visits().filter(patient=card, end__gt=now).exclude(status=VisitStatus.CANCELLED)
    shown = rows.select_related("calendar__doctor", "calendar__address").order_by("start", "id")[:COMING]
    return tuple(_words(desk, visit) for visit in shown)


def _words(desk: Desk, visit: Visit) -> str:
    zone = visit.calendar.address.zone
    at = moment(visit.start, zone, desk.language, zone)
    return f"{at.day.short}, {at.clock}, {visit.calendar.doctor.full_name}"


def _alike(desk: Desk, form: BookingForm) -> list[Patient]:
    """Cards with the number, the address or the names that are typed for a new patient."""
    cleaned = form.cleaned_data
    names = {name: cleaned.get(name, "").strip() for name in ("first_name", "last_name")}
    contact = form.contact()
    if not (contact.phone or contact.email or all(names.values())):
        return []
    return doubles.possible(desk.practice, phone=contact.phone, email=contact.email, **names)


def _missing(form: BookingForm) -> "list[str]":
    """What the practice will miss on the new card; said, not forbidden."""
    data = form.data
    if not (data.get("first_name", "").strip() or data.get("last_name", "").strip()):
        return []
    found = [] if data.get("phone", "").strip() else [_("No phone: no SMS will go, and nobody can call.")]
    return found + ([] if data.get("email", "").strip() else [_("No e-mail address.")])
