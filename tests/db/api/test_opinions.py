"""Opinions through the API: staff decide by the stated rules, and answer (docs/rules.md 6)."""

import pytest

from myosotis.flows import opinion_given
from myosotis.flows.api_access import Scope
from myosotis.store.models import Opinion
from tests.db.api.conftest import NOW, Caller, caller_of
from tests.db.make import Scene, book, hours, make_patient, make_practice


@pytest.fixture
def opinion(scene: Scene) -> Opinion:
    return give(scene, "Bardzo pomocna wizyta.", 2)


def give(scene: Scene, text: str, hours_ago: float) -> Opinion:
    patient = make_patient(scene.practice)
    visit = book(scene.calendar, patient, NOW - hours(200), now=NOW - hours(300))
    return opinion_given.give(
        practice=scene.practice,
        visit_id=visit.pk,
        patient_id=patient.pk,
        stars=4,
        text=text,
        now=NOW - hours(hours_ago),
    )


def test_they_are_listed_by_how_they_stand_and_by_doctor(call: Caller, scene: Scene, opinion: Opinion) -> None:
    old = give(scene, "", 72)

    def ids(query: str) -> list[int]:
        return [item["id"] for item in call.get(f"opinions?{query}").json()["items"]]

    assert ids("") == [opinion.pk, old.pk]
    assert ids("state=waiting") == [opinion.pk]
    assert ids("state=shown") == [old.pk]
    assert ids("state=rejected") == []
    assert ids(f"doctor_id={scene.calendar.doctor_id}") == [opinion.pk, old.pk]
    assert ids(f"doctor_id={scene.calendar.doctor_id + 1}") == []
    (first, second) = call.get("opinions").json()["items"]
    assert (first["stars"], first["text"], first["state"], first["author"]) == (
        4,
        "Bardzo pomocna wizyta.",
        "waiting",
        "",
    )
    assert (second["state"], second["published_at"]) == ("shown", None)


def test_published_rejected_by_a_rule_and_answered(call: Caller, opinion: Opinion) -> None:
    path = f"opinions/{opinion.pk}"
    assert call.post(f"{path}/publish").json()["state"] == "shown"
    rejected = call.post(f"{path}/reject", {"rule": "insult"}).json()
    assert (rejected["state"], rejected["rejected_because"], rejected["published_at"]) == ("rejected", "insult", None)
    assert call.post(f"{path}/publish").json()["rejected_because"] is None
    answered = call.post(f"{path}/answer", {"text": " Dziękujemy.\r\nZapraszamy. "}).json()
    assert (answered["answer"], answered["answered_at"]) == ("Dziękujemy.\nZapraszamy.", "2027-03-22T09:00:00Z")


@pytest.mark.parametrize("body", [{}, {"rule": "bad_for_business"}, {"rule": ""}, {"rule": "insult", "why": "x"}])
def test_without_a_stated_rule_nothing_is_kept_back(call: Caller, opinion: Opinion, body: dict[str, str]) -> None:
    assert call.post(f"opinions/{opinion.pk}/reject", body).status_code == 422
    assert call.get("opinions").json()["items"][0]["state"] == "waiting"


def test_nor_by_a_rule_that_it_cannot_break(call: Caller, scene: Scene, opinion: Opinion) -> None:
    stars = give(scene, "", 1)
    for refused, rule in ((opinion, "no_visit"), (stars, "insult")):
        answer = call.post(f"opinions/{refused.pk}/reject", {"rule": rule})
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:myosotis:problem:rule_cannot_be_broken")


def test_of_another_practice_there_are_none(opinion: Opinion, frozen: object) -> None:
    del frozen
    other = caller_of(make_practice())
    assert other.get("opinions").json()["items"] == []
    for action, body in (("publish", {}), ("reject", {"rule": "insult"}), ("answer", {"text": "x"})):
        assert other.post(f"opinions/{opinion.pk}/{action}", body).status_code == 404


def test_deciding_takes_the_scope_of_writing(scene: Scene, opinion: Opinion, frozen: object) -> None:
    del frozen
    reader = caller_of(scene.practice, Scope.VISITS_READ)
    assert reader.get("opinions").status_code == 200
    for action, body in (("publish", {}), ("reject", {"rule": "insult"}), ("answer", {"text": "x"})):
        assert reader.post(f"opinions/{opinion.pk}/{action}", body).status_code == 403
