"""`/d/<slug>`: who the doctor is, where, what can be booked, and what patients said."""

from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from myosotis import clock
from myosotis.content import opinions as wording
from myosotis.content.moments import day_names
from myosotis.domain.words import Language
from myosotis.store import free_times
from myosotis.store.models import Doctor
from myosotis.store.opinions import Opinions, shown
from myosotis.web import pages
from myosotis.web.portal import public
from myosotis.web.portal.doors import public as for_everybody

OPINIONS: Final = 20
"""How many are shown, the newest first."""
NEXT_TIMES: Final = 3


@require_safe
@for_everybody
def profile(request: HttpRequest, slug: str) -> HttpResponse:
    """The public profile; a doctor with whom nothing can be booked online has none."""
    doctor = public.doctor_of(slug)
    if doctor is None:
        return pages.unknown(request)
    language, now = pages.language_of(request), clock.now()
    places = [public.place(calendar, language, now, NEXT_TIMES) for calendar in public.calendars_of(doctor)]
    shown_opinions = shown(doctor, now, OPINIONS)
    context = {
        "doctor": doctor,
        "name": doctor.full_name,
        "places": places,
        "opinions": shown_opinions,
        "said": [_said(opinion, doctor, language) for opinion in shown_opinions.latest],
        "kept_back": _kept_back(shown_opinions, language),
        "rules": [rule[language] for rule in wording.RULES.values()],
    }
    response = pages.answer(request, "portal/profile.html", context, practice=doctor.practice, language=language)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _said(opinion: Any, doctor: Doctor, language: Language) -> dict[str, Any]:
    """An opinion with its days in words."""
    zone = free_times.zone_of(public.calendars_of(doctor)[0])

    def day(instant: datetime | None) -> str:
        return "" if instant is None else day_names(instant.astimezone(zone).date(), language).long.partition(" ")[2]

    return {
        "stars": "★" * opinion.stars + "☆" * (5 - opinion.stars),
        "number": opinion.stars,
        "text": opinion.text,
        "author": opinion.author,
        "day": day(opinion.given_at),
        "answer": opinion.answer,
    }


def _kept_back(opinions: Opinions, language: Language) -> list[tuple[str, int]]:
    return [(wording.BROKEN[rule][language], count) for rule, count in opinions.not_published.items()]
