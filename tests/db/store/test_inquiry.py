"""Inquiries: several side by side take as many trips as the longest of them alone, and each gets its own answers."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from myosotis.store.inquiry import Inquiry, at_once, learn
from myosotis.store.models import Practice
from myosotis.store.question import Question
from tests.db.make import make_practice

pytestmark = pytest.mark.django_db

NAMES = Question(lambda ids: Practice.objects.filter(id__in=[ids]).order_by("id").values_list("name"))


def _named(ids: list[int], *more: list[int]) -> Inquiry[list[str]]:
    """The names of some, then of others, question by question."""
    found: list[str] = []
    for asked in (ids, *more):
        [rows] = yield [NAMES.of(asked)]
        found += [name for (name,) in rows]
    return found


def _known() -> Inquiry[str]:
    """Asks nothing."""
    yield from ()
    return "known"


def test_each_gets_its_own_answers_whichever_ends_first() -> None:
    one, other = make_practice("One").pk, make_practice("Other").pk
    with CaptureQueriesContext(connection) as trips:
        found = learn(at_once(_named([one], [other], [one, other]), _known(), _named([other]), _named([], [one])))
    assert found == (["One", "Other", "One", "Other"], "known", ["Other"], ["One"])
    assert len(trips) == (3 if connection.vendor == "postgresql" else 6)


def test_one_within_another() -> None:
    one = make_practice("One").pk

    def both() -> Inquiry[tuple[list[str], list[str]]]:
        return (yield from at_once(_named([one]), _named([one, one])))

    assert learn(at_once(both(), _named([one]))) == ((["One"], ["One"]), ["One"])
