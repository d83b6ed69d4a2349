"""Giving other calendars the switches of one: which, and what that does to each before it is done."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from myosotis import clock
from myosotis.flows import found, switches_changed
from myosotis.flows.switches_changed import Effect
from myosotis.store.models import Calendar
from myosotis.value_class import value_class
from myosotis.web.desk import frame
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.communication import effects
from myosotis.web.desk.communication.switches import SWITCHES, Words
from myosotis.web.desk.communication.views import back
from myosotis.web.desk.ids import id_in


@value_class
class Target:
    """Another calendar: which of its switches would be turned, and what that does to its planned messages."""

    calendar: Calendar
    turned: list[Words]
    chosen: bool
    effect: Effect | None = None

    @property
    def rows(self) -> list[effects.Row]:
        return effects.rows_of(self.effect) if self.effect else []


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def communication_copy(request: HttpRequest, desk: Desk, calendar_id: int) -> HttpResponse:
    """Choose calendars; a POST copies the saved switches of this one into them."""
    source = found.one(desk.calendars().filter(pk=calendar_id), "calendar")
    if request.method != "POST":
        return _shown(request, desk, source, [], "page" if not _piece(request) else "copy")
    chosen = _chosen(request, desk, source)
    if not chosen:
        frame.warn(request, _("Choose at least one calendar."))
        return HttpResponseRedirect(reverse("desk:communication_copy", args=[source.pk]), status=303)
    effect = switches_changed.copy_to(
        practice=desk.practice,
        calendar_id=source.pk,
        target_ids=[calendar.pk for calendar in chosen],
        actor=desk.actor,
        now=clock.now(),
    )
    said = ngettext("Copied to %(count)d calendar.", "Copied to %(count)d calendars.", len(chosen))
    undo = back({calendar.pk: calendar.switches for calendar in chosen}, source.switches)
    frame.say(request, f"{said % {'count': len(chosen)}} {effects.sentence(effect)}", undo=undo)
    return HttpResponseRedirect(reverse("desk:communications"), status=303)


@require_POST
@staff(*ANYBODY)
def copy_difference(request: HttpRequest, desk: Desk, calendar_id: int) -> HttpResponse:
    """What copying to the calendars ticked would do to each; a piece, and nothing is changed."""
    source = found.one(desk.calendars().filter(pk=calendar_id), "calendar")
    return _shown(request, desk, source, _chosen(request, desk, source), "targets")


def _piece(request: HttpRequest) -> bool:
    return request.headers.get("HX-Target") == "drawer-body"


def _chosen(request: HttpRequest, desk: Desk, source: Calendar) -> list[Calendar]:
    """The calendars ticked, of those that are seen here; anything else is no such calendar and left out."""
    ids = {id_in(text) for text in request.POST.getlist("target_ids")}
    return [calendar for calendar in desk.calendars().exclude(pk=source.pk) if calendar.pk in ids]


def _shown(request: HttpRequest, desk: Desk, source: Calendar, chosen: list[Calendar], part: str) -> HttpResponse:
    context = {"calendar": source, "targets": _targets(desk, source, {calendar.pk for calendar in chosen})}
    template = {
        "page": "desk/communication/copy.html",
        "copy": "desk/communication/copy.piece.html",
        "targets": "desk/communication/targets.piece.html",
    }[part]
    return frame.answer(request, desk, template, context)


def _targets(desk: Desk, source: Calendar, chosen: set[int]) -> list[Target]:
    return [
        Target(
            calendar=calendar,
            turned=[words for words in SWITCHES if getattr(calendar, words.name) != getattr(source, words.name)],
            chosen=calendar.pk in chosen,
            effect=_effect(desk, calendar, source) if calendar.pk in chosen else None,
        )
        for calendar in desk.calendars().exclude(pk=source.pk)
    ]


def _effect(desk: Desk, calendar: Calendar, source: Calendar) -> Effect:
    return switches_changed.preview(
        practice=desk.practice, calendar_id=calendar.pk, switches=source.switches, now=clock.now()
    )
