"""The pages behind a message's link. GET and HEAD never change anything (docs/rules.md 5)."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_POST

from myosotis import clock
from myosotis.content.calendar_file import CalendarMethod, calendar_file
from myosotis.domain.words import Kind, Language, Party, ReadSignal, Via
from myosotis.flows import actor, message_read, visit_cancelled, visit_confirmed
from myosotis.flows.errors import Conflict
from myosotis.links import Purpose
from myosotis.store.models import Message, Visit
from myosotis.web.pages import answer, language_of, of_link
from myosotis.web.visit_shown import shown
from myosotis.web.visit_texts import context_of

READ_PAGES = require_http_methods(["GET", "HEAD"])


@READ_PAGES
@of_link(Purpose.OPEN)
def open_link(request: HttpRequest, message: Message) -> HttpResponse:
    """Where the link of a message leads: to the visit; of `review` to the review address, of `rebook` to booking."""
    visit = message.visit
    if visit is None:
        return answer(request, message, "patient/practice.html", {})
    if message.kind == Kind.REVIEW and (address := visit.calendar.review_address or visit.calendar.doctor.review_address):
        return HttpResponseRedirect(address)
    page = shown(message, visit, language_of(request, message), clock.now())
    if message.kind == Kind.REBOOK:
        return answer(request, message, "patient/rebook.html", {"visit": page})
    done = request.GET.get("done", "")
    return answer(request, message, "patient/visit.html", {"visit": page, "done": done, "token": _token(request)})


@require_POST
@of_link(Purpose.OPEN)
def confirm(request: HttpRequest, message: Message) -> HttpResponse:
    """The patient confirms the visit as the page showed it."""
    visit = message.visit
    if visit is None or message.patient_id != visit.patient_id:
        return _back(request, "changed")
    try:
        visit_confirmed.confirm(
            practice=message.practice,
            visit_id=visit.pk,
            by=Party.PATIENT,
            via=Via.PORTAL,
            actor=actor.patient(visit.patient_id),
            now=clock.now(),
            expected_revision=_revision(request),
        )
    except Conflict as conflict:
        return _back(request, conflict.code)
    return _back(request, "confirmed")


@require_http_methods(["GET", "HEAD", "POST"])
@of_link(Purpose.OPEN)
def cancel(request: HttpRequest, message: Message) -> HttpResponse:
    """Asks whether the visit is to be cancelled, and for a reason if the patient likes; a POST cancels it."""
    visit = message.visit
    if visit is None or message.patient_id != visit.patient_id:
        return _back(request, "changed")
    page = shown(message, visit, language_of(request, message), clock.now())
    if request.method != "POST":
        if not page.can_cancel:
            return _back(request, "")
        return answer(request, message, "patient/cancel.html", {"visit": page, "token": _token(request)})
    try:
        visit_cancelled.cancel(
            practice=message.practice,
            visit_id=visit.pk,
            by=Party.PATIENT,
            via=Via.PORTAL,
            actor=actor.patient(visit.patient_id),
            now=clock.now(),
            reason=request.POST.get("reason", "").strip()[:500],
            expected_revision=_revision(request),
        )
    except Conflict as conflict:
        return _back(request, conflict.code)
    return _back(request, "cancelled")


@require_POST
@of_link(Purpose.OPEN)
def seen(request: HttpRequest, message: Message) -> HttpResponse:
    """The page reports that it was in sight for three seconds: the present revision was read."""
    message_read.report(
        message_id=message.pk, signal=ReadSignal.PAGE, now=clock.now(), revision=_revision(request) or 0
    )
    return HttpResponse(status=204)


@require_http_methods(["GET", "HEAD", "POST"])
@of_link(Purpose.READ)
def read(request: HttpRequest, message: Message) -> HttpResponse:
    """ "I confirm that I have read this" of an e-mail: a page with one button, since programs follow links too."""
    done = request.method == "POST"
    if done:
        message_read.report(message_id=message.pk, signal=ReadSignal.CONFIRMED, now=clock.now())
    return answer(request, message, "patient/read.html", {"done": done})


@READ_PAGES
@of_link(Purpose.OPEN)
def calendar_entry(request: HttpRequest, message: Message) -> HttpResponse:
    """The visit for the patient's own calendar: a plain file, nobody is invited."""
    visit = message.visit
    if visit is None or not _is_ahead(message, visit):
        return _back(request, "")
    language = language_of(request, message)
    file = calendar_file(
        context_of(message, visit, language), method=CalendarMethod.PUBLISH, language=language, now=clock.now()
    )
    response = HttpResponse(file, content_type="text/calendar; method=PUBLISH; charset=UTF-8")
    response.headers["Content-Disposition"] = 'attachment; filename="visit.ics"'
    return response


def _is_ahead(message: Message, visit: Visit) -> bool:
    return shown(message, visit, Language.PL, clock.now()).live


def _revision(request: HttpRequest) -> int | None:
    """Which revision of the visit the page showed."""
    given = request.POST.get("revision", "")
    return int(given) if given.isdecimal() and len(given) < 10 else None  # noqa: PLR2004 - more would be no revision


def _token(request: HttpRequest) -> str:
    """The token of the page's own address, for the addresses of its forms."""
    return request.path.split("/")[1]


def _back(request: HttpRequest, done: str) -> HttpResponse:
    """Back to the visit, which says what happened; asking again would do nothing twice."""
    chosen = {"lang": translation.get_language()} if "lang" in request.GET else {}
    query = urlencode({**({"done": done} if done else {}), **chosen})
    return HttpResponseRedirect(f"/{_token(request)}" + (f"?{query}" if query else ""))
