"""Opening hours, exceptions, holidays and free times through the API."""

from datetime import time, timedelta
from typing import Any

import pytest

from myosotis.store.models import Calendar
from tests.db.api.conftest import NOW, Caller, caller_of
from tests.db.make import Scene, book, make_calendar, make_doctor, make_practice, make_service, open_daily


@pytest.fixture
def path(scene: Scene) -> str:
    open_daily(scene.calendar, time(8), time(10))
    return f"calendars/{scene.calendar.pk}"


def free(call: Caller, path: str, service: int, first: str = "2027-03-24", last: str = "2027-03-24") -> Any:
    return call.get(f"{path}/free-times?service_id={service}&from={first}&to={last}")


def test_free_times_are_those_that_a_patient_can_take(call: Caller, scene: Scene, path: str) -> None:
    call.patch(path, {"slot_minutes": 30})
    service = make_service(scene.calendar, minutes=60, break_minutes=30)
    book(scene.calendar, scene.patient, NOW + timedelta(days=2, minutes=-60 - 60), minutes=30)  # 8:00 of Wednesday
    answer = free(call, path, service.pk, "2027-03-24", "2027-03-25").json()
    assert answer == {
        "service_id": service.pk,
        "minutes": 60,
        "time_zone": "Europe/Warsaw",
        "days": [
            {"day": "2027-03-24", "starts": ["2027-03-24T07:30:00Z", "2027-03-24T08:00:00Z"]},
            {
                "day": "2027-03-25",
                "starts": ["2027-03-25T07:00:00Z", "2027-03-25T07:30:00Z", "2027-03-25T08:00:00Z"],
            },
        ],
    }
    body = {
        "calendar_id": scene.calendar.pk, "patient_id": scene.patient.pk, "service_id": service.pk, "via": "portal",
        "booked_by": "patient", "start": "2027-03-24T07:30:00Z",
    }  # fmt: skip
    assert call.post("visits", body).status_code == 201
    again = call.post("visits", body)
    assert (again.status_code, again.json()["type"]) == (409, "urn:myosotis:problem:slot_taken")
    assert free(call, path, service.pk).json()["days"] == [{"day": "2027-03-24", "starts": []}]
    assert call.post("visits", body | {"via": "api"}).json()["overlaps"], "staff and their systems are warned"


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [("2027-03-24", "2027-03-23", "to"), ("2027-03-24", "2027-05-25", "to"), ("yesterday", "2027-03-23", "query.from")],
)
def test_days_that_make_no_sense_are_refused_by_name(
    call: Caller, scene: Scene, path: str, first: str, last: str, field: str
) -> None:
    answer = free(call, path, make_service(scene.calendar).pk, first, last)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_two_months_at_once_and_any_year(call: Caller, scene: Scene, path: str) -> None:
    service = make_service(scene.calendar).pk
    assert len(free(call, path, service, "2027-03-24", "2027-05-24").json()["days"]) == 62
    for first, last in (("0001-01-01", "0001-01-02"), ("9999-12-30", "9999-12-31")):
        assert [day["starts"] for day in free(call, path, service, first, last).json()["days"]] == [[], []]


def test_another_practice_has_neither_calendar_nor_service_here(call: Caller, scene: Scene, path: str) -> None:
    stranger = caller_of(make_practice("Obca"))
    service = make_service(scene.calendar).pk
    elsewhere = make_service(make_calendar(scene.practice)).pk
    assert free(stranger, path, service).status_code == 404
    assert free(call, path, elsewhere).status_code == 404
    assert stranger.get(f"{path}/holidays").status_code == 404
    assert stranger.put(f"{path}/holidays", {"days": ["2027-05-03"]}).status_code == 404


def test_opening_hours_and_exceptions_are_read_as_they_were_set(call: Caller, path: str) -> None:
    hours = [
        {"weekday": 0, "opens": "08:00:00", "closes": "12:00:00"},
        {"weekday": 0, "opens": "13:00:00", "closes": "16:00:00"},
    ]
    assert call.put(f"{path}/opening-hours", {"hours": hours[::-1]}).status_code == 204
    assert call.get(f"{path}/opening-hours").json() == {"hours": hours}
    call.put(f"{path}/opening-exceptions/2027-04-01", {"hours": [{"opens": "10:00", "closes": "11:00"}]})
    call.put(f"{path}/opening-exceptions/2027-04-02", {"hours": []})
    shown = call.get(f"{path}/opening-exceptions").json()["items"]
    assert [(row["day"], row["opens"], row["closes"]) for row in shown] == [
        ("2027-04-01", "10:00:00", "11:00:00"), ("2027-04-02", None, None),
    ]  # fmt: skip
    assert call.delete(f"{path}/opening-exceptions/2027-04-02").status_code == 204
    assert len(call.get(f"{path}/opening-exceptions").json()["items"]) == 1


