"""What a patient may ask of the practice by law: a copy of everything that is held, and to be erased (docs/rules.md 6)."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from myosotis import clock
from myosotis.domain.words import VisitStatus
from myosotis.flows import found, patient_erased, patient_exported
from myosotis.store.models import Patient
from myosotis.store.patient_search import living_cards
from myosotis.web.desk.access import OFFICE, OWNER, Desk, staff
from myosotis.web.desk.frame import answer, say
from myosotis.web.desk.patients import undoing
from myosotis.web.desk.patients.exported import tables_of

OPEN = (VisitStatus.BOOKED, VisitStatus.CONFIRMED)


@require_POST
@staff(*OFFICE)
def export(request: HttpRequest, desk: Desk, patient_id: int) -> HttpResponse:
    """`/desk/patients/<id>/export`: as a page to print, or with `as=json` as a file for another program."""
    card = _card(desk, patient_id)
    held = patient_exported.export(practice=desk.practice, patient_id=card.pk, actor=desk.actor, now=clock.now())
    if request.POST.get("as") == "json":
        return _file(card, held)
    context = {"patient": card, "tables": tables_of(held, desk.language), "made_at": held["made_at"]}
    return answer(request, desk, "desk/patients/export.html", context)


def _file(card: Patient, held: dict[str, Any]) -> HttpResponse:
    """Named by the number of the card alone: names of files are seen by more people than files."""
    text = json.dumps(held, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="pacjent-{card.pk}.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OWNER)
def erase(request: HttpRequest, desk: Desk, patient_id: int) -> HttpResponse:
    """`/desk/patients/<id>/erase`: says what goes and what stays, and why; a POST erases for good."""
    card = _card(desk, patient_id)
    now = clock.now()
    if request.method == "POST":
        patient_erased.erase(practice=desk.practice, patient_id=card.pk, actor=desk.actor, now=now)
        undoing.forget(request)
        say(request, _("The patient's data are gone. What is planned will not be sent."))
        return HttpResponseRedirect(reverse("desk:patients"))
    context = {"patient": card, "ahead": card.visits.filter(end__gt=now, status__in=OPEN).count()}
    return answer(request, desk, "desk/patients/erase.html", context)


def _card(desk: Desk, patient_id: int) -> Patient:
    return found.one(living_cards(desk.practice).filter(id=patient_id), "patient")
