"""Looking for patients: the page, and the quick search in the head and in the form of booking.

What is looked for is in the body of a POST, never in an address (docs/rules.md 7.6).
"""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from myosotis import clock
from myosotis.store.models import Patient, Visit
from myosotis.store.next_visits import next_visits
from myosotis.store.patient_search import living_cards, ranked
from myosotis.value_class import value_class
from myosotis.web.desk.access import ANYBODY, OFFICE, Desk, staff
from myosotis.web.desk.frame import answer
from myosotis.web.desk.ids import id_in
from myosotis.web.phones import Phone, phone_of

MOST_FOUND: Final = 20
PAGE: Final = 50


@value_class
class Row:
    """A patient in a list."""

    patient: Patient
    phone: Phone | None
    next_visit: Visit | None

    @property
    def zone(self) -> ZoneInfo | None:
        """Of the next visit's address."""
        return self.next_visit.calendar.address.zone if self.next_visit else None


@value_class
class Found:
    """What a search found, or a page of all patients."""

    rows: list[Row]
    text: str = ""
    more: bool = False
    """There are others, and the search should be narrower."""
    before: int | None = None
    """The card before which the previous page ends; None on the first page."""
    after: int | None = None
    """The card after which the next page begins; None on the last page."""


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def patients(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/patients`: all by the alphabet, page by page; a POST looks for some, and leads on where one alone is meant."""
    text = request.POST.get("text", "").strip()
    if not text:
        found = _page(request, desk)
    else:
        found = _found(desk, text, clock.now())
        if len(found.rows) == 1 and not request.headers.get("HX-Request"):
            return HttpResponseRedirect(reverse("desk:patient", args=[found.rows[0].patient.pk]))
    piece = request.headers.get("HX-Target") == "patients"
    template = "desk/patients/list.piece.html" if piece else "desk/patients/patients.html"
    return answer(request, desk, template, {"found": found, "may_merge": desk.may(OFFICE)})


@require_POST
@staff(*ANYBODY)
def find(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/patients/find`: a piece with those whom `text` fits, at most 20, as links to their cards.

    With `pick` in the form it is a piece of the form of somebody who chooses: radios named `patient`, the value of each
    the id of a card, with its name in `data-name`.
    """
    text = request.POST.get("text", "").strip()
    found = _found(desk, text, clock.now()) if text else Found(rows=[])
    return answer(request, desk, "desk/patients/found.piece.html", {"found": found, "pick": "pick" in request.POST})


def _found(desk: Desk, text: str, now: datetime) -> Found:
    cards = list(ranked(living_cards(desk.practice), text)[: MOST_FOUND + 1])
    return Found(rows=_rows(desk, cards[:MOST_FOUND], now), text=text, more=len(cards) > MOST_FOUND)


def _rows(desk: Desk, cards: list[Patient], now: datetime) -> list[Row]:
    calendars = set(desk.calendars().values_list("pk", flat=True))
    coming = next_visits([card.pk for card in cards], calendars, now)
    return [Row(patient=card, phone=phone_of(card.phone), next_visit=coming.get(card.pk)) for card in cards]


def _page(request: HttpRequest, desk: Desk) -> Found:
    """Fifty cards after, or before, the one named in the address: it says where in the alphabet, not by which name."""
    cards = living_cards(desk.practice)
    after, before = _edge(request, desk, "after"), _edge(request, desk, "before")
    backwards = before is not None and after is None
    if backwards and before is not None:
        some = list(cards.filter(_on_one_side(before, "lt")).order_by("-sort_key", "-id")[: PAGE + 1])
    else:
        some = list(_from(cards, after).order_by("sort_key", "id")[: PAGE + 1])
    more = len(some) > PAGE
    some = some[:PAGE]
    if backwards:
        some.reverse()
    begins, ends = (not more, False) if backwards else (after is None, not more)
    return Found(
        rows=_rows(desk, some, clock.now()),
        before=None if begins or not some else some[0].pk,
        after=None if ends or not some else some[-1].pk,
    )


def _from(cards: "QuerySet[Patient]", after: Patient | None) -> "QuerySet[Patient]":
    return cards if after is None else cards.filter(_on_one_side(after, "gt"))


def _edge(request: HttpRequest, desk: Desk, name: str) -> Patient | None:
    return desk.practice.patients.filter(id=id_in(request.GET.get(name, ""))).first()


def _on_one_side(edge: Patient, side: str) -> Q:
    """What comes after ("gt") or before ("lt") a card in the alphabet."""
    beyond = Q(**{f"sort_key__{side}": edge.sort_key})
    return beyond | Q(sort_key=edge.sort_key, **{f"id__{side}": edge.pk})