def test_holidays_on_which_the_calendar_would_be_open_are_proposed_until_it_is_closed(
    call: Caller, scene: Scene, path: str
) -> None:
    weekdays = [{"weekday": day, "opens": "08:00", "closes": "16:00"} for day in range(5)]
    call.put(f"{path}/opening-hours", {"hours": weekdays})
    book(scene.calendar, scene.patient, NOW + timedelta(days=7))
    proposed = call.get(f"{path}/holidays").json()
    assert proposed[0] == {
        "day": "2027-03-29",
        "holiday": "easter_monday",
        "name": "Poniedziałek Wielkanocny",
        "visits": 1,
    }
    assert [one["day"] for one in proposed[1:]] == [
        "2027-05-03", "2027-05-27", "2027-11-01", "2027-11-11", "2027-12-24", "2028-01-06",
    ]  # fmt: skip

    for _ in range(2):
        assert call.put(f"{path}/holidays", {"days": ["2027-12-24", "2027-03-29"]}).status_code == 204
    left = [one["day"] for one in call.get(f"{path}/holidays").json()]
    assert left == ["2027-05-03", "2027-05-27", "2027-11-01", "2027-11-11", "2028-01-06"]
    closed = call.get(f"{path}/opening-exceptions").json()["items"]
    assert {(row["day"], row["opens"]) for row in closed} == {("2027-12-24", None), ("2027-03-29", None)}

    wrong = call.put(f"{path}/holidays", {"days": ["2027-12-24", "2027-03-30"]})
    assert wrong.json()["errors"] == [{"field": "days", "code": "no_coming_holiday"}]


def test_no_holidays_are_known_of_other_countries(call: Caller, scene: Scene, path: str) -> None:
    address = Calendar.objects.select_related("address").get(pk=scene.calendar.pk).address
    call.patch(f"addresses/{address.pk}", {"time_zone": "Europe/Berlin"})
    assert call.get(f"{path}/holidays").json() == []


@pytest.mark.parametrize(
    ("field", "least", "most"),
    [
        ("slot_minutes", 5, 240),
        ("booking_lead_minutes", 0, 43200),
        ("booking_horizon_days", 1, 366),
        ("offer_round_size", 0, 10),
        ("offer_round_minutes", 5, 1440),
        ("offer_chain", 1, 10),
    ],
)
def test_numbers_of_a_calendar_have_bounds(call: Caller, path: str, field: str, least: int, most: int) -> None:
    for value in (least, most):
        assert call.patch(path, {field: value}).json()[field] == value
    for wrong in (least - 1, most + 1, "viele"):
        answer = call.patch(path, {field: wrong})
        assert answer.status_code == 422
        assert field in answer.json()["errors"][0]["field"]


def test_a_service_has_a_break_and_may_be_for_the_desk_alone(call: Caller, path: str) -> None:
    made = call.post(f"{path}/services", {"name": "EKG", "minutes": 20, "break_minutes": 10, "online": False}).json()
    assert (made["break_minutes"], made["online"]) == (10, False)
    changed = call.patch(f"{path}/services/{made['id']}", {"break_minutes": 0, "online": True}).json()
    assert (changed["break_minutes"], changed["online"]) == (0, True)
    assert call.patch(f"{path}/services/{made['id']}", {"break_minutes": 241}).status_code == 422


def test_a_new_doctor_gets_the_address_of_a_profile_made_of_the_name(call: Caller) -> None:
    def slug(name: str, **given: str) -> str:
        return str(call.post("doctors", {"name": name, **given}).json()["slug"])

    assert slug("Łucja Żółć-Gęślińska") == "lucja-zolc-geslinska"
    assert [slug("Anna Kowalska") for _ in range(3)] == ["anna-kowalska", "anna-kowalska-2", "anna-kowalska-3"]
    assert slug("Αθηνά") == "lekarz"
    assert slug("Anna Kowalska", slug="dr-anna") == "dr-anna"
    assert len(slug("x" * 200)) == 90


def test_the_address_of_a_profile_can_be_changed_to_a_free_and_well_formed_one(call: Caller) -> None:
    first, second = (call.post("doctors", {"name": name}).json() for name in ("Anna Nowak", "Jan Lis"))
    changed = call.patch(f"doctors/{second['id']}", {"slug": "kardiolog-lis"})
    assert changed.json()["slug"] == "kardiolog-lis"
    taken = call.patch(f"doctors/{second['id']}", {"slug": first["slug"]})
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:myosotis:problem:slug_taken")
    for wrong in ("", "Lis", "lis--jan", "-lis", "ł", "a/b", "a" * 101):
        assert call.patch(f"doctors/{second['id']}", {"slug": wrong}).status_code == 422
    renamed = call.patch(f"doctors/{first['id']}", {"name": "Anna Nowak-Lis"}).json()
    assert renamed["slug"] == "anna-nowak", "links that were given out go on working"


def test_a_doctor_without_one_gets_it_with_the_first_online_booking(call: Caller, scene: Scene) -> None:
    doctor = make_doctor(scene.practice, "Jan Lis")
    calendar = make_calendar(scene.practice, doctor=doctor, online_booking=False)
    call.patch(f"calendars/{calendar.pk}", {"slot_minutes": 20})
    assert call.get(f"doctors/{doctor.pk}").json()["slug"] == ""
    call.patch(f"calendars/{calendar.pk}", {"online_booking": True})
    assert call.get(f"doctors/{doctor.pk}").json()["slug"] == "jan-lis"
