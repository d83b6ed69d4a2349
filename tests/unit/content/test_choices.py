"""Asking by SMS which of several is meant: short, neutral, and everybody known by their first name."""

from dataclasses import replace

import pytest

from myosotis.content.context import ChoiceText, DoctorText
from myosotis.content.gsm import Encoding
from myosotis.content.render import render_sms
from myosotis.content.samples import LONGEST_DOCTOR, sample
from myosotis.domain.sms_words import SmsWord, recognise
from myosotis.domain.values import utc
from myosotis.domain.words import Answer, Kind, Language

DOCTOR = DoctorText(title="lek. dent.", name="Anna Kowalska", specialty="psychiatria", sensitive=True)
VISIT = ChoiceText(code=1, start=utc(2027, 3, 29, 8), doctor=DOCTOR)
OFFER = ChoiceText(code=2, start=utc(2027, 3, 27, 7), doctor=DOCTOR, earlier_time=True)


def asked(*choices: ChoiceText, language: Language = Language.PL, said: SmsWord = SmsWord.NO) -> str:
    context = replace(sample(Kind.ANSWER, language), answer=Answer.WHICH, choices=choices, said=said)
    return render_sms(context).text


def test_it_names_the_word_and_each_choice_with_its_code() -> None:
    assert asked(VISIT, OFFER) == (
        "Czego dotyczy odpowiedz NIE? Prosimy odpisac numer: 1: pon. 29.03 10:00 A. Kowalska, "
        "2: wczesniejszy termin sob. 27.03 08:00 A. Kowalska"
    )
    assert asked(VISIT, OFFER, language=Language.EN, said=SmsWord.YES) == (
        "What does your YES refer to? Please reply with its number: 1: Mon 29 Mar 10:00 A. Kowalska, "
        "2: earlier time Sat 27 Mar 08:00 A. Kowalska"
    )


def test_in_a_household_the_first_name_says_whose_it_is() -> None:
    said = asked(replace(VISIT, patient="Zofia Nowak"), replace(VISIT, code=2, patient="Jan Nowak"))
    assert "1: pon. 29.03 10:00 Zofia A. Kowalska, 2: pon. 29.03 10:00 Jan A. Kowalska" in said
    assert "Nowak" not in said


@pytest.mark.parametrize("language", Language)
def test_two_with_the_longest_names_take_two_parts_at_most_and_plain_letters(language: Language) -> None:
    long = [replace(VISIT, doctor=LONGEST_DOCTOR, patient="Świętosława", code=code) for code in (1, 2)]
    rendered = render_sms(
        replace(sample(Kind.ANSWER, language), answer=Answer.WHICH, choices=tuple(long), said=SmsWord.YES)
    )
    assert (rendered.parts <= 2, rendered.encoding) == (True, Encoding.GSM7)


def test_nothing_of_the_specialty() -> None:
    assert "dent" not in asked(VISIT, OFFER).lower()
    assert "psych" not in asked(VISIT, OFFER).lower()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("said", [SmsWord.YES, SmsWord.NO])
def test_the_word_and_the_numbers_are_those_that_are_understood(language: Language, said: SmsWord) -> None:
    text = asked(VISIT, OFFER, language=language, said=said)
    word = next(word for word in text.replace("?", " ").split() if word.isupper() and len(word) > 1)
    assert recognise(word).word is said
    assert recognise(f"{word} 2").code == OFFER.code
