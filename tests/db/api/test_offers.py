"""Offers of freed slots by the API: each decision with its reason, and the practice's own stop."""

from datetime import timedelta
from typing import Any

import pytest

from myosotis.flows.api_access import Scope
from myosotis.store.models import Offer, Visit
from tests.db.api.conftest import NOW, Caller, caller_of
from tests.db.make import Scene, book, hours, make_patient, make_practice
from tests.db.offers import offered, take

SLOT = NOW.replace(minute=0, second=0, microsecond=0) + timedelta(days=7)


@pytest.fixture
def visits(scene: Scene) -> list[Visit]:
    cards: tuple[dict[str, Any], ...] = ({}, {"no_offer": True}, {})
    return [
        book(scene.calendar, make_patient(scene.practice, **card), SLOT + hours(48 + number))
        for number, card in enumerate(cards)
    ]


@pytest.fixture
def offer(scene: Scene, visits: list[Visit]) -> Offer:
    return offered(book(scene.calendar, scene.patient, SLOT), NOW)


def test_who_was_asked_and_who_was_passed_over_in_words(call: Caller, offer: Offer, visits: list[Visit]) -> None:
    said = call.get(f"offers/{offer.pk}").json()
    assert [(one["visit_id"], one["explanation"]) for one in said["candidates"]] == [
        (visits[0].pk, "zaproponowano"),
        (visits[1].pk, "pominięto: nie chce propozycji wcześniejszych terminów"),
        (visits[2].pk, "zaproponowano"),
    ]
    assert [step["what"] for step in said["history"]] == ["opened", "asked", "passed_over", "asked"]
    assert said["explanation"] == "otwarta"
    english = call.get(f"offers/{offer.pk}?language=en").json()
    assert english["candidates"][1]["explanation"] == "passed over: does not want offers of earlier times"


def test_cause_and_consequences(call: Caller, offer: Offer, visits: list[Visit]) -> None:
    following = take(offer, visits[0], NOW).next_offer
    assert following is not None
    first, second = call.get(f"offers/{offer.pk}").json(), call.get(f"offers/{following.pk}").json()
    assert (first["consequences"], second["cause"], second["depth"]) == ([following.pk], offer.pk, 2)
    assert first["candidates"][0]["explanation"] == "pacjent wziął termin"
    assert first["explanation"] == "zamknięto: termin wziął jeden z zapytanych pacjentów"


def test_lists_by_calendar_and_by_whether_they_are_open(
    call: Caller, scene: Scene, offer: Offer, visits: list[Visit]
) -> None:
    assert [row["id"] for row in call.get("offers").json()["items"]] == [offer.pk]
    assert [row["id"] for row in call.get(f"offers?open=true&calendar_id={scene.calendar.pk}").json()["items"]] == [
        offer.pk
    ]
    assert call.get("offers?open=false").json()["items"] == []
    assert call.get("offers?calendar_id=999999").json()["items"] == []


def test_staff_stop_it_and_a_second_time_changes_nothing(call: Caller, offer: Offer) -> None:
    answers = [call.post(f"offers/{offer.pk}/stop", {}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    said = answers[1].json()
    assert said["explanation"] == "zamknięto: zatrzymana przez personel"
    assert [step["what"] for step in said["history"]].count("closed") == 1


def test_what_is_over_cannot_be_stopped(call: Caller, offer: Offer, visits: list[Visit]) -> None:
    take(offer, visits[0], NOW)
    answer = call.post(f"offers/{offer.pk}/stop", {})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:myosotis:problem:offer_closed")


def test_the_offers_of_a_visit_and_its_messages(call: Caller, offer: Offer, visits: list[Visit]) -> None:
    for visit_id in (offer.freed_by_id, visits[0].pk, visits[1].pk):
        assert [row["id"] for row in call.get(f"visits/{visit_id}/offers").json()] == [offer.pk]
    told = call.get(f"visits/{visits[0].pk}/messages").json()
    assert {(row["channel"], row["status"]) for row in told if row["kind"] == "offer"} == {
        ("email", "planned"),
        ("sms", "planned"),
    }


@pytest.mark.parametrize(
    "path", ["offers/0", "offers/x", "offers?open=maybe", "offers?calendar_id=-1", "offers?cursor=%21"]
)
def test_bad_input_is_named(call: Caller, offer: Offer, path: str) -> None:
    assert call.get(path).status_code == 422


def test_another_practice_sees_and_stops_nothing(offer: Offer, scene: Scene) -> None:
    stranger = caller_of(make_practice("Obca"), *Scope)
    assert stranger.get("offers").json()["items"] == []
    assert stranger.get(f"offers/{offer.pk}").status_code == 404
    assert stranger.post(f"offers/{offer.pk}/stop", {}).status_code == 404
    assert stranger.get(f"visits/{offer.freed_by_id}/offers").status_code == 404
    reader = caller_of(scene.practice, Scope.VISITS_READ)
    assert reader.post(f"offers/{offer.pk}/stop", {}).status_code == 403
