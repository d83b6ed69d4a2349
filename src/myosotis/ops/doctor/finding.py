"""What a check finds."""

from enum import StrEnum

from myosotis.value_class import value_class


class Grade(StrEnum):
    GOOD = "ok"
    NOTE = "note"
    """Works, with a limit that one should know."""
    BAD = "BAD"
    """Patients would miss messages, or nothing would work."""


@value_class(kw_only=False)
class Finding:
    """One line of the doctor: what was looked at, what was found, and what to do. No patient data, no secret."""

    grade: Grade
    about: str
    found: str
    advice: str = ""


def good(about: str, found: str) -> Finding:
    return Finding(Grade.GOOD, about, found)


def note(about: str, found: str, advice: str) -> Finding:
    return Finding(Grade.NOTE, about, found, advice)


def bad(about: str, found: str, advice: str) -> Finding:
    return Finding(Grade.BAD, about, found, advice)
