"""Two cards of one person: suggestions, both side by side, and the merge, which is for good (docs/adr/0026)."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from myosotis import clock
from myosotis.content.values import phone_for_people
from myosotis.domain.words import Language
from myosotis.flows import found, patients_merged, read_noted
from myosotis.flows.errors import REFUSED
from myosotis.store.doubles import pairs
from myosotis.store.models import Patient
from myosotis.store.patient_search import living_cards
from myosotis.value_class import value_class
from myosotis.web.desk import errors
from myosotis.web.desk.access import OFFICE, Desk, staff
from myosotis.web.desk.frame import answer, say, warn
from myosotis.web.desk.ids import id_in
from myosotis.web.desk.patients import undoing

LANGUAGES: Final = {Language.PL: "polski", Language.EN: "English", "": "–"}


@value_class
class Side:
    """What one of two cards says of a group of fields."""

    value: str
    chosen: bool


@value_class
class Choice:
    """A group of fields of both cards, side by side."""

    name: str
    label: "str | Promise"
    kept: Side
    double: Side

    @property
    def asks(self) -> bool:
        """Both say something, and not the same."""
        return bool(self.kept.value and self.double.value) and self.kept.value != self.double.value


def _guardian(card: Patient) -> str:
    parts = (card.guardian_name, phone_for_people(card.guardian_phone), card.guardian_email)
    return ", ".join(part for part in parts if part)


GROUPS: Final[tuple[tuple[str, "str | Promise", Callable[[Patient], str]], ...]] = (
    ("name", gettext_lazy("First and family name"), lambda card: card.full_name),
    ("phone", gettext_lazy("Phone"), lambda card: phone_for_people(card.phone)),
    ("email", gettext_lazy("E-mail"), lambda card: card.email),
    ("guardian", gettext_lazy("Guardian"), _guardian),
    (
        "language",
        gettext_lazy("Language of the messages"),
        lambda card: LANGUAGES[card.language] if card.language else "",
    ),
)


@require_safe
@staff(*OFFICE)
def doubles(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/patients/doubles`: cards with one phone and alike names."""
    return answer(request, desk, "desk/patients/doubles.html", {"pairs": pairs(desk.practice)})


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OFFICE)
def choose(request: HttpRequest, desk: Desk, patient_id: int) -> HttpResponse:
    """`/desk/patients/<id>/merge`: which card is the double; a POST with its id leads to both side by side."""
    kept = _card(desk, patient_id)
    if request.method == "POST":
        other = id_in(request.POST.get("patient", ""))
        if living_cards(desk.practice).filter(id=other).exclude(id=kept.pk).exists():
            return HttpResponseRedirect(reverse("desk:patient_merge_two", args=[kept.pk, other]))
        warn(request, _("Choose the other card of the same person."))
    return answer(request, desk, "desk/patients/merge_choose.html", {"patient": kept})


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OFFICE)
def two(request: HttpRequest, desk: Desk, patient_id: int, double_id: int) -> HttpResponse:
    """`/desk/patients/<kept>/merge/<double>`: what each says, what becomes of it; a POST merges them for good."""
    kept, double = _card(desk, patient_id), _card(desk, double_id)
    if kept.pk == double.pk:
        return HttpResponseRedirect(reverse("desk:patient_merge", args=[kept.pk]))
    now = clock.now()
    if request.method != "POST":
        for card in (kept, double):
            read_noted.note(practice=desk.practice, object_type="patient", object_id=card.pk, actor=desk.actor, now=now)
        return answer(request, desk, "desk/patients/merge.html", _both(kept, double))
    try:
        patients_merged.merge(
            practice=desk.practice,
            kept_id=kept.pk,
            double_id=double.pk,
            from_double=[name for name in patients_merged.CHOOSABLE if request.POST.get(f"from_{name}") == "double"],
            actor=desk.actor,
            now=now,
        )
    except REFUSED as refused:
        warn(request, errors.words(refused))
        return answer(request, desk, "desk/patients/merge.html", _both(kept, double), status=409)
    undoing.forget(request)
    say(request, _("The two cards are one now."))
    return HttpResponseRedirect(reverse("desk:patient", args=[kept.pk]))


def _card(desk: Desk, patient_id: int) -> Patient:
    return found.one(living_cards(desk.practice).filter(id=patient_id), "patient")


def _both(kept: Patient, double: Patient) -> dict[str, object]:
    choices = [
        Choice(
            name=name,
            label=label,
            kept=Side(value=said(kept), chosen=bool(said(kept))),
            double=Side(value=said(double), chosen=not said(kept) and bool(said(double))),
        )
        for name, label, said in GROUPS
    ]
    return {
        "kept": kept,
        "double": double,
        "choices": [choice for choice in choices if choice.kept.value or choice.double.value],
        "counts": [(card, card.visits.count(), card.messages.count()) for card in (kept, double)],
        "forbids": any(getattr(double, name) and not getattr(kept, name) for name in patients_merged.FORBIDS),
    }
