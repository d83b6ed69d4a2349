"""Doctors and places as texts name them, and how names are shortened to save an SMS part."""

from functools import lru_cache

from myosotis.content.context import AddressText, DoctorText
from myosotis.value_class import value_class

NEUTRAL_TITLES = frozenset(
    ["dr", "hab.", "n.", "med.", "prof.", "lek.", "mgr", "inż.", "doc.", "o", "zdr.", "doktor", "profesor", "md", "phd"]
)
"""Words of a title that tell nothing of the specialty; "lek. dent." or "mgr psychologii" would."""
NEUTRAL_WORDS = frozenset([title.rstrip(".") for title in NEUTRAL_TITLES])

SURNAME_KEPT = 20
"""Characters of a surname that even the shortest form keeps."""


def one_line(text: str) -> str:
    """The text without line breaks, control characters and doubled spaces: fit for a header or an SMS."""
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())


def many_lines(text: str) -> str:
    """The text without control characters other than line breaks, which it neither begins nor ends with."""
    return "\n".join([one_line(line) for line in text.strip().splitlines()]).strip("\n")


def neutral_title(title: str) -> str:
    """The leading part of a title that betrays no specialty (docs/rules.md 3: SMS, push, subject and .ics)."""
    kept = []
    for word in title.split():
        if word.lower().rstrip(".") not in NEUTRAL_WORDS:
            break
        kept.append(word)
    while kept and kept[-1] in ("n.", "o"):
        kept.pop()
    return " ".join(kept)


def with_title(doctor: DoctorText) -> str:
    """Title and name, as the e-mail's body says them."""
    return one_line(f"{doctor.title} {doctor.name}")


@lru_cache(maxsize=4096)
def neutral_name(doctor: DoctorText) -> str:
    """Title and name for SMS and .ics."""
    return one_line(f"{neutral_title(doctor.title)} {doctor.name}")


def initials(name: str) -> str:
    """A. Brzęczyszczykiewicz: given names to their first letter."""
    *given, surname = one_line(name).split() or [""]
    return " ".join([f"{word[0]}." for word in given[:1]] + [surname])


def clipped(name: str) -> str:
    """The shortest form: initial, and of a double or very long surname the beginning."""
    initial, _, surname = initials(name).rpartition(" ")
    if len(surname) > SURNAME_KEPT:
        surname = surname.partition("-")[0][:SURNAME_KEPT]
    return f"{initial} {surname}".strip()


def street_and_city(address: AddressText) -> str:
    return ", ".join(filter(None, (one_line(address.street), one_line(address.city))))


SmsNames = dict[str, str]
"""How one try of an SMS names `doctor`, `place` and the guardian's `patient`."""


@value_class(kw_only=False, eq=False)
class SmsForms:
    """The forms of some names from full to shortest, each with the characters that it saves against the full ones."""

    tries: tuple[tuple[SmsNames, int], ...]


@lru_cache(maxsize=4096)
def sms_names(doctor: DoctorText, address: AddressText, patient: str, keep_place: bool) -> SmsForms:
    """The forms of these names; of the same names the same object.

    The title goes first, then the city, the doctor's given names, the patient, the street: a guardian of two children
    must know whose visit it is, and finds the doctor by the surname. With `keep_place` (the place is what changed)
    street and city stay.
    """
    full, bare, street = neutral_name(doctor), one_line(doctor.name), one_line(address.street)
    place = street_and_city(address)
    short, none = (place, place) if keep_place else (street, "")
    forms = (
        (full, place, patient),
        (bare, place, patient),
        (bare, short, patient),
        (initials(bare), short, patient),
        (clipped(bare), short, patient),
        (bare, short, ""),
        (initials(bare), short, ""),
        (clipped(bare), short, ""),
        (initials(bare), none, patient),
        (clipped(bare), none, patient),
        (initials(bare), none, ""),
        (clipped(bare), none, ""),
    )
    longest = sum(map(len, forms[0]))
    return SmsForms(
        tuple(
            (dict(zip(("doctor", "place", "patient"), form, strict=True)), longest - sum(map(len, form)))
            for form in dict.fromkeys(forms)
        )
    )
