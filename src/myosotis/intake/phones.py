"""Telephone numbers: the one check by which every door (files, API, panel) takes or refuses a number."""

import re
from collections.abc import Iterator

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from myosotis.intake.problems import Code, ValueRefusedError
from myosotis.value_class import value_class

PHONE_EXAMPLES = ("601 234 567", "+48 601 234 567", "12 345 67 89")
REACHED_BY_SMS = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
"""In some countries (the USA) a number does not tell whether it is mobile: SMS is then tried."""
LONGEST = 40
"""More characters than any way of writing one number; the parser is not fed with essays."""
ODD_CHARACTERS = re.compile(r"[^0-9+()\s./\-\u2010-\u2015]")
LABEL = re.compile(r"^\s*(?:tel|kom|mob|telefon|phone|mobile)[.:\s]+", re.IGNORECASE)
SEVERAL = re.compile(r"\s*(?:[;,|]|\blub\b|\bor\b|\s/\s)\s*", re.IGNORECASE)
MONTHS, DAYS = range(1, 13), range(1, 32)
PESEL_WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)


@value_class
class Phone:
    """A valid number as E.164, and whether SMS can reach it."""

    e164: str
    is_mobile: bool


def parse_phone(text: str, region: str = "PL") -> Phone:
    """One number as people write it; numbers without a country code belong to `region`.

    A number of no known sort is no valid number. Raises ValueRefusedError (PHONE_WRONG).
    """
    written = LABEL.sub("", text)
    if len(written) > LONGEST or ODD_CHARACTERS.search(written):
        raise ValueRefusedError(Code.PHONE_WRONG, PHONE_EXAMPLES)
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException as error:
        raise ValueRefusedError(Code.PHONE_WRONG, PHONE_EXAMPLES) from error
    sort = phonenumbers.number_type(number)
    if sort == PhoneNumberType.UNKNOWN:
        raise ValueRefusedError(Code.PHONE_WRONG, PHONE_EXAMPLES)
    return Phone(e164=_e164(number), is_mobile=sort in REACHED_BY_SMS)


def parse_phones(text: str, region: str = "PL") -> tuple[Phone, ...]:
    """The numbers of a cell that may hold several ("601 234 567, 12 345 67 89"); ValueRefusedError if any is wrong."""
    return tuple(parse_phone(part, region) for part in SEVERAL.split(text) if part.strip())


def preferred(phones: tuple[Phone, ...]) -> Phone | None:
    """The number for the card: the first that SMS can reach, else the first."""
    return next((phone for phone in phones if phone.is_mobile), phones[0] if phones else None)


def find_phones(text: str, region: str = "PL") -> tuple[str, ...]:
    """The valid numbers (E.164) that a free text mentions, each once; a PESEL is not taken for one."""
    return tuple(dict.fromkeys(_found(text, region)))


def _found(text: str, region: str) -> Iterator[str]:
    for match in phonenumbers.PhoneNumberMatcher(text, region):
        if not _is_pesel(match.raw_string):
            yield _e164(match.number)


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _is_pesel(written: str) -> bool:
    """Whether eleven digits are a national number: those of 1948 would pass for numbers with the prefix 48."""
    if not re.fullmatch(r"[0-9]{11}", written):
        return False
    # The century is added to the month: 20 for the years from 2000, 80 for those before 1900.
    month, day = int(written[2:4]) % 20, int(written[4:6])
    checked = sum(weight * int(digit) for weight, digit in zip(PESEL_WEIGHTS, written, strict=True))
    return checked % 10 == 0 and month in MONTHS and day in DAYS
