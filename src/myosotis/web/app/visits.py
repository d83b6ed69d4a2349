"""My visits: of everybody on the phone, the next one first."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from myosotis import clock
from myosotis.content.context import HOME_ZONE
from myosotis.content.moments import Moment, moment
from myosotis.domain.words import Language, VisitStatus
from myosotis.store.models import Visit
from myosotis.value_class import value_class
from myosotis.web.app import push_key
from myosotis.web.app.door import SHOWN, Phone, answer, in_app

MOST: Final = 50
"""Ahead; and as many past ones."""


@value_class
class Row:
    """A visit in the list."""

    path: str
    when: Moment
    patient: str
    doctor: str
    place: str
    status: str


@in_app
@require_safe
def visits(request: HttpRequest, phone: Phone) -> HttpResponse:
    """The first page of the app. What it shows is what the phone keeps for when there is no network."""
    now = clock.now()
    every = Visit.objects.filter(patient_id__in=phone.patient_ids).select_related(*SHOWN)
    ahead = _rows(every.filter(end__gt=now).order_by("start", "id"), phone)
    live = [row for row in ahead if row.status != VisitStatus.CANCELLED]
    return answer(
        request,
        phone,
        "app/visits.html",
        {
            "next": live[0] if live else None,
            "ahead": [row for row in ahead if row not in live[:1]],
            "past": _rows(every.filter(end__lte=now).order_by("-start", "-id"), phone),
            "several": len(phone.members) > 1,
            "as_of": moment(now, HOME_ZONE, phone.language, HOME_ZONE),
            "done": request.GET.get("done", ""),
            "push": push_key.state_of(phone),
        },
    )


def _rows(visits: "QuerySet[Visit]", phone: Phone) -> list[Row]:
    return [_row(visit, phone.language) for visit in visits[:MOST]]


def _row(visit: Visit, language: Language) -> Row:
    doctor, address = visit.calendar.doctor, visit.calendar.address
    return Row(
        path=f"/app/v/{visit.uuid}",
        when=_moment(visit.start, address.time_zone, language),
        patient=visit.patient.first_name,
        doctor=doctor.full_name,
        place=f"{address.street}, {address.city}",
        status=visit.status,
    )


def _moment(start: datetime, zone: str, language: Language) -> Moment:
    return moment(start, ZoneInfo(zone), language, HOME_ZONE)
