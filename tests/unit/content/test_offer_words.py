"""Every decision about an offer has its words, in both languages (docs/rules.md 4)."""

from enum import StrEnum
from typing import Any

import pytest

from myosotis.content import offer_words
from myosotis.domain.words import Language, NotOffered, OfferAnswer, OfferEnd, OfferStep, PassedOver

TABLES: list[tuple[type[StrEnum], Any]] = [
    (OfferStep, offer_words.STEPS),
    (PassedOver, offer_words.PASSED_OVER),
    (OfferEnd, offer_words.ENDS),
    (OfferAnswer, offer_words.ANSWERS),
    (NotOffered, offer_words.NOT_OFFERED),
]


@pytest.mark.parametrize(("words", "table"), TABLES, ids=lambda value: getattr(value, "__name__", ""))
def test_each_has_words_in_both_languages(words: type[StrEnum], table: Any) -> None:
    assert set(table) == set(words)
    assert all(said.get(language) for said in table.values() for language in Language)


def test_as_staff_read_it() -> None:
    assert offer_words.step("passed_over", "other_offer", "pl") == "pominięto: ma inną otwartą propozycję"
    assert offer_words.step("closed", "stopped", "en") == "closed: stopped by staff"
    assert offer_words.step("withdrawn", "visit_moved", "pl") == "propozycja nieaktualna: wizyta przełożona"
    assert offer_words.candidate("", "declined", "pl") == "pacjent zrezygnował"
    assert offer_words.candidate("", "", "xx") == "zaproponowano"
    assert offer_words.state("", "en") == "open"
