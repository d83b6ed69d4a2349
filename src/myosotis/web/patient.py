"""The pages behind a message's link. GET and HEAD never change anything (docs/rules.md 5)."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from myosotis import clock
from myosotis.content.calendar_file import CalendarMethod, calendar_file
from myosotis.content.names import many_lines
from myosotis.domain.words import Kind, Language, Party, Via
from myosotis.flows import actor, visit_cancelled, visit_confirmed
from myosotis.flows.errors import Conflict
from myosotis.links import Purpose
from myosotis.store.models import Message, Visit
from myosotis.web.pages import answer, back, kept_query, language_of, of_link, private
from myosotis.web.phones import phone_of
from myosotis.web.visit_shown import VisitShown, shown
from myosotis.web.visit_texts import context_of

LONGEST_REASON = 500
REVISION_DIGITS = 9

page_with_form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@of_link(Purpose.OPEN)
def open_link(request: HttpRequest, message: Message) -> HttpResponse:
    """Where the link of a message leads: to the visit; of `review` to the review address, of `rebook` to booking."""
    visit = message.visit
    if visit is None:
        return about_practice(request, message)
    if visit.patient_id == message.patient_id and message.kind == Kind.REVIEW:
        return _to_review(request, message, visit)
    page = _shown(request, message, visit)
    if page.is_mine and message.kind == Kind.REBOOK:
        return answer(request, message, "patient/rebook.html", {"visit": page})
    done = request.GET.get("done", "")
    return answer(request, message, "patient/visit.html", {"visit": page, "done": done, "token": _token(request)})


def about_practice(request: HttpRequest, message: Message) -> HttpResponse:
    """For messages that concern no visit: who wrote, and where to call."""
    return answer(request, message, "patient/practice.html", {"phone": phone_of(message.practice.phone)})


def _to_review(request: HttpRequest, message: Message, visit: Visit) -> HttpResponse:
    """To the address that the practice gave, and nowhere else: nothing of the request has a say in it."""
    address = visit.calendar.review_address or visit.calendar.doctor.review_address
    if urlsplit(address).scheme not in ("http", "https"):
        return about_practice(request, message)
    return HttpResponseRedirect(address)


@require_safe
def tidied(request: HttpRequest, token: str) -> HttpResponse:
    """A link that took along a full stop or a bracket of the sentence around it."""
    return private(HttpResponseRedirect(f"/{token}{kept_query(request)}"))


@page_with_form
@of_link(Purpose.OPEN)
def confirm(request: HttpRequest, message: Message) -> HttpResponse:
    """The patient confirms the visit as the page showed it; whoever merely comes here is led to the page."""
    if request.method != "POST":
        return back(request)

    def act(visit: Visit) -> None:
        visit_confirmed.confirm(
            practice=message.practice,
            visit_id=visit.pk,
            by=Party.PATIENT,
            via=Via.PORTAL,
            actor=actor.patient(visit.patient_id),
            now=clock.now(),
            expected_revision=revision_of(request),
        )

    return _acted(request, message, act, "confirmed")


@page_with_form
@of_link(Purpose.OPEN)
def cancel(request: HttpRequest, message: Message) -> HttpResponse:
    """Asks whether the visit is to be cancelled, and for a reason if the patient likes; a POST cancels it."""
    if request.method != "POST":
        return _ask_whether_to_cancel(request, message)

    def act(visit: Visit) -> None:
        visit_cancelled.cancel(
            practice=message.practice,
            visit_id=visit.pk,
            by=Party.PATIENT,
            via=Via.PORTAL,
            actor=actor.patient(visit.patient_id),
            now=clock.now(),
            reason=many_lines(request.POST.get("reason", ""))[:LONGEST_REASON],
            expected_revision=revision_of(request),
        )

    return _acted(request, message, act, "cancelled")


def _ask_whether_to_cancel(request: HttpRequest, message: Message) -> HttpResponse:
    page = _shown(request, message, message.visit) if message.visit else None
    if page is None or not page.can_cancel:
        return back(request)
    return answer(request, message, "patient/cancel.html", {"visit": page, "token": _token(request)})


def _acted(request: HttpRequest, message: Message, act: Callable[[Visit], None], done: str) -> HttpResponse:
    """Let a flow act for the patient of this message, and lead back to the page, which says what came of it."""
    visit = message.visit
    if visit is None or visit.patient_id != message.patient_id or revision_of(request) is None:
        return back(request, "revision_changed")
    try:
        act(visit)
    except Conflict as conflict:
        return back(request, conflict.code)
    return back(request, done)


@require_safe
@of_link(Purpose.OPEN)
def calendar_entry(request: HttpRequest, message: Message) -> HttpResponse:
    """The visit for the patient's own calendar: a plain file, nobody is invited."""
    visit = message.visit
    if visit is None or not _shown(request, message, visit).live:
        return back(request)
    language = language_of(request, message)
    context = context_of(message, visit, language, _token(request))
    file = calendar_file(context, method=CalendarMethod.PUBLISH, language=language, now=clock.now())
    response = HttpResponse(file, content_type="text/calendar; method=PUBLISH; charset=UTF-8")
    name = "wizyta.ics" if language is Language.PL else "visit.ics"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _shown(request: HttpRequest, message: Message, visit: Visit) -> VisitShown:
    return shown(message, visit, language_of(request, message), clock.now())


def revision_of(request: HttpRequest) -> int | None:
    """Which revision of the visit the page showed; None if it did not say."""
    given = request.POST.get("revision", "")
    return int(given) if given.isdecimal() and len(given) <= REVISION_DIGITS else None


def _token(request: HttpRequest) -> str:
    """The token of the page's own address, for the addresses of its forms."""
    return request.path.split("/")[1]
