"""Freed slots that are offered to those who wait longer: who was asked, who was passed over, and why (docs/rules.md 4)."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from myosotis import clock
from myosotis.api.access import Needs, actor_of, practice_of
from myosotis.api.paging import Page, PageQuery, page
from myosotis.api.schemas.offers import OfferDetails, OfferOut
from myosotis.api.schemas.values import Id
from myosotis.domain.words import Language
from myosotis.flows import found, offer_closed
from myosotis.flows.api_access import Scope

router = Router(auth=Needs(Scope.VISITS_READ), tags=["offers"])
MAY_WRITE = Needs(Scope.VISITS_WRITE)


class OfferQuery(PageQuery):
    """Which offers are asked for."""

    calendar_id: Id | None = None
    open: bool | None = Field(None, description="Only those that can still be taken, or only those that cannot.")
    language: Language | None = Field(None, description="Of the explanations; by default the practice's.")

    def conditions(self) -> Q:
        still = Q(closed_at=None, closes_at__gt=clock.now())
        where = Q() if self.open is None else (still if self.open else ~still)
        return where if self.calendar_id is None else where & Q(calendar_id=self.calendar_id)


@router.get("/offers", response=Page[OfferOut])
def list_offers(request: HttpRequest, query: Query[OfferQuery]) -> Page[OfferOut]:
    """Freed slots, in the order in which they were freed."""
    practice = practice_of(request)
    spoken = query.language or practice.language
    return page(practice.offers.filter(query.conditions()), query, lambda row: OfferOut.of(row, spoken))


@router.get("/offers/{offer_id}", response=OfferDetails)
def get_offer(request: HttpRequest, offer_id: Id, language: Language | None = None) -> OfferDetails:
    """One freed slot: everybody who was asked or passed over with the reason, their answers, cause and consequences."""
    practice = practice_of(request)
    return OfferDetails.of(found.one(practice.offers.filter(id=offer_id), "offer"), language or practice.language)


@router.post("/offers/{offer_id}/stop", response=OfferDetails, auth=MAY_WRITE)
def stop_offer(request: HttpRequest, offer_id: Id) -> OfferDetails:
    """Stop an open offer: nobody can take the slot any more, and what has not left is not sent. It never opens again."""
    practice = practice_of(request)
    offer = offer_closed.stop(practice=practice, offer_id=offer_id, actor=actor_of(request), now=clock.now())
    return OfferDetails.of(offer, practice.language)


@router.get("/visits/{visit_id}/offers", response=list[OfferDetails])
def visit_offers(request: HttpRequest, visit_id: Id, language: Language | None = None) -> list[Any]:
    """The offers that concern a visit: of slots that it left, and those about which its patient was asked or passed over."""
    practice = practice_of(request)
    visit = found.visit_of(practice, visit_id)
    offers = practice.offers.filter(Q(freed_by=visit) | Q(candidates__visit=visit)).distinct().order_by("id")
    return [OfferDetails.of(offer, language or practice.language) for offer in offers]
