"""Moving a visit: a free time of its calendar, chosen by the patient (docs/rules.md 5, "Moving by link").

A list of free times leads to one question, with the old and the new time side by side; its button moves the visit. A
time taken while the patient was choosing is told, and the nearest free ones take its place: nothing is lost.
"""

from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from myosotis import clock
from myosotis.domain.words import Party, Via
from myosotis.flows import actor, visit_moved
from myosotis.flows.errors import Conflict, Invalid
from myosotis.store.models import Visit
from myosotis.web.pages import kept_query
from myosotis.web.reached import Reached, answer, back, language_of
from myosotis.web.times_shown import Times, day_of, start_of, written
from myosotis.web.visit_shown import VisitShown, revision_of, shown

TAKEN: Final = ("slot_taken", "slot_held")
"""By somebody else, or being booked just now: conflicts after which another time can be chosen."""


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, at: Reached) -> HttpResponse:
    """Free times, or the question about the one that was chosen; a POST moves the visit there."""
    visit = at.visit
    if visit is None or not at.owns_visit:
        return back(request, at)
    if request.method == "POST":
        return _move(request, at, visit)
    page = shown(at, visit, language_of(request, at), clock.now())
    if not page.can_move:
        return back(request, at)
    times = times_for(request, at, visit)
    wanted = start_of(request.GET.get("start", ""))
    if wanted is None:
        return _list(request, at, page, times)
    return _question(request, at, page, times, wanted)


def times_for(request: HttpRequest, at: Reached, visit: Visit) -> Times:
    """The times that a visit can be moved to: as long as it is, with the break of its service."""
    return Times(
        visit.calendar,
        int((visit.end - visit.start) / timedelta(minutes=1)),
        visit.service.break_minutes if visit.service else 0,
        language_of(request, at),
        clock.now(),
        instead_of=visit,
    )


def _list(request: HttpRequest, at: Reached, page: VisitShown, times: Times) -> HttpResponse:
    """A few days with free times: from the day in the address on, or the last ones before it."""
    before, since = day_of(request.GET.get("before", "")), day_of(request.GET.get("since", ""))
    some = times.since(since or times.first) if before is None else times.before(before)
    context = {"visit": page, "some": some, "first": times.first, "last": times.last, "ahead": times.ahead}
    return answer(request, at, "patient/move.html", context)


def _question(request: HttpRequest, at: Reached, page: VisitShown, times: Times, wanted: datetime) -> HttpResponse:
    if at.visit is not None and wanted == at.visit.start:
        return back(request, at, "moved")  # another tab was quicker
    if not times.has(wanted):
        context = {"visit": page, "days": times.nearest(wanted), "gone": request.GET.get("gone", "")}
        return answer(request, at, "patient/move_gone.html", {**context, "wanted": times.moment(wanted)})
    new = {"start": written(wanted), "when": times.moment(wanted), "day": wanted.astimezone(times.zone).date()}
    return answer(request, at, "patient/move_there.html", {"visit": page, "new": new})


def _move(request: HttpRequest, at: Reached, visit: Visit) -> HttpResponse:
    start, revision = start_of(request.POST.get("start", "")), revision_of(request)
    if start is None or revision is None:
        return back(request, at, "revision_changed")
    try:
        visit_moved.move(
            practice=at.practice,
            visit_id=visit.pk,
            start=start,
            by=Party.PATIENT,
            via=Via.PORTAL,
            actor=actor.patient(visit.patient_id),
            now=clock.now(),
            expected_revision=revision,
        )
    except Invalid as invalid:
        return _gone(request, at, start, invalid.code)
    except Conflict as conflict:
        return _refused(request, at, visit, start, conflict.code)
    return back(request, at, "moved")


def _refused(request: HttpRequest, at: Reached, visit: Visit, start: datetime, code: str) -> HttpResponse:
    if code in TAKEN:
        return _gone(request, at, start, code)
    if code == "revision_changed":
        visit.refresh_from_db(fields=["start"])
        return back(request, at, "moved" if visit.start == start else code)  # sent twice: it is done already
    return back(request, at, code)


def _gone(request: HttpRequest, at: Reached, start: datetime, code: str) -> HttpResponse:
    """To the page that says that this time cannot be had any more, and shows the nearest others."""
    return HttpResponseRedirect(f"{at.base}/move{kept_query(request, start=written(start), gone=code)}")
