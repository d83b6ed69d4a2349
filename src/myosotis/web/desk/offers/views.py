"""Offers of earlier times: those that run, how others ended, one with everybody who was asked, and stopping it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from myosotis import clock
from myosotis.content import offer_words
from myosotis.domain.words import OfferAnswer, OfferEnd, OfferStep
from myosotis.flows import found, offer_closed
from myosotis.flows.errors import Conflict
from myosotis.store.models import Calendar, Candidate, Offer
from myosotis.store.offers import shown
from myosotis.store.offers.shown import Summary
from myosotis.value_class import value_class
from myosotis.web.desk import errors
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import answer, done, say, warn
from myosotis.web.desk.ids import id_in

PAGE: Final = 30
TOLD_ELSEWHERE: Final = frozenset({OfferStep.ASKED, OfferStep.PASSED_OVER})
"""Steps that the list of people shows already."""


@value_class
class Person:
    """Somebody who was asked, or passed over."""

    candidate: Candidate
    state: str
    """In words: asked, declined, why passed over."""

    @property
    def look(self) -> str:
        """The class of the mark."""
        return {OfferAnswer.TAKEN: "mark-good", "": "mark-main"}.get(self.candidate.answer, "")


@value_class
class Shown:
    """An offer with its people, in words."""

    offer: Offer
    asked: list[Person]
    passed_over: list[Person]
    left: str
    """How long it can still be taken; empty once it is over."""
    state: str

    @property
    def waiting(self) -> int:
        """How many have not answered."""
        return sum(not person.candidate.answer for person in self.asked)

    @property
    def rounds(self) -> int:
        return max((person.candidate.round for person in self.asked), default=1)


@value_class
class Line:
    """An offer in the history."""

    offer: Offer
    outcome: str
    summary: Summary
    refilled_after: str
    """How long after the slot became free it was taken; empty where it was not."""


@require_safe
@staff(*ANYBODY)
def offers(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/offers`, of one calendar with `?calendar=<id>`; older ones with `?before=<id>`."""
    now = clock.now()
    calendar = _chosen(request, desk)
    rows = desk.offers() if calendar is None else desk.offers().filter(calendar=calendar)
    context: dict[str, Any] = {
        "calendar": calendar,
        "running": [_shown(desk, row, now) for row in shown.running(rows, now)],
    }
    if request.headers.get("HX-Target") == "running":
        return answer(request, desk, "desk/offers/running.piece.html", context)
    past = list(_older(request, shown.ended(rows, now))[: PAGE + 1])
    context |= {
        "calendars": list(desk.calendars()),
        "lines": _lines(desk, past[:PAGE]),
        "older": past[PAGE - 1].pk if len(past) > PAGE else None,
        "first_page": "before" not in request.GET,
    }
    return answer(request, desk, "desk/offers/offers.html", context)


@require_safe
@staff(*ANYBODY)
def offer(request: HttpRequest, desk: Desk, offer_id: int) -> HttpResponse:
    """`/desk/offers/<id>`: everybody who was asked or passed over, and what happened; in the drawer or as a page."""
    one = found.one(shown.with_people(desk.offers().filter(id=offer_id)), "offer")
    piece = request.headers.get("HX-Target") == "drawer-body"
    template = "desk/offers/offer.piece.html" if piece else "desk/offers/offer.html"
    return answer(request, desk, template, _details(desk, one))


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def stop(request: HttpRequest, desk: Desk, offer_id: int) -> HttpResponse:
    """`/desk/offers/<id>/stop`: says what stopping does, since it cannot be undone; a POST stops it."""
    one = found.one(shown.with_people(desk.offers().filter(id=offer_id)), "offer")
    if request.method == "POST":
        try:
            offer_closed.stop(practice=desk.practice, offer_id=one.pk, actor=desk.actor, now=clock.now())
            say(request, _("The offer was stopped. Nobody can take the time by it any more."))
        except Conflict as refused:
            warn(request, errors.words(refused))
        return done(request, reverse("desk:offers"))
    if one.closed_at is not None or one.closes_at <= clock.now():
        return HttpResponseRedirect(reverse("desk:offer", args=[one.pk]))
    return answer(request, desk, "desk/offers/stop.html", {"one": _shown(desk, one, clock.now())})


def _chosen(request: HttpRequest, desk: Desk) -> Calendar | None:
    """The calendar of the filter. Raises NotFound for one that is not the reader's."""
    asked = request.GET.get("calendar", "")
    return found.one(desk.calendars().filter(id=id_in(asked)), "calendar") if asked else None


def _older(request: HttpRequest, rows: "QuerySet[Offer]") -> "QuerySet[Offer]":
    before = id_in(request.GET.get("before", ""))
    return rows.filter(id__lt=before) if before else rows


def _shown(desk: Desk, offer: Offer, now: datetime) -> Shown:
    people: list[Candidate] = offer.people  # type: ignore[attr-defined] # by `shown.with_people`
    persons = [
        Person(candidate=one, state=_capital(offer_words.candidate(one.passed_over, one.answer, desk.language)))
        for one in people
    ]
    still = offer.closed_at is None and offer.closes_at > now
    return Shown(
        offer=offer,
        asked=[person for person in persons if not person.candidate.passed_over],
        passed_over=[person for person in persons if person.candidate.passed_over],
        left=_duration(offer.closes_at - now) if still else "",
        state=_capital(offer_words.state(_ended_because(offer, now), desk.language)),
    )


def _ended_because(offer: Offer, now: datetime) -> str:
    """Why it is over; an offer whose time has come is over before the dispatcher notes it."""
    if not offer.closed_because and offer.closes_at <= now:
        return OfferEnd.TIME
    return offer.closed_because


def _details(desk: Desk, offer: Offer) -> dict[str, Any]:
    now = clock.now()
    return {
        "one": _shown(desk, offer, now),
        "cause": desk.offers().filter(id=offer.cause_id).first() if offer.cause_id else None,
        "followed_by": list(desk.offers().filter(cause=offer).order_by("id")),
        "history": [
            (event.at, _capital(offer_words.step(event.what, event.reason, desk.language)), event.candidate)
            for event in offer.events.select_related("candidate__patient").order_by("id")
            if event.what not in TOLD_ELSEWHERE
        ],
    }


def _lines(desk: Desk, rows: Sequence[Offer]) -> list[Line]:
    summaries = shown.summaries([row.pk for row in rows])
    return [_line(desk, row, summaries[row.pk]) for row in rows]


def _line(desk: Desk, row: Offer, summary: Summary) -> Line:
    taken_at = summary.winner.answered_at if summary.winner else None
    return Line(
        offer=row,
        outcome=_capital(offer_words.ending(row.closed_because or OfferEnd.TIME, desk.language)),
        summary=summary,
        refilled_after=_duration(taken_at - row.opened_at) if taken_at else "",
    )


def _duration(span: timedelta) -> str:
    """ "2 d 3 h", "1 h 5 min", "4 min": by the two greatest units."""
    minutes = max(int(span.total_seconds()) // 60, 0)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return _("%(days)s d %(hours)s h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes % 60}
    return _("%(minutes)s min") % {"minutes": minutes}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
