"""A text with its names still open: filled in once for many messages that differ in names, times and links alone.

A text may ask whether such a name is empty, but never what it says (`tests/unit/content` holds the texts to it), so
one filling serves for all names that are empty in the same places.
"""

import re
from functools import lru_cache
from typing import Final

from jinja2 import Template

from myosotis.content.texts import Values, fill
from myosotis.domain.words import Channel, Kind, Language

OPEN: Final = (
    "doctor", "place", "patient", "link", "phone", "clock", "date_shorter", "date_short", "code",
    "old_clock", "old_date_shorter", "offer_clock", "offer_date_shorter", "choices",
)  # fmt: skip
"""Names that a text only shows, or leaves out with what belongs to them."""
_MARKS: Final = {name: chr(0xE000 + number) for number, name in enumerate(OPEN)}
"""Characters for private use: cleaned away from whatever people typed."""
_NAMES: Final = {mark: name for name, mark in _MARKS.items()}
_MARK: Final = re.compile(f"([{''.join(_NAMES)}])")

Fixed = tuple[tuple[str, object], ...]
State = tuple[bool | None, ...]
"""Of each open name: given, empty, or None for "not there"."""


class Wording:
    """A text about to be filled in several times, with other names each time."""

    def __init__(self, template: Template, values: Values, kind: Kind, language: Language) -> None:
        """`values` may be changed between two fillings, as far as open names go."""
        self._text = (template, kind, language)
        self._values = values
        self._fixed: Fixed = tuple([item for item in values.items() if item[0] not in _MARKS])

    def filled(self) -> str:
        """The SMS as worded, spaces single. Raises CannotRender."""
        values = self._values
        state = tuple([bool(values[name]) if name in values else None for name in OPEN])
        pieces, names = _skeleton(*self._text, state, self._fixed)
        shown = [str(values[name]) for name in names]
        return "".join([part for pair in zip(pieces, shown, strict=False) for part in pair]) + pieces[-1]


@lru_cache(maxsize=4096)
def _skeleton(
    template: Template, kind: Kind, language: Language, state: State, fixed: Fixed
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The pieces of a text, and the names that stand between them."""
    opened = {name: _MARKS[name] if given else "" for name, given in zip(OPEN, state, strict=True) if given is not None}
    values: Values = dict(fixed) | opened
    text = " ".join(fill(template, values, kind, Channel.SMS, language).split())
    pieces = _MARK.split(text)
    return tuple(pieces[::2]), tuple(_NAMES[mark] for mark in pieces[1::2])
