"""Adding and changing a card. Numbers and addresses are understood while they are typed; doubles show before saving."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from myosotis import clock
from myosotis.content.values import phone_for_people
from myosotis.flows import found, patient_changed, read_noted
from myosotis.flows.card_taken_back import state_of
from myosotis.flows.errors import REFUSED
from myosotis.intake.phones import parse_phone
from myosotis.store.doubles import possible
from myosotis.store.models import Patient
from myosotis.value_class import value_class
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import answer, say
from myosotis.web.desk.ids import id_in
from myosotis.web.desk.once import once
from myosotis.web.desk.patients import effects, undoing
from myosotis.web.desk.patients.forms import PHONES, CardForm


@value_class
class Understood:
    """How a number was read."""

    read: str
    is_mobile: bool


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
@once("desk:patients")
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/patients/new`; a card that may be there already is added only if that was seen."""
    if request.method != "POST":
        return _page(request, desk, CardForm(), None)
    form = CardForm(request.POST)
    if not form.is_valid():
        return _page(request, desk, form, None, status=422)
    doubles = _doubles(desk, form, None)
    if doubles and "sure" not in request.POST:
        return _page(request, desk, form, None, doubles=doubles, status=422)
    try:
        patient = patient_changed.add(practice=desk.practice, card=form.card, actor=desk.actor, now=clock.now())
    except REFUSED as refused:
        form.refuse(refused)
        return _page(request, desk, form, None, status=422)
    say(request, _("The patient was added."))
    return HttpResponseRedirect(reverse("desk:patient", args=[patient.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def edit(request: HttpRequest, desk: Desk, patient_id: int) -> HttpResponse:
    """`/desk/patients/<id>/edit`."""
    patient = found.one(desk.practice.patients.filter(id=patient_id, erased_at=None), "patient")
    if request.method != "POST":
        read_noted.note(
            practice=desk.practice, object_type="patient", object_id=patient.pk, actor=desk.actor, now=clock.now()
        )
        return _page(request, desk, CardForm.of(patient), patient)
    form = CardForm(request.POST)
    if not form.is_valid():
        return _page(request, desk, form, patient, status=422)
    try:
        _save(request, desk, patient, form)
    except REFUSED as refused:
        form.refuse(refused)
        return _page(request, desk, form, patient, status=422)
    return HttpResponseRedirect(reverse("desk:patient", args=[patient.pk]))


def _save(request: HttpRequest, desk: Desk, patient: Patient, form: CardForm) -> None:
    """Save, say what it does to the messages ahead, and offer to take it back."""
    now = clock.now()
    before = effects.ahead_of(patient, state_of(patient))
    changed = patient_changed.update(
        practice=desk.practice, patient_id=patient.pk, card=form.card, actor=desk.actor, now=now
    )
    changed.refresh_from_db()
    after = effects.ahead_of(changed, state_of(changed))
    if after.state == before.state:
        say(request, _("Nothing was changed."))
        return
    undo = undoing.keep(request, patient.pk, before.state, after.state, now)
    say(request, f"{_('The card was saved.')} {effects.sentence(before, after)}".strip(), undo=undo)


@require_POST
@staff(*ANYBODY)
def check(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/patients/check`: a piece beside the form: how the numbers are read, and who may be the same person."""
    form = CardForm(request.POST)
    form.is_valid()
    context = {"understood": _understood(form), "doubles": _doubles(desk, form, id_in(request.POST.get("card", "")))}
    return answer(request, desk, "desk/patients/check.piece.html", context)


def _understood(form: CardForm) -> list[Understood]:
    numbers = [form.cleaned_data.get(name) for name in PHONES]
    return [
        Understood(read=phone_for_people(number), is_mobile=parse_phone(number).is_mobile)
        for number in numbers
        if number
    ]


def _doubles(desk: Desk, form: CardForm, own: int | None) -> list[Patient]:
    typed = form.cleaned_data
    if not (typed.get("last_name") or typed.get("phone") or typed.get("email")):
        return []
    return possible(
        desk.practice,
        first_name=typed.get("first_name", ""),
        last_name=typed.get("last_name", ""),
        phone=typed.get("phone", ""),
        email=typed.get("email", ""),
        but=own or 0,
    )


def _page(
    request: HttpRequest,
    desk: Desk,
    form: CardForm,
    patient: Patient | None,
    *,
    doubles: list[Patient] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "patient": patient, "doubles": doubles or [], "asks": bool(doubles)}
    return answer(request, desk, "desk/patients/edit.html", context, status=status)
