"""A text with its names still open: filled in once for many messages that differ in names, times and links alone.

A text may ask whether such a name is empty, but never what it says (`tests/unit/content` holds the texts to it), so
one filling serves for all names that are empty in the same places.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from jinja2 import Template

from myosotis.content.texts import Values, fill
from myosotis.domain.words import Channel, Kind, Language

OPEN: Final = (
    "doctor", "place", "patient", "link", "phone", "clock", "date_shorter", "date_short", "code",
    "old_clock", "old_date_shorter", "offer_clock", "offer_date_shorter", "choices", "written",
)  # fmt: skip
"""Names that a text only shows, or leaves out with what belongs to them."""
_MARKS: Final = {name: chr(0xE000 + number) for number, name in enumerate(OPEN)}
"""Characters for private use: cleaned away from whatever people typed."""
_NAMES: Final = {mark: name for name, mark in _MARKS.items()}
_MARK: Final = re.compile(f"([{''.join(_NAMES)}])")

Fixed = tuple[tuple[str, object], ...]
State = tuple[bool | None, ...]
"""Of each open name: given, empty, or None for "not there"."""
Skeleton = str
"""A text to be filled by `skeleton % values`."""


def skeleton(marked: str, written: Callable[[str], str] = str) -> Skeleton:
    """A text that has marks for its open names; what stands between them is `written` in some other way."""
    pieces = _MARK.split(marked)
    pieces[::2] = [written(piece).replace("%", "%%") for piece in pieces[::2]]
    pieces[1::2] = [f"%({_NAMES[mark]})s" for mark in pieces[1::2]]
    return "".join(pieces)


def mark(name: str) -> str:
    """What stands for an open name in a text."""
    return _MARKS[name]


class Wording:
    """A text of which all is known but the open names."""

    def __init__(self, template: Template, kind: Kind, language: Language, fixed: Fixed) -> None:
        self._template, self._kind, self._language = template, kind, language
        self._fixed = fixed
        self._skeletons: dict[State, Skeleton] = {}

    def filled(self, values: Values) -> str:
        """The SMS as worded with the open names of `values`, spaces single. Raises CannotRender."""
        state = tuple([bool(values[name]) if name in values else None for name in OPEN])
        known = self._skeletons.get(state)
        return (self._skeleton(state) if known is None else known) % values

    def _skeleton(self, state: State) -> Skeleton:
        """What the text is in this state, remembered: a kind of message knows a few of them."""
        opened = {
            name: _MARKS[name] if given else "" for name, given in zip(OPEN, state, strict=True) if given is not None
        }
        values: Values = dict(self._fixed) | opened
        text = fill(self._template, values, self._kind, Channel.SMS, self._language)
        self._skeletons[state] = skeleton(" ".join(text.split()))
        return self._skeletons[state]


def wording_of(template: Template, values: Values, kind: Kind, language: Language) -> Wording:
    """The wording for what `values` say besides open names: one and the same object for all messages that agree in it."""
    return _wording(template, kind, language, tuple([item for item in values.items() if item[0] not in _MARKS]))


_wording = lru_cache(maxsize=4096)(Wording)
