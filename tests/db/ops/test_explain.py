"""`myosotis explain`: the timeline with reasons, and nobody's name or address."""

from datetime import timedelta

import pytest

from myosotis.domain.words import VisitStatus
from myosotis.ops.explain import STATUSES, find, lines
from tests.db.make import NOW, Scene, book, make_patient
from tests.db.offers import MONDAY, WEDNESDAY, offered


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


def test_it_tells_of_offers_of_the_time_that_was_left_and_why_somebody_was_passed_over(scene: Scene) -> None:
    wanting = book(scene.calendar, make_patient(scene.practice, no_offer=True), WEDNESDAY)
    freed = book(scene.calendar, scene.patient, MONDAY)
    offer = offered(freed)
    assert f"Propozycja wolnego terminu {offer.pk}, pon. 08.03.2027, 08:00: zamknięto: nie ma komu" in "\n".join(
        lines(freed, "pl")
    )
    told = "\n".join(lines(wanting, "en", history=True))
    assert "passed over: does not want offers of earlier times" in told
    assert "a time became free" in told
    assert scene.patient.last_name not in told
