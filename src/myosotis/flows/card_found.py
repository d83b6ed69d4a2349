"""Whose card it is, by a proven phone and a name: found without being told to anybody (docs/rules.md 5)."""

from datetime import date
from typing import Final

from django.db.models import F, Max, Q

from myosotis.store.models import Patient, Practice
from myosotis.store.name_keys import LIKE, OTHER, SAME, likeness

MOST_AT_A_PHONE: Final = 50
"""Cards looked through: a household has fewer, a number that a desk types in for everybody proves nothing."""


def find(practice: Practice, first_name: str, last_name: str, phone: str, today: date) -> Patient | None:
    """The card with this phone (E.164), or this guardian's phone, and this name; None where none or several may be meant.

    Case, Polish letters and the order and number of double names do not matter. A guardian's phone counts until the
    hand-over date (`today` is local). The cards of the deceased and the erased are never found, nor those merged into another.
    """
    guarded = Q(guardian_phone=phone) & (Q(guardian_until=None) | Q(guardian_until__gt=today))
    cards = practice.patients.filter(Q(phone=phone) | guarded, erased_at=None, deceased=False, merged_into=None)
    ordered = cards.annotate(last_visit=Max("visits__start")).order_by(F("last_visit").desc(nulls_last=True), "id")
    alike: dict[int, list[Patient]] = {SAME: [], LIKE: [], OTHER: []}
    for card in ordered[:MOST_AT_A_PHONE]:
        alike[likeness((first_name, last_name), (card.first_name, card.last_name))].append(card)
    if alike[SAME]:
        return alike[SAME][0]  # two cards of one person: that of the latest visit
    return alike[LIKE][0] if len(alike[LIKE]) == 1 else None
