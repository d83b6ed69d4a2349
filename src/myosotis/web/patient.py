"""My visit: what it is, confirming and cancelling it. GET and HEAD never change anything (docs/rules.md 5)."""

from collections.abc import Callable
from typing import Final

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from myosotis import clock
from myosotis.content.calendar_file import CalendarMethod, calendar_file
from myosotis.content.names import many_lines
from myosotis.domain.lifecycle import PENDING
from myosotis.domain.words import Kind, Language, Party, Via
from myosotis.flows import actor, visit_cancelled, visit_confirmed
from myosotis.flows.errors import Conflict
from myosotis.store.models import Visit
from myosotis.store.outbox import MAY_HAVE_LEFT
from myosotis.web import earlier_time, opinions
from myosotis.web.pages import kept_query, private
from myosotis.web.phones import phone_of
from myosotis.web.reached import Reached, answer, back, language_of
from myosotis.web.visit_shown import VisitShown, revision_of, shown
from myosotis.web.visit_texts import context_of

LONGEST_REASON: Final = 500
ACKNOWLEDGED: Final = ("moved", "taken", "cancelled")
"""What a patient does here that is answered by a message as well (docs/rules.md 3, "acknowledge")."""
TELLS: Final = Q(kind__in=(Kind.DETAILS, Kind.MOVED, Kind.CANCELLED)) & (Q(status__in=PENDING) | MAY_HAVE_LEFT)

page_with_form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def open_link(request: HttpRequest, at: Reached) -> HttpResponse:
    """Where the link of a message leads: to the visit; of `review` to where opinions are given, of `rebook` to booking."""
    if at.visit is None:
        return about_practice(request, at)
    kind = at.message.kind if at.message else ""
    if at.owns_visit and kind == Kind.REVIEW:
        return _to_review(request, at, at.visit)
    page = _shown(request, at, at.visit)
    if at.owns_visit and kind == Kind.REBOOK:
        return answer(request, at, "patient/rebook.html", {"visit": page})
    return earlier_time.offer(request, at, at.visit, page) or _my_visit(request, at, at.visit, page)


def _my_visit(request: HttpRequest, at: Reached, visit: Visit, page: VisitShown) -> HttpResponse:
    done = request.GET.get("done", "")
    acknowledged = done in ACKNOWLEDGED and visit.messages.filter(TELLS, revision=visit.revision).exists()
    opinion = opinions.address_in_app(at, visit, clock.now())
    context = {"visit": page, "done": done, "acknowledged": acknowledged, "opinion": opinion}
    return answer(request, at, "patient/visit.html", context)


def about_practice(request: HttpRequest, at: Reached) -> HttpResponse:
    """For messages that concern no visit: who wrote, and where to call."""
    return answer(request, at, "patient/practice.html", {"phone": phone_of(at.practice.phone)})


def _to_review(request: HttpRequest, at: Reached, visit: Visit) -> HttpResponse:
    """To the address that the practice gave, else to our own page; nothing of the request has a say in it."""
    elsewhere = opinions.address_elsewhere(visit.calendar)
    return HttpResponseRedirect(elsewhere or f"{at.base}/opinion{kept_query(request)}")


@require_safe
def tidied(request: HttpRequest, token: str) -> HttpResponse:
    """A link that took along a full stop or a bracket of the sentence around it."""
    return private(HttpResponseRedirect(f"/{token}{kept_query(request)}"))


@page_with_form
def confirm(request: HttpRequest, at: Reached) -> HttpResponse:
    """The patient confirms the visit as the page showed it; whoever merely comes here is led to the page."""
    if request.method != "POST":
        return back(request, at)

    def act(visit: Visit) -> None:
        visit_confirmed.confirm(
            practice=at.practice,
            visit_id=visit.pk,
            by=Party.PATIENT,
            via=Via.PORTAL,
            actor=actor.patient(visit.patient_id),
            now=clock.now(),
            expected_revision=revision_of(request),
        )

    return _acted(request, at, act, "confirmed")


@page_with_form
def cancel(request: HttpRequest, at: Reached) -> HttpResponse:
    """Asks whether the visit is to be cancelled, and for a reason if the patient likes; a POST cancels it."""
    if request.method != "POST":
        return _ask_whether_to_cancel(request, at)

    def act(visit: Visit) -> None:
        visit_cancelled.cancel(
            practice=at.practice,
            visit_id=visit.pk,
            by=Party.PATIENT,
            via=Via.PORTAL,
            actor=actor.patient(visit.patient_id),
            now=clock.now(),
            reason=many_lines(request.POST.get("reason", ""))[:LONGEST_REASON],
            expected_revision=revision_of(request),
        )

    return _acted(request, at, act, "cancelled")


def _ask_whether_to_cancel(request: HttpRequest, at: Reached) -> HttpResponse:
    page = _shown(request, at, at.visit) if at.visit else None
    if page is None or not page.can_cancel:
        return back(request, at)
    return answer(request, at, "patient/cancel.html", {"visit": page})


def _acted(request: HttpRequest, at: Reached, act: Callable[[Visit], None], done: str) -> HttpResponse:
    """Let a flow act for the patient, and lead back to the page, which says what came of it."""
    if at.visit is None or not at.owns_visit or revision_of(request) is None:
        return back(request, at, "revision_changed")
    try:
        act(at.visit)
    except Conflict as conflict:
        return back(request, at, conflict.code)
    return back(request, at, done)


@require_safe
def calendar_entry(request: HttpRequest, at: Reached) -> HttpResponse:
    """The visit for the patient's own calendar: a plain file, nobody is invited."""
    visit = at.visit
    if visit is None or not _shown(request, at, visit).live:
        return back(request, at)
    language = language_of(request, at)
    context = context_of(at, visit, language)
    file = calendar_file(context, method=CalendarMethod.PUBLISH, language=language, now=clock.now())
    response = HttpResponse(file, content_type="text/calendar; method=PUBLISH; charset=UTF-8")
    name = "wizyta.ics" if language is Language.PL else "visit.ics"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _shown(request: HttpRequest, at: Reached, visit: Visit) -> VisitShown:
    return shown(at, visit, language_of(request, at), clock.now())
