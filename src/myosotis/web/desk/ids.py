"""Ids as addresses and forms give them."""

from typing import Final

LONGEST: Final = 18
"""Digits: more than any id has, fewer than a column can hold."""


def id_in(text: str) -> int:
    """The id that a text is; 0, which no row has, where it is none."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST else 0
