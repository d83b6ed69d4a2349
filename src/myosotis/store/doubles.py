"""Cards that may be the same person's: found for whoever adds a card, and for whoever tidies up (docs/adr/0026)."""

from itertools import combinations
from typing import Final

from django.db.models import Count, Q

from myosotis.store.models import Patient, Practice
from myosotis.store.name_keys import OTHER, likeness, sort_key
from myosotis.store.patient_search import living_cards
from myosotis.value_class import value_class

MOST: Final = 5
"""So many are shown to whoever adds a card."""
PAIRS: Final = 50
HOUSEHOLD: Final = 12
"""A number on more cards than that is one that a desk types in for everybody: it says nothing."""


@value_class
class Pair:
    """Two cards with one phone and alike names; the older one first."""

    one: Patient
    other: Patient


def possible(
    practice: Practice, *, first_name: str, last_name: str, phone: str, email: str, but: int = 0
) -> list[Patient]:
    """Cards with the same name, phone or e-mail as one that is being filled in, at most five; `but` is its own id."""
    same = Q(sort_key=sort_key(last_name, first_name))
    if phone:
        same |= Q(phone=phone) | Q(guardian_phone=phone)
    if email:
        same |= Q(email=email)
    return list(living_cards(practice).filter(same).exclude(id=but).order_by("sort_key", "id")[:MOST])


def pairs(practice: Practice) -> list[Pair]:
    """Pairs of cards with one phone and the same or alike names, in two queries; at most fifty, by the alphabet."""
    numbers = (
        living_cards(practice)
        .exclude(phone="")
        .order_by()
        .values("phone")
        .annotate(cards=Count("id"))
        .filter(cards__gt=1, cards__lte=HOUSEHOLD)
        .values("phone")
    )
    at_one_number: dict[str, list[Patient]] = {}
    for card in living_cards(practice).filter(phone__in=numbers).order_by("id"):
        at_one_number.setdefault(card.phone, []).append(card)
    found = [
        Pair(one=one, other=other)
        for cards in at_one_number.values()
        for one, other in combinations(cards, 2)
        if likeness((one.first_name, one.last_name), (other.first_name, other.last_name)) != OTHER
    ]
    return sorted(found, key=lambda pair: (pair.one.sort_key, pair.one.pk))[:PAIRS]
