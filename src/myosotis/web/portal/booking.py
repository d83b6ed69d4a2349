"""`/h/<key>`: the form of a held time, the code, and what came of it. GET and HEAD never change anything."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from myosotis import clock
from myosotis.content.moments import Moment
from myosotis.domain import codes
from myosotis.domain.codes import Verdict
from myosotis.domain.words import Channel, Kind, MessageStatus
from myosotis.flows import code_checked, code_sent, slots, time_chosen, time_held, visit_booked_online
from myosotis.flows.code_sent import Purpose
from myosotis.flows.errors import Conflict, FlowError, Invalid, NotFound
from myosotis.flows.visit_booked_online import Booker
from myosotis.store.models import Hold, PhoneVerification, Visit
from myosotis.value_class import value_class
from myosotis.web import pages, patient
from myosotis.web.phones import phone_of
from myosotis.web.portal import doors, public
from myosotis.web.portal.doors import of_form
from myosotis.web.portal.form import TRAP, Form, checked, consent_wording, typed_in
from myosotis.web.portal.times import TOO_MANY, take, to_form
from myosotis.web.reached import Reached
from myosotis.web.visit_shown import shown

SHORTEST: Final = timedelta(seconds=3)
"""Nobody fills in the form faster; what does is asked to send it again."""
OTHER_TIMES: Final = 6
"""Offered where the time is gone."""
GONE: Final = (
    MessageStatus.SKIPPED, MessageStatus.CANCELLED, MessageStatus.FAILED, MessageStatus.EXPIRED,
)  # fmt: skip

page_with_form = require_http_methods(["GET", "HEAD", "POST"])


class Standing(StrEnum):
    """How it stands with a held time."""

    BOOKED = "booked"
    KEPT = "kept"
    STILL_FREE = "still_free"
    """The hold ran out, and nobody has taken the time."""
    LOST = "lost"
    GIVEN_BACK = "given_back"


@value_class
class Other:
    """Another time that can be taken instead."""

    value: str
    when: Moment


def standing(held: Hold, now: datetime) -> Standing:
    if held.visit_id is not None:
        return Standing.BOOKED
    if held.released_at is not None:
        return Standing.GIVEN_BACK
    live = now < held.expires_at
    try:
        slots.require_online(held.calendar, held.service)
        slots.require_free(
            held.calendar,
            held.start,
            minutes=held.service.minutes,
            break_minutes=held.service.break_minutes,
            now=now,
            hold=held if live else None,
        )
    except (Conflict, Invalid):
        return Standing.LOST
    return Standing.KEPT if live else Standing.STILL_FREE


@page_with_form
@of_form
def form(request: HttpRequest, held: Hold) -> HttpResponse:
    """Who comes: asked once, kept while the code is on its way; whatever is wrong is said at its field."""
    now = clock.now()
    stands = standing(held, now)
    if stands is Standing.BOOKED:
        return _to(request, "/done")
    if stands is Standing.GIVEN_BACK:
        return _to_times(request, held)
    if request.method == "POST":
        _keep(request, held)
    if stands is not Standing.KEPT:
        return _over(request, held, stands, now)
    if request.method != "POST":
        return _form(request, held, Form(typed=_prefilled(request, held)))
    return _sent(request, held, now)


def _prefilled(request: HttpRequest, held: Hold) -> dict[str, str]:
    return {"language": pages.language_of(request), "whom": "me", **time_chosen.typed(held)}


def _keep(request: HttpRequest, held: Hold) -> None:
    """Nothing typed is lost, whatever comes next."""
    typed = typed_in(request.POST)
    try:
        time_chosen.keep_typed(held, {**typed, "wording": consent_wording(held.practice)})
    except NotFound:  # given back in another tab
        return


def _sent(request: HttpRequest, held: Hold, now: datetime) -> HttpResponse:
    answer = checked(time_chosen.typed(held))
    if request.POST.get(TRAP) or now - held.created_at < SHORTEST:
        return _form(request, held, answer, trouble="again", status=422)
    if answer.booker is None:
        return _form(request, held, answer, status=422)
    if visit_booked_online.is_proven(held, answer.booker.phone, now):
        return _book(request, held, answer.booker, now)
    try:
        _send_code(held, answer.booker, now)
    except Conflict as refused:
        return _form(request, held, answer, trouble=refused.code, status=429)
    return _to(request, "/code")


def _send_code(held: Hold, booker: Booker, now: datetime) -> PhoneVerification:
    return code_sent.send(
        practice=held.practice,
        phone=booker.phone,
        purpose=Purpose.BOOKING,
        language=booker.language,
        now=now,
        hold=held,
    )


def _form(request: HttpRequest, held: Hold, filled: Form, *, trouble: str = "", status: int = 200) -> HttpResponse:
    context = {
        **_frame(request, held),
        "typed": filled.typed,
        "wrong": filled.wrong,
        "trouble": trouble,
        "consent": consent_wording(held.practice),
        "trap": TRAP,
    }
    return _answer(request, held, "portal/form.html", context, status)


def _frame(request: HttpRequest, held: Hold) -> dict[str, Any]:
    """What every page of the form says: whom, when, where, and until when the time is kept."""
    language, calendar = pages.language_of(request), held.calendar
    return {
        "base": f"/h/{doors.key_of(request)}",
        "name": calendar.doctor.full_name,
        "service": held.service,
        "address": calendar.address,
        "phone": phone_of(calendar.address.phone or held.practice.phone),
        "when": public.read(calendar, held.start, language),
        "until": public.read(calendar, held.expires_at, language).clock,
    }


def _answer(
    request: HttpRequest, held: Hold, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    return pages.answer(
        request, template, context, practice=held.practice, language=pages.language_of(request), status=status
    )


def _to(request: HttpRequest, where: str, **more: str) -> HttpResponse:
    return HttpResponseRedirect(f"/h/{doors.key_of(request)}{where}{pages.kept_query(request, **more)}")


def _to_times(request: HttpRequest, held: Hold) -> HttpResponse:
    """To the free times of the same service; to nowhere in particular where the doctor has no public page any more."""
    slug = held.calendar.doctor.slug
    if not slug:
        return pages.unknown(request)
    query = pages.kept_query(request, service=str(held.service_id))
    return HttpResponseRedirect(f"/d/{slug}/{held.calendar_id}{query}")


def _over(request: HttpRequest, held: Hold, stands: Standing, now: datetime, status: int = 200) -> HttpResponse:
    """The time is kept no longer: the same once more if it is still free, else the next best ones."""
    language, calendar = pages.language_of(request), held.calendar
    others: list[Other] = []
    if stands is Standing.LOST and public.bookable(calendar):
        others = [
            Other(value=public.written(start), when=public.read(calendar, start, language))
            for start in public.nearest(calendar, held.service, held.start, now, OTHER_TIMES)
        ]
    same = Other(value=public.written(held.start), when=public.read(calendar, held.start, language))
    context = {
        **_frame(request, held),
        "still_free": stands is Standing.STILL_FREE,
        "same": same,
        "others": others,
        "times": f"/d/{calendar.doctor.slug}/{calendar.pk}" if calendar.doctor.slug else "",
        "too_many": request.GET.get("trouble") == TOO_MANY,
    }
    return _answer(request, held, "portal/over.html", context, status)


@require_POST
@of_form
def again(request: HttpRequest, held: Hold) -> HttpResponse:
    """Another time instead, or the same once more: what was typed and proven goes along."""
    now, start = clock.now(), public.instant_of(request.POST.get("start", ""))
    if held.released_at is not None or start is None:
        return _to(request, "")
    try:
        key = take(request, held.calendar, held.service, start, now, held)
    except (Conflict, Invalid) as refused:
        too_many = isinstance(refused, Conflict) and refused.code == TOO_MANY
        return _to(request, "", **({"trouble": TOO_MANY} if too_many else {}))
    except NotFound:
        return pages.unknown(request)
    return to_form(request, key)


@require_POST
@of_form
def give_back(request: HttpRequest, held: Hold) -> HttpResponse:
    """The patient does not want this time: others can have it, and what was typed is forgotten."""
    time_held.release(practice=held.practice, hold_id=held.pk, now=clock.now())
    return _to(request, "/done") if held.visit_id is not None else _to_times(request, held)


@page_with_form
@of_form
def code(request: HttpRequest, held: Hold) -> HttpResponse:
    """The code that came by SMS: right, and the visit is booked; another can be sent.

    Where the time is lost meanwhile, the right code still proves the phone, for the time taken instead.
    """
    now = clock.now()
    stands = standing(held, now)
    booker = checked(time_chosen.typed(held)).booker
    verification = None if booker is None else _verification(held, booker)
    if stands in (Standing.BOOKED, Standing.GIVEN_BACK) or booker is None or verification is None:
        return _to(request, "")
    if request.method != "POST":
        return _to(request, "") if stands is Standing.LOST else _code(request, held, verification)
    if "again" in request.POST:
        return _another_code(request, held, booker, verification, now)
    verdict = code_checked.check(verification, request.POST.get("code", ""), now)
    if verdict is Verdict.RIGHT:
        return _book(request, held, booker, now)
    return _code(request, held, verification, trouble=verdict, status=422)


def _verification(held: Hold, booker: Booker) -> PhoneVerification | None:
    """The last one for this form and this number."""
    mine = held.verifications.filter(phone=booker.phone, purpose=Purpose.BOOKING)
    return mine.order_by("-id").first()


def _another_code(
    request: HttpRequest, held: Hold, booker: Booker, verification: PhoneVerification, now: datetime
) -> HttpResponse:
    try:
        _send_code(held, booker, now)
    except Conflict as refused:
        return _code(request, held, verification, trouble=refused.code, status=429)
    return _to(request, "/code", done="sent")


def _code(
    request: HttpRequest, held: Hold, verification: PhoneVerification, *, trouble: str = "", status: int = 200
) -> HttpResponse:
    now = clock.now()
    over = now >= verification.expires_at or verification.attempts >= codes.MOST_WRONG
    context = {
        **_frame(request, held),
        "number": phone_of(verification.phone),
        "trouble": trouble or ("" if code_sent.reached(verification) else "not_reached"),
        "left": codes.MOST_WRONG - verification.attempts,
        "over": over,
        "again_at": public.read(
            held.calendar, code_sent.may_be_sent_again_at(verification), pages.language_of(request)
        ).clock,
        "kept": now < held.expires_at,
    }
    return _answer(request, held, "portal/code.html", context, status)


def _book(request: HttpRequest, held: Hold, booker: Booker, now: datetime) -> HttpResponse:
    try:
        visit_booked_online.book(practice=held.practice, hold_id=held.pk, booker=booker, now=now)
    except FlowError:  # the page of the form says what became of the time
        return _to(request, "")
    return _to(request, "/done")


@require_safe
@of_form
def done(request: HttpRequest, held: Hold) -> HttpResponse:
    """What was booked, and what comes next; the same however often it is loaded."""
    visit = held.visit
    if visit is None:
        return _to(request, "")
    at = _reached(request, held, visit)
    context = {
        "base": at.base,
        "visit": shown(at, visit, pages.language_of(request), clock.now()),
        "told": _is_told(visit),
        "others": f"/d/{held.calendar.doctor.slug}" if held.calendar.doctor.slug else "",
    }
    return _answer(request, held, "portal/done.html", context)


def _reached(request: HttpRequest, held: Hold, visit: Visit) -> Reached:
    whole = Visit.objects.select_related(
        "service", "calendar__doctor", "calendar__address", "patient", "former_patient"
    ).get(pk=visit.pk)
    theirs = whole.former_patient or whole.patient  # given to another patient, it is no longer theirs to see
    return Reached(practice=held.practice, patient=theirs, visit=whole, base=f"/h/{doors.key_of(request)}")


def _is_told(visit: Visit) -> bool:
    """Whether a confirmation has left or will."""
    ways = visit.messages.filter(kind=Kind.DETAILS).exclude(channel=Channel.NONE)
    return ways.exclude(status__in=GONE).exists()


@require_safe
@of_form
def calendar_entry(request: HttpRequest, held: Hold) -> HttpResponse:
    """The visit for the patient's own calendar; without a link, since this one ends before the visit does."""
    if held.visit is None:
        return _to(request, "")
    at = _reached(request, held, held.visit)
    if at.visit is None or not shown(at, at.visit, pages.language_of(request), clock.now()).live:
        return _to(request, "/done")
    return patient.calendar_entry(request, replace(at, base=""))
