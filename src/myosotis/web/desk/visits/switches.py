"""The switches of one visit: only what staff change here is stored, the rest follows the calendar (docs/rules.md 2)."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from myosotis import clock
from myosotis.content.reasons import kind_name
from myosotis.domain.values import Switches, VisitSwitches
from myosotis.domain.words import Kind, Party, Via
from myosotis.flows import visit_changed
from myosotis.flows.errors import Conflict, NotFound
from myosotis.flows.switches_changed import Effect
from myosotis.store.models import Visit
from myosotis.value_class import value_class
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.communication.switches import filled_in, mask_of
from myosotis.web.desk.frame import answer, done, say
from myosotis.web.desk.visits.forms import SwitchesForm
from myosotis.web.desk.visits.seen import reached, refused, seen, url_of
from myosotis.web.desk.visits.views import page_with

NAMES: Final = tuple(switch.name for switch in fields(Switches))
WRITTEN: Final[dict[bool | None, str]] = {True: "1", False: "0", None: "x"}
READ: Final = {letter: value for value, letter in WRITTEN.items()}


@value_class
class SwitchShown:
    """One switch of the form: how it stands, and whether that is the calendar's doing."""

    field: BoundField
    own: bool
    locked: bool
    calendar: bool


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def switches(request: HttpRequest, desk: Desk, visit_id: int) -> HttpResponse:
    """`/desk/visits/<id>/switches`: what this visit's patient gets, filled from the calendar."""
    visit = seen(desk, visit_id)
    form = _form(visit, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {
            "form": form,
            "switches": _shown(form, visit),
            "own": written(visit.own_switches),
            "filled": mask_of(visit.calendar.switches),
        }
        return page_with(request, desk, visit, "desk/visits/switches.html", context)
    seen_own = read(request.POST["own"]) if "own" in request.POST else visit.own_switches
    wanted = _wanted(form, visit)
    try:
        _set(desk, visit, wanted, was=seen_own)
    except Conflict as conflict:
        return refused(request, visit_id, conflict)
    back = reverse("desk:visit_switches_back", args=[visit_id, f"{written(seen_own)}-{written(wanted)}"])
    say(request, _("The messages of this visit were changed."), undo=back)
    return done(request, url_of(visit_id))


@require_POST
@staff(*ANYBODY)
def effect(request: HttpRequest, desk: Desk, visit_id: int) -> HttpResponse:
    """`/desk/visits/<id>/switches/effect`: which messages would appear and disappear; changes nothing."""
    visit = reached(desk, visit_id)
    form = _form(visit, request.POST)
    form.is_valid()
    wanted = _wanted(form, visit)
    found = visit_changed.preview(practice=desk.practice, visit_id=visit_id, switches=wanted, now=clock.now())
    context = {"lines": _lines(found, desk), "changed": wanted != visit.own_switches}
    return answer(request, desk, "desk/visits/effect.piece.html", context)


@require_POST
@staff(*ANYBODY)
def back(request: HttpRequest, desk: Desk, visit_id: int, was: str) -> HttpResponse:
    """`/desk/visits/<id>/switches/<as they were>-<as they are since>`: takes a change of the switches back."""
    visit = reached(desk, visit_id)
    before, _sign, since = was.partition("-")
    try:
        _set(desk, visit, read(before), was=read(since))
    except Conflict as conflict:
        return refused(request, visit_id, conflict)
    say(request, _("The messages of this visit are as before."))
    return done(request, url_of(visit_id))


def written(own: VisitSwitches) -> str:
    """A visit's own switches as they stand in an address: 1 on, 0 off, x as the calendar; the last is silence."""
    return "".join(WRITTEN[getattr(own, name)] for name in (*NAMES, "silent"))


def read(text: str) -> VisitSwitches:
    """What `written` wrote. Raises NotFound for anything else."""
    if len(text) != len(NAMES) + 1 or not set(text) <= set(READ):
        raise NotFound("switches")
    values = [READ[letter] for letter in text]
    return VisitSwitches(**dict(zip(NAMES, values[:-1], strict=True)), silent=bool(values[-1]))


def _form(visit: Visit, given: Mapping[str, object] | None) -> SwitchesForm:
    shown = visit.own_switches.over(visit.calendar.switches)
    locked = visit.booked_by == Party.PATIENT
    initial = {name: getattr(shown, name) for name in NAMES}
    if locked:
        initial["review"] = True
    return SwitchesForm(given, initial={**initial, "silent": visit.silent}, locked=locked)


def _wanted(form: SwitchesForm, visit: Visit) -> VisitSwitches:
    """What the form says, with only what differs from the calendar; a locked switch stays as it is stored."""
    own, calendar = visit.own_switches, filled_in(form.data, visit.calendar.switches)
    given = {name: bool(form.cleaned_data[name]) for name in NAMES}
    if visit.booked_by == Party.PATIENT:
        given["review"] = own.over(calendar).review
    return visit_changed.from_form(Switches(**given), calendar, own, silent=form.cleaned_data["silent"])


def _set(desk: Desk, visit: Visit, wanted: VisitSwitches, *, was: VisitSwitches) -> None:
    visit_changed.set_own_switches(
        practice=desk.practice, visit_id=visit.pk, switches=wanted, via=Via.DESK, actor=desk.actor, now=clock.now(),
        was=was,
    )  # fmt: skip


def _shown(form: SwitchesForm, visit: Visit) -> list[SwitchShown]:
    own, calendar = visit.own_switches, visit.calendar.switches
    return [
        SwitchShown(
            field=form[name],
            own=getattr(own, name) is not None,
            locked=name == "review" and visit.booked_by == Party.PATIENT,
            calendar=getattr(calendar, name),
        )
        for name in NAMES
    ]


def _lines(effect: Effect, desk: Desk) -> list[tuple[str, list[tuple[str, int]]]]:
    """What appears and what disappears, by kind."""

    def of(counts: Mapping[Kind, int]) -> list[tuple[str, int]]:
        return [(kind_name(kind, desk.language), count) for kind, count in counts.items()]

    found = [(_("Appear:"), of(effect.appear)), (_("Disappear:"), of(effect.disappear))]
    return [(word, counts) for word, counts in found if counts]
