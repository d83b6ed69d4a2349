"""The texts of an e-mail, filled in once for all mails that differ in names, times and links alone (as `skeleton` does with SMS).

What comes out are pieces: the text between the names is the very same string each time, so whoever encodes a mail can
remember what became of it.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple, cast

from markupsafe import escape

from myosotis.content.email_frame import EMPTY_LINES, email_templates, lines
from myosotis.content.open_names import MARKS, OPEN, SLOTS, Slot
from myosotis.content.rendered import Pieces
from myosotis.content.texts import Values, fill
from myosotis.domain.words import Channel, Kind, Language

_MARK: Final = re.compile(f"([{''.join(SLOTS)}])")
_TO_ESCAPE: Final = re.compile("[&<>'\"\n]")


class Skeleton(NamedTuple):
    """A text with its names still open."""

    pieces: Pieces
    """With nothing where a name stands."""
    slots: tuple[tuple[int, Slot], ...]
    """Which of the pieces are names."""


class Skeletons(NamedTuple):
    """The texts of one e-mail."""

    subject: Skeleton
    text: Skeleton
    html: Skeleton


def write_email(kind: Kind, language: Language, values: Values) -> tuple[str, Pieces, Pieces]:
    """Subject, plain text and HTML. Raises CannotRender with the missing name."""
    known = tuple([bool(value) if name in OPEN else value for name, value in values.items()])
    subject, text, html = _skeletons(kind, language, tuple(values), known)
    names = cast("dict[str, str]", values)
    return "".join(_with_plain(subject, names)), _with_plain(text, names), _with_html(html, names)


@lru_cache(maxsize=2048)
def _skeletons(kind: Kind, language: Language, names: tuple[str, ...], known: tuple[object, ...]) -> Skeletons:
    """What the texts are where so much is known: of an open name only whether it is empty."""
    values: Values = {
        name: (MARKS[name] if value else "") if name in OPEN else value
        for name, value in zip(names, known, strict=True)
    }
    templates = email_templates(kind, language)
    subject, text, html = (
        fill(template, values, kind, Channel.EMAIL, language)
        for template in (templates.subject, templates.text, templates.html)
    )
    return Skeletons(_cut(subject), _cut(EMPTY_LINES.sub("\n\n", text).strip() + "\n"), _cut(html))


def _cut(text: str) -> Skeleton:
    pieces = _MARK.split(text)
    slots = tuple((at, SLOTS[pieces[at]]) for at in range(1, len(pieces), 2))
    return Skeleton(tuple(piece if at % 2 == 0 else "" for at, piece in enumerate(pieces)), slots)


def _with_plain(skeleton: Skeleton, names: dict[str, str]) -> Pieces:
    pieces = list(skeleton.pieces)
    for at, slot in skeleton.slots:
        value = names[slot.name]
        pieces[at] = EMPTY_LINES.sub("\n\n", value) if "\n\n\n" in value else value
    return tuple(pieces)


def _with_html(skeleton: Skeleton, names: dict[str, str]) -> Pieces:
    pieces = list(skeleton.pieces)
    for at, slot in skeleton.slots:
        value = names[slot.name]
        if _TO_ESCAPE.search(value):  # most names are plain
            value = str(lines(value) if slot.in_lines else escape(value))
        pieces[at] = value
    return tuple(pieces)
