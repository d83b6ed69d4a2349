"""Names that the texts of e-mails only show, or leave out with what belongs to them, and the marks that hold their places.

A text may ask whether such a name is empty, but never what it says (`tests/unit/content` holds the texts to it).
"""

from typing import Final, NamedTuple

OPEN: Final = frozenset({
    "practice", "privacy_text", "privacy_url", "patient", "doctor", "specialty", "service", "preparation", "place_name",
    "street", "city", "place", "directions", "map_url", "phone", "phone_link", "date", "on_date", "date_short", "date_shorter",
    "clock", "cancel_reason", "old_date", "old_date_shorter", "old_clock", "old_doctor", "old_place", "offer_date",
    "offer_date_short", "offer_date_shorter", "offer_clock", "link", "read_link", "unsubscribe_link", "image_link",
    "staff_name", "notice_subject", "notice",
})  # fmt: skip


class Slot(NamedTuple):
    """The place of a name."""

    name: str
    in_lines: bool = False
    """In HTML: its line breaks are kept."""


_FIRST, _FIRST_IN_LINES = 0xE000, 0xE800
MARKS: Final = {name: chr(_FIRST + number) for number, name in enumerate(sorted(OPEN))}
"""Characters for private use: cleaned away from whatever people typed."""
IN_LINES: Final = {mark: chr(_FIRST_IN_LINES + number) for number, mark in enumerate(MARKS.values())}
"""What becomes of a mark where line breaks are kept."""
SLOTS: Final = {mark: Slot(name) for name, mark in MARKS.items()} | {
    IN_LINES[mark]: Slot(name, in_lines=True) for name, mark in MARKS.items()
}
