"""Names of people as files write them.

A heading that says the order decides ("Nazwisko i imię"). In a column that does not ("Pacjent") the family name comes
first where a comma follows it, where it alone stands in capitals, where only the last word is a usual given name, or
where only the first ends as family names do (-ska, -cki, -wicz); otherwise the given name comes first. `name_key` does
not depend on the order, so that the same person is found anyway.
"""

import re
import unicodedata

from myosotis.intake.given_names import GIVEN_NAMES

SPACES = re.compile(r"\s+")
LOOSE_HYPHEN = re.compile(r"\s*[-\u2010-\u2015]\s*")
NOT_ALPHANUMERIC = re.compile(r"[^0-9a-z]+")
FAMILY_ENDING = re.compile(r"(?:sk|ck|dzk)[iay]$|wicz(?:owa|owna)?$")
LETTERS = re.compile(r"[^\W\d_]+")
SHORTEST_SHOUTED = 3
"""Shorter names in capitals may be initials: "JP"."""
POLISH = str.maketrans("ąćęłńóśźż", "acelnoszz")
UNDIVIDED = str.maketrans({"ł": "l", "ß": "ss", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"})
"""Letters that Unicode does not take apart."""


def fold(text: str) -> str:
    """Lower-case text without accents: "Żółć" becomes "zolc"."""
    lower = text.casefold().translate(POLISH)
    if lower.isascii():
        return lower
    apart = unicodedata.normalize("NFKD", lower)
    return "".join(c for c in apart if not unicodedata.combining(c)).translate(UNDIVIDED)


def name_key(name: str) -> str:
    """What two spellings of a name have in common: its words folded and sorted, e.g. "anna kowalska"."""
    return " ".join(sorted(NOT_ALPHANUMERIC.sub(" ", fold(name)).split()))


def tidy(name: str) -> str:
    """A name with single spaces and closed hyphens: "Nowak - Kowalska" becomes "Nowak-Kowalska"."""
    return LOOSE_HYPHEN.sub("-", SPACES.sub(" ", name)).strip(" ,;-")


def not_shouted(name: str) -> str:
    """A name that a program wrote in capitals as people write it: "NOWAK-OKOŃ" becomes "Nowak-Okoń"."""
    if not name.isupper() or len(name) < SHORTEST_SHOUTED:
        return name
    return LETTERS.sub(lambda word: word.group().capitalize(), name)


def divide(name: str, *, family_first: bool = False) -> tuple[str, str]:
    """Given and family name of a name in one column; a single word is a family name."""
    before, comma, after = name.partition(",")
    if comma and tidy(after):
        return tidy(after), tidy(before)
    words = tidy(name).split(" ")
    if len(words) == 1:
        return "", words[0]
    if family_first or _family_leads(words):
        return " ".join(words[1:]), words[0]
    return " ".join(words[:-1]), words[-1]


def _family_leads(words: list[str]) -> bool:
    capitals = [_in_capitals(word) for word in words]
    if capitals[0] != capitals[-1]:
        return capitals[0]
    usual = [fold(word) in GIVEN_NAMES for word in words]
    if usual[0] != usual[-1]:
        return usual[-1]
    return FAMILY_ENDING.search(fold(words[0])) is not None and FAMILY_ENDING.search(fold(words[-1])) is None


def _in_capitals(word: str) -> bool:
    return len(word) > 1 and word.isupper()
