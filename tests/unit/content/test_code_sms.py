"""The SMS with a code, as the patient and their browser read it."""

from dataclasses import replace
from typing import Any

import pytest

from myosotis.content.context import CODE_PLACEHOLDER, MessageContext, without_secrets
from myosotis.content.render import render_sms
from myosotis.content.samples import sample
from myosotis.domain.words import Kind, SmsLetters

HOST = "wizyty.example.pl"


def code_sms(language: str = "pl", **given: Any) -> MessageContext:
    return replace(sample(Kind.CODE, language), **given)


@pytest.mark.parametrize(
    ("language", "purpose", "said"),
    [
        ("pl", "booking", "Kod do umówienia wizyty: 471203. Ważny 10 min. Prosimy nikomu go nie podawać."),
        ("pl", "join", "Kod do aplikacji: 471203. Ważny 10 min. Prosimy nikomu go nie podawać."),
        ("en", "booking", "Code to book your visit: 471203. Valid for 10 min. Please do not give it to anybody."),
        ("en", "join", "Code for the app: 471203. Valid for 10 min. Please do not give it to anybody."),
    ],
)
def test_it_says_what_the_code_is_for(language: str, purpose: str, said: str) -> None:
    assert render_sms(code_sms(language, code_purpose=purpose), letters=SmsLetters.KEEP).as_worded == said


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("purpose", ["booking", "join"])
def test_its_last_line_is_for_the_browser_and_costs_no_second_part(language: str, purpose: str) -> None:
    rendered = render_sms(code_sms(language, code_purpose=purpose, code_host=HOST))
    assert rendered.text.splitlines()[-1] == f"@{HOST} #471203"
    assert rendered.parts == 1


def test_no_line_for_the_browser_where_it_would_cost_a_part() -> None:
    kept = render_sms(code_sms(code_purpose="join", code_host=HOST), letters=SmsLetters.KEEP)
    assert (kept.parts, "@" in kept.text) == (1, False)
    long_host = render_sms(code_sms(code_purpose="booking", code_host="a" * 100 + ".example.pl"))
    assert (long_host.parts, "@" in long_host.text) == (1, False)


def test_what_is_stored_of_it_holds_no_code() -> None:
    context = code_sms(code_purpose="booking", code_host=HOST)
    stored = without_secrets(render_sms(context).text, context)
    assert "471203" not in stored
    assert stored.count(CODE_PLACEHOLDER) == 2
