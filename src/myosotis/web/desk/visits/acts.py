"""What staff do with a visit by one click, each with its way back."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from myosotis import clock
from myosotis.domain.words import Party, Via
from myosotis.flows import found, visit_confirmed, visit_marked, visit_undone
from myosotis.flows.errors import Conflict, NotFound
from myosotis.flows.records import Happened
from myosotis.flows.visit_marked import Mark
from myosotis.flows.visit_moved import last_entry
from myosotis.store.models import Visit
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import done, say
from myosotis.web.desk.visits.seen import reached, refused, url_of

UNDONE: Final[dict[Happened, "str | Promise"]] = {
    Happened.BOOKED: gettext_lazy("The booking was taken back. Nobody is told."),
    Happened.MOVED: gettext_lazy("The move was taken back. Nothing is sent of it."),
    Happened.CANCELLED: gettext_lazy("The cancellation was taken back. Nothing is sent of it."),
    Happened.GIVEN_TO_OTHER: gettext_lazy("The visit is the former patient's again. Nothing is sent of it."),
    Happened.CORRECTED: gettext_lazy("The visit is the former patient's again. Nothing is sent of it."),
}
MARKED: Final[dict[Mark, "str | Promise"]] = {
    Mark.DONE: gettext_lazy("Noted: the visit took place."),
    Mark.NO_SHOW: gettext_lazy("Noted: the patient did not come."),
    Mark.NONE: gettext_lazy("The mark was taken back."),
}


@require_POST
@staff(*ANYBODY)
def undo(request: HttpRequest, desk: Desk, visit_id: int) -> HttpResponse:
    """`/desk/visits/<id>/undo`: takes back what was done last at the desk, if that is less than a minute ago."""
    _require_own_before(desk, reached(desk, visit_id))
    try:
        what = visit_undone.undo(practice=desk.practice, visit_id=visit_id, actor=desk.actor, now=clock.now())
    except Conflict as conflict:
        return refused(request, visit_id, conflict)
    say(request, UNDONE[what])
    return done(request, url_of(visit_id))


@require_POST
@staff(*ANYBODY)
def confirm(request: HttpRequest, desk: Desk, visit_id: int) -> HttpResponse:
    """`/desk/visits/<id>/confirm`: the patient said that they will come."""
    visit = reached(desk, visit_id)
    try:
        visit_confirmed.confirm(
            practice=desk.practice, visit_id=visit.pk, by=Party.PATIENT, via=Via.DESK, actor=desk.actor,
            now=clock.now(), expected_revision=revision_in(request),
        )  # fmt: skip
    except Conflict as conflict:
        return refused(request, visit_id, conflict)
    say(request, _("The visit is confirmed."), undo=reverse("desk:visit_unconfirm", args=[visit_id]))
    return done(request, url_of(visit_id))


@require_POST
@staff(*ANYBODY)
def unconfirm(request: HttpRequest, desk: Desk, visit_id: int) -> HttpResponse:
    """`/desk/visits/<id>/unconfirm`: the visit is only booked again."""
    visit = reached(desk, visit_id)
    try:
        visit_confirmed.unconfirm(
            practice=desk.practice, visit_id=visit.pk, actor=desk.actor, now=clock.now(),
            expected_revision=revision_in(request) or visit.revision,
        )  # fmt: skip
    except Conflict as conflict:
        return refused(request, visit_id, conflict)
    say(request, _("The confirmation was taken back."))
    return done(request, url_of(visit_id))


@require_POST
@staff(*ANYBODY)
def mark(request: HttpRequest, desk: Desk, visit_id: int, mark: str) -> HttpResponse:
    """`/desk/visits/<id>/mark/<done|no_show|none>`."""
    reached(desk, visit_id)
    if mark not in list(Mark):
        raise NotFound("mark")
    what = Mark(mark)
    try:
        visit_marked.mark(
            practice=desk.practice, visit_id=visit_id, mark=what, via=Via.DESK, actor=desk.actor, now=clock.now()
        )
    except Conflict as conflict:
        return refused(request, visit_id, conflict)
    back = "" if what is Mark.NONE else reverse("desk:visit_mark", args=[visit_id, Mark.NONE.value])
    say(request, MARKED[what], undo=back)
    return done(request, url_of(visit_id))


def _require_own_before(desk: Desk, visit: Visit) -> None:
    """What moved in from a calendar that this desk does not reach is not put back there. Raises NotFound."""
    last = last_entry(visit)
    if last is not None and last.old_calendar_id is not None:
        found.one(desk.calendars().filter(id=last.old_calendar_id), "visit")


def revision_in(request: HttpRequest) -> int | None:
    """The revision that the form was shown with; None where an undo from a message has none."""
    given = request.POST.get("revision", "")
    return int(given) if given.isdecimal() and len(given) <= 9 else None  # noqa: PLR2004 - more digits are no revision
