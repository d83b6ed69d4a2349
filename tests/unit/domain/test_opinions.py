"""What may be said of a visit, and what alone may keep it from being read (docs/rules.md 6)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.content.opinions import BROKEN, RULES, SECRECY
from myosotis.domain.opinions import (
    Decisions,
    OpinionRule,
    OpinionState,
    may_be_given,
    may_reject,
    state_of,
    took_place,
)
from myosotis.domain.values import utc
from myosotis.domain.words import Language, VisitStatus

END = utc(2027, 3, 10, 10)
GIVEN = utc(2027, 3, 11)


@pytest.mark.parametrize("status", [VisitStatus.BOOKED, VisitStatus.CONFIRMED, VisitStatus.DONE])
def test_of_a_visit_that_took_place_for_ninety_days(status: VisitStatus) -> None:
    assert not may_be_given(status, END, END - timedelta(seconds=1))
    assert may_be_given(status, END, END)
    assert may_be_given(status, END, END + timedelta(days=90) - timedelta(seconds=1))
    assert not may_be_given(status, END, END + timedelta(days=90))
    assert took_place(status, END, END + timedelta(days=90))


@pytest.mark.parametrize("status", [VisitStatus.CANCELLED, VisitStatus.NO_SHOW])
def test_of_no_visit_that_did_not(status: VisitStatus) -> None:
    assert not may_be_given(status, END, END + timedelta(hours=2))


@given(waited=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_silence_publishes_after_72_hours(waited: timedelta) -> None:
    shown = state_of(Decisions(given_at=GIVEN), GIVEN + waited) is OpinionState.SHOWN
    assert shown == (waited >= timedelta(hours=72))


@given(waited=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_a_decision_holds_whatever_time_passes(waited: timedelta) -> None:
    now, at = GIVEN + waited, GIVEN
    assert state_of(Decisions(given_at=GIVEN, published_at=at), now) is OpinionState.SHOWN
    assert state_of(Decisions(given_at=GIVEN, rejected_at=at), now) is OpinionState.REJECTED
    for published, rejected in ((None, None), (at, None), (None, at)):
        taken_back = Decisions(given_at=GIVEN, published_at=published, rejected_at=rejected, withdrawn_at=at)
        assert state_of(taken_back, now) is OpinionState.WITHDRAWN


@pytest.mark.parametrize("rule", OpinionRule)
def test_few_stars_without_words_break_no_rule(rule: OpinionRule) -> None:
    assert not may_reject(rule, held=True, has_words=False)


def test_who_was_here_was_here() -> None:
    assert not may_reject(OpinionRule.NO_VISIT, held=True, has_words=True)
    assert may_reject(OpinionRule.NO_VISIT, held=False, has_words=False)
    assert may_reject(OpinionRule.INSULT, held=True, has_words=True)


@pytest.mark.parametrize("language", Language)
def test_every_rule_is_stated_and_named_in_both_languages(language: Language) -> None:
    for words in (RULES, BROKEN):
        said = [words[rule][language] for rule in OpinionRule]
        assert all(said)
        assert len(set(said)) == len(OpinionRule)
    assert SECRECY[language]
