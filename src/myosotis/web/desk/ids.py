"""Ids as addresses and forms give them."""

from collections.abc import Callable
from typing import Final

from django.urls import reverse

LONGEST: Final = 18
"""Digits: more than any id has, fewer than a column can hold."""

STAND_IN: Final = 987_654_321_987_654_321
"""An id that no row has, in the addresses of whose kind an id's place is looked for."""


def id_in(text: str) -> int:
    """The id that a text is; 0, which no row has, where it is none."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST else 0


def urls_of(name: str) -> Callable[[int], str]:
    """The addresses of rows by their id, for hundreds on a page: Django looks through its patterns anew for each."""
    before, after = reverse(name, args=[STAND_IN]).split(str(STAND_IN))
    return lambda key: f"{before}{key}{after}"
