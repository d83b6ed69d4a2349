"""SMS characters and parts: GSM 03.38 (7 bit) and UCS-2, and writing Polish letters without their marks.

A part holds 160 GSM-7 characters, or 153 when there are several; 70 UCS-2 units, or 67. A character of the extension
table takes two and an escape pair or a surrogate pair is never cut, so a part may stay one short.
"""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache


class Encoding(StrEnum):
    GSM7 = "gsm7"
    UCS2 = "ucs2"


BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("^{}\\[~]|€\f")
ALL = BASIC | EXTENSION
NOT_PLAIN = re.compile(r"[^ -Z_a-z\n\r]")
"""Anything but the letters, digits and signs that ASCII and the basic table share: what most texts hold alone."""

OUTSIDE = re.compile(f"[^{re.escape(''.join(sorted(ALL)))}]")
"""What no message in GSM-7 can hold."""
_OUTSIDE_EACH = re.compile(f"({OUTSIDE.pattern})")

ONE_PART = {Encoding.GSM7: 160, Encoding.UCS2: 70}
MANY_PARTS = {Encoding.GSM7: 153, Encoding.UCS2: 67}

EXPLICIT = {
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "Ð": "D",
    "þ": "th",
    "Þ": "Th",
    "œ": "oe",
    "Œ": "OE",
    "ı": "i",
    "„": '"',
    "”": '"',
    "“": '"',
    "‟": '"',
    "«": '"',
    "»": '"',
    "″": '"',
    "‘": "'",
    "’": "'",
    "‚": "'",
    "‛": "'",
    "′": "'",
    "`": "'",
    "´": "'",
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "–": "-",
    "—": "-",
    "―": "-",
    "−": "-",
    "…": "...",
    "•": "-",
    "·": "-",
    "№": "nr ",
    "×": "x",
    "\t": " ",
}
"""What decomposition does not reach; spaces of every kind (NBSP among them) become a plain one besides."""


def encoding_of(text: str) -> Encoding:
    """GSM-7 if every character is in its alphabet, else UCS-2 for the whole message."""
    return Encoding.GSM7 if OUTSIDE.search(text) is None else Encoding.UCS2


def foreign(text: str) -> str:
    """The distinct characters that force UCS-2, in the order of their coming."""
    return "".join(dict.fromkeys(character for character in text if character not in ALL))


def length_of(text: str, encoding: Encoding) -> int:
    """In septets (GSM-7) or UTF-16 units (UCS-2)."""
    if encoding is Encoding.GSM7:
        if NOT_PLAIN.search(text) is None:
            return len(text)
        return len(text) + sum(found in EXTENSION for found in NOT_PLAIN.findall(text))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parts_of(text: str, encoding: Encoding, length: int) -> int:
    """How many parts it takes; an empty text takes one."""
    if length <= ONE_PART[encoding]:
        return 1
    limit = MANY_PARTS[encoding]
    if length == len(text):
        return -(-length // limit)
    parts, room = 1, limit
    for character in text:
        width = width_of(character, encoding)
        if width > room:
            parts, room = parts + 1, limit
        room -= width
    return parts


def width_of(character: str, encoding: Encoding) -> int:
    """What one character takes: 1, or 2 for an escape or surrogate pair."""
    if encoding is Encoding.GSM7:
        return 2 if character in EXTENSION else 1
    return 2 if character >= "\U00010000" else 1


def to_gsm7(text: str) -> str:
    """The text in GSM-7 alone: marks taken off, the rest by `EXPLICIT`; what has no likeness becomes "?"."""
    composed = text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
    pieces = _OUTSIDE_EACH.split(composed)  # a replacement by a function would call it for each letter
    pieces[1::2] = map(likeness, pieces[1::2])
    return "".join(pieces)


@lru_cache(maxsize=4096)
def likeness(character: str) -> str:
    """What stands for one character in GSM-7: itself, its base letter, "?" if nothing does, "" if it is no letter."""
    if character in ALL:
        return character
    if character in EXPLICIT:
        return EXPLICIT[character]
    if character.isspace():
        return " "
    bare = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    written = "".join(part if part in ALL else EXPLICIT.get(part, "") for part in bare)
    if written:
        return written
    return "" if unicodedata.category(character)[0] in "MCS" and unicodedata.category(character) != "So" else "?"


def replaced(text: str) -> tuple[str, str]:
    """The distinct characters that `to_gsm7` writes otherwise, and those that it loses."""
    strange = foreign(unicodedata.normalize("NFC", text))
    lost = "".join(character for character in strange if likeness(character) in ("", "?"))
    return "".join(character for character in strange if character not in lost), lost
