"""Looking for patients by anything that staff know of them: parts of names, numbers, addresses, in any order.

Polish letters, case and the formatting of numbers do not matter. What is looked through is `Patient.search_key`.
"""

import re
from typing import Final

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from myosotis.store.models import Patient, Practice
from myosotis.store.name_keys import search_key

LONGEST: Final = 200
"""More than anybody types to find somebody; the rest is not looked at."""
_OF_NUMBER: Final = re.compile(r"[0-9+()./\-\u2010-\u2015]+")
_NO_DIGIT: Final = re.compile(r"[^0-9]")
_NATIONAL: Final = 10
"""A Polish number with the zero that was once dialled before it."""


def living_cards(practice: Practice) -> "QuerySet[Patient]":
    """Cards that are somebody's: neither erased nor merged into another."""
    return practice.patients.filter(erased_at=None)


def matching(patients: "QuerySet[Patient]", text: str) -> "QuerySet[Patient]":
    """Those of `patients` in whose card all of `text` is found."""
    for words in _parts(text):
        found = Q()
        for word in words:
            found |= Q(search_key__contains=word)
        patients = patients.filter(found)
    return patients


def ranked(patients: "QuerySet[Patient]", text: str) -> "QuerySet[Patient]":
    """`matching`, those first whose name begins so, then those of whom any word does; alike ones by the alphabet."""
    phrase = search_key(text[:LONGEST])
    begins = Q(search_key__startswith=phrase) | Q(search_key__contains=f" {phrase}")
    beginnings = Q()
    for words in _parts(text):
        beginnings &= Q(search_key__startswith=words[0]) | Q(search_key__contains=f" {words[0]}")
    rank = Case(When(begins, then=Value(0)), When(beginnings, then=Value(1)), default=2, output_field=IntegerField())
    return matching(patients, text).order_by(rank, "sort_key", "id")


def _parts(text: str) -> list[tuple[str, ...]]:
    """What has to be found, each in one of several spellings; "600-123 456" is one number, or what it looks like."""
    parts: list[tuple[str, ...]] = []
    number: list[str] = []
    for word in [*search_key(text[:LONGEST]).split(), ""]:
        if word and _OF_NUMBER.fullmatch(word):
            number.append(word)
            continue
        if number:
            parts.append(_spellings(number))
            number = []
        if word:
            parts.append((word,))
    return parts


def _spellings(number: list[str]) -> tuple[str, ...]:
    """The digits as a card has them, and as they were typed, which may be how an external id is written."""
    typed = " ".join(number)
    digits = _NO_DIGIT.sub("", typed)
    if digits.startswith("00"):
        digits = digits[2:]
    elif digits.startswith("0") and len(digits) == _NATIONAL:
        digits = digits[1:]
    return tuple(dict.fromkeys(word for word in (digits, typed) if word))
