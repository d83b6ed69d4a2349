"""Every decision about an offer has its words, in both languages (docs/rules.md 4)."""

from dataclasses import replace
from enum import StrEnum
from typing import Any

import pytest

from myosotis.content import offer_words
from myosotis.content.render import render_sms
from myosotis.content.samples import PATIENT, longest, sample
from myosotis.domain.offering import NotOffered
from myosotis.domain.words import Kind, Language, OfferAnswer, OfferEnd, OfferStep, PassedOver

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


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("by_guardian", [True, False])
def test_the_sms_takes_one_part_and_names_the_child_to_a_guardian(language: str, by_guardian: bool) -> None:
    context = sample(Kind.OFFER, language, patient=replace(PATIENT, by_guardian=by_guardian))
    said = render_sms(context)
    assert said.parts == 1
    assert ("Zofia" in said.text) is by_guardian
    assert said.text.count("08:00") == said.text.count("10:00") == 1, "both times, the offered one first"
    assert said.text.index("08:00") < said.text.index("10:00")


def test_with_the_longest_names_one_part_is_still_enough() -> None:
    assert render_sms(longest(Kind.OFFER, "pl")).parts == 1
    assert render_sms(longest(Kind.OFFER, "en")).parts == 1
