"""`myosotis explain`: the timeline with reasons, and nobody's name or address."""

from datetime import timedelta

import pytest

from myosotis.domain.words import VisitStatus
from myosotis.ops.explain import STATUSES, find, lines
from tests.db.make import NOW, Scene, book


@pytest.mark.parametrize(
    ("language", "words", "status"), [("pl", "mniej niż 36 h", "zarezerwowana"), ("en", "less than 36 h", "booked")]
)
def test_it_says_why_in_both_languages_and_names_nobody(scene: Scene, language: str, words: str, status: str) -> None:
    visit = book(scene.calendar, scene.patient, NOW + timedelta(hours=10))
    said = "\n".join(lines(visit, language, history=True))
    assert words in said
    assert f"({status}, " in said
    patient = scene.patient
    for secret in (patient.last_name, patient.email, patient.phone, patient.phone.removeprefix("+48")):
        assert secret not in said


def test_a_visit_is_found_by_each_of_its_names(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient, external_id="w-17")
    for name in (str(visit.pk), "w-17", str(visit.uuid), f"{visit.uuid}@gabinet.pl"):
        assert [found.pk for found in find(name)] == [visit.pk]
    assert find("nothing") == []
    assert find("9" * 30) == []


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_status_of_a_visit_has_its_word(language: str) -> None:
    assert set(STATUSES[language]) == set(VisitStatus)
