"""`/d/<slug>/<calendar>`: what for, and when; a chosen time is held and leads to the form."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from myosotis import clock
from myosotis.content.moments import day_names
from myosotis.flows import time_chosen
from myosotis.flows.errors import Conflict, Invalid, NotFound
from myosotis.store import free_times
from myosotis.store.models import Calendar, Doctor, Hold, Service
from myosotis.store.sealing import hash_secret
from myosotis.web import openings, pages
from myosotis.web.portal import doors, public

ID_DIGITS: Final = 12
FEW: Final = 40
"""Times that are all shown at once; with more, only those of the first day until another day is opened."""
TOO_MANY: Final = "too_many_holds"


@require_http_methods(["GET", "HEAD", "POST"])
@doors.public
def times(request: HttpRequest, slug: str, calendar: str) -> HttpResponse:
    """The services of a calendar, or the free times of one; a POST of a time holds it."""
    doctor, found = _found(slug, calendar)
    if doctor is None or found is None:
        return pages.unknown(request)
    services = public.bookable(found)
    asked = (request.POST if request.method == "POST" else request.GET).get("service", "")
    service = _service(services, asked)
    if request.method == "POST" and service is not None:
        return pages.private(_take(request, doctor, found, service))
    if service is None:
        return pages.private(_choose_service(request, doctor, found))
    return pages.private(_week(request, doctor, found, service, clock.now()))


def _found(slug: str, calendar: str) -> tuple[Doctor | None, Calendar | None]:
    doctor = public.doctor_of(slug)
    if doctor is None:
        return None, None
    mine = {str(own.pk): own for own in public.calendars_of(doctor) if public.bookable(own)}
    return doctor, mine.get(calendar)


def _service(services: tuple[Service, ...], asked: str) -> Service | None:
    """The service that was chosen; where there is but one, there is nothing to choose."""
    if len(services) == 1:
        return services[0]
    return next((service for service in services if str(service.pk) == asked[:ID_DIGITS]), None)


def _choose_service(request: HttpRequest, doctor: Doctor, calendar: Calendar) -> HttpResponse:
    context = {
        **_frame(request, doctor, calendar),
        "place": public.place(calendar, pages.language_of(request), clock.now()),
    }
    return pages.answer(
        request, "portal/services.html", context, practice=doctor.practice, language=pages.language_of(request)
    )


def _frame(request: HttpRequest, doctor: Doctor, calendar: Calendar) -> dict[str, Any]:
    return {
        "doctor": doctor,
        "name": doctor.full_name,
        "calendar": calendar,
        "base": f"/d/{doctor.slug}/{calendar.pk}",
        "profile": f"/d/{doctor.slug}{pages.kept_query(request)}",
    }


def _week(
    request: HttpRequest,
    doctor: Doctor,
    calendar: Calendar,
    service: Service,
    now: datetime,
    *,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    """Seven days of free times; without a day in the address those from the first free time on."""
    language, own = pages.language_of(request), _own(request, calendar)
    first = _day(request.GET.get("from", "")) or _first_free(calendar, service, now, own)
    today, last = free_times.today(calendar, now), free_times.horizon(calendar, now)
    first = min(max(first or today, today), last)
    until = first + timedelta(days=public.WEEK - 1)
    free = public.as_many_as_fit(public.days(calendar, service, first, until, now, without_hold=own))
    until = free[-1].day
    shown = [public.day_shown(calendar, day, language) for day in free if day.starts]
    context = {
        **_frame(request, doctor, calendar),
        "place": public.place(calendar, language, now),
        "service": service,
        "days": shown,
        "few": sum(len(day.times) for day in shown) <= FEW,
        "trouble": trouble,
        "key": doors.new_key(),
        "first": day_names(first, language).shorter,
        "last": day_names(min(until, last), language).shorter,
        "zone": public.zone_note(calendar, now, language),
        "earlier": _link(request, service, max(first - timedelta(days=public.WEEK), today)) if first > today else "",
        "later": _link(request, service, until + timedelta(days=1)) if until < last else "",
        "jump": "" if shown else _jump(request, calendar, service, until, now, own),
    }
    return pages.answer(
        request, "portal/times.html", context, practice=doctor.practice, language=language, status=status
    )


def _own(request: HttpRequest, calendar: Calendar) -> int | None:
    """What this browser holds itself stands in its own way nowhere."""
    held = doors.own_hold(request)
    return held.pk if held is not None and held.practice_id == calendar.practice_id else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _first_free(calendar: Calendar, service: Service, now: datetime, own: int | None) -> date | None:
    today = free_times.today(calendar, now)
    start = next(public.starts_from(calendar, service, today, now, without_hold=own), None)
    return None if start is None else start.astimezone(free_times.zone_of(calendar)).date()


def _jump(
    request: HttpRequest, calendar: Calendar, service: Service, until: date, now: datetime, own: int | None
) -> dict[str, str] | str:
    """The next free time after an empty week, with the way there."""
    after = public.starts_from(calendar, service, until + timedelta(days=1), now, without_hold=own)
    start = next(after, None)
    if start is None:
        return ""
    day = start.astimezone(free_times.zone_of(calendar)).date()
    when = public.read(calendar, start, pages.language_of(request))
    return {"link": _link(request, service, day), "day": when.day.long, "at": when.at}


def _link(request: HttpRequest, service: Service, day: date) -> str:
    return pages.kept_query(request, **{"service": str(service.pk), "from": day.isoformat()})


def _take(request: HttpRequest, doctor: Doctor, calendar: Calendar, service: Service) -> HttpResponse:
    """Hold the time and lead to the form; where it is gone, say so beside the others."""
    now, start = clock.now(), public.instant_of(request.POST.get("start", ""))
    if start is None:
        return _week(request, doctor, calendar, service, now)
    try:
        key = take(request, calendar, service, start, now, doors.own_hold(request))
    except (Conflict, Invalid) as refused:
        code = TOO_MANY if isinstance(refused, Conflict) and refused.code == TOO_MANY else "taken"
        return _week(request, doctor, calendar, service, now, trouble=code, status=409)
    except NotFound:
        return pages.unknown(request)
    return to_form(request, key)


def take(
    request: HttpRequest, calendar: Calendar, service: Service, start: datetime, now: datetime, before: Hold | None
) -> str:
    """Hold a time; the key of its form. The key of the page that was sent, so that sending it twice is one hold."""
    given = request.POST.get("key", "")
    known = doors.hold_of(given)
    fresh = doors.looks_like_key(given) and (known is None or _is_same(known, service, start, now))
    key = given if fresh else doors.new_key()
    time_chosen.choose(
        practice=calendar.practice,
        calendar_id=calendar.pk,
        service_id=service.pk,
        start=start,
        place_hash=openings.place_hash(request, now),
        key_hash=hash_secret(key),
        now=now,
        instead_of=before,
    )
    return key


def _is_same(known: Hold, service: Service, start: datetime, now: datetime) -> bool:
    same = (known.service_id, known.start) == (service.pk, start)
    return same and known.released_at is None and now < known.expires_at


def to_form(request: HttpRequest, key: str) -> HttpResponse:
    response = HttpResponseRedirect(f"/h/{key}{pages.kept_query(request)}")
    doors.remember(response, key)
    return response
