"""Offers as staff look at them: those that run, with everybody who was asked, and how the others ended."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Prefetch, Q, QuerySet

from myosotis.domain.words import OfferAnswer
from myosotis.store.models import Candidate, Offer


@dataclass(kw_only=True, slots=True)
class Summary:
    """What a line of the history says of an offer besides its own columns."""

    asked: int = 0
    """How many patients it was offered to."""
    winner: Candidate | None = None
    followed_by: list[int] = field(default_factory=list)
    """The offers of the slots that its winner left."""


def running(offers: "QuerySet[Offer]", now: datetime) -> "QuerySet[Offer]":
    """Those that can still be taken at `now` (UTC), the most urgent first, with their `people`."""
    return with_people(offers.filter(closed_at=None, closes_at__gt=now)).order_by("closes_at", "id")


def with_people(offers: "QuerySet[Offer]") -> "QuerySet[Offer]":
    """With everybody who was asked or passed over as `people`, in the order of their visits."""
    people = Candidate.objects.select_related("patient").order_by("position")
    return offers.select_related("calendar__doctor", "calendar__address").prefetch_related(
        Prefetch("candidates", queryset=people, to_attr="people")
    )


def ended(offers: "QuerySet[Offer]", now: datetime) -> "QuerySet[Offer]":
    """Those that cannot be taken any more at `now` (UTC), the newest first."""
    over = offers.filter(Q(closed_at__isnull=False) | Q(closes_at__lte=now))
    return over.select_related("calendar__doctor", "calendar__address").order_by("-id")


def summaries(offer_ids: Collection[int]) -> dict[int, Summary]:
    """What the history says of these offers, in three queries."""
    found = {offer_id: Summary() for offer_id in offer_ids}
    candidates = Candidate.objects.filter(offer_id__in=offer_ids)
    counted = candidates.filter(passed_over="").order_by().values_list("offer_id").annotate(asked=Count("id"))
    for offer_id, asked in counted:
        found[offer_id].asked = asked
    for winner in candidates.filter(answer=OfferAnswer.TAKEN).select_related("patient"):
        found[winner.offer_id].winner = winner
    for cause_id, offer_id in Offer.objects.filter(cause_id__in=offer_ids).order_by("id").values_list("cause_id", "id"):
        if cause_id in found:
            found[cause_id].followed_by.append(offer_id)
    return found
