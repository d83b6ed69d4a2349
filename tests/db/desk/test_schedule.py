"""The schedule: what it shows to whom, by which clock, and what moving and blocking in it do."""

from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from myosotis.domain.values import utc
from myosotis.domain.words import Channel, MessageStatus, Party, Role, Via, VisitStatus
from myosotis.flows import calendar_changed, time_held, visit_cancelled
from myosotis.store.models import Calendar, OpeningException, Visit
from tests.db.desk.conftest import Staff
from tests.db.make import (
    ACTOR,
    NEXT_WEEK,
    NOW,
    Scene,
    ahead,
    book,
    make_address,
    make_calendar,
    make_doctor,
    make_patient,
    make_practice,
    make_service,
    messages,
    open_daily,
    send_due,
    sent,
)
from tests.db.web.letters import Hand

HTMX = {"HX-Request": "true"}


def events(client: Client, day: str = "2027-03-10", **query: Any) -> dict[str, Any]:
    answer = client.get(reverse("desk:schedule_events"), {"day": day, **query})
    assert answer.status_code == HTTPStatus.OK
    assert "no-store" in answer.headers["Cache-Control"]
    found: dict[str, Any] = answer.json()
    return found


def entries(client: Client, day: str = "2027-03-10", **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = events(client, day, **query)["entries"]
    return found


def spans(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(entry["start"], entry["end"]) for entry in found]


def place(client: Client, visit: Visit, **sent: Any) -> Any:
    url = reverse("desk:schedule_place", args=[visit.pk])
    return client.post(url, {"revision": visit.revision, **sent}, headers=HTMX)


def test_the_week_shows_what_takes_time(staff: Staff, scene: Scene) -> None:
    service = make_service(scene.calendar)
    visit = book(scene.calendar, scene.patient, service_id=service.pk)
    calendar_changed.block(
        practice=scene.practice, calendar_id=scene.calendar.pk, start=NEXT_WEEK + timedelta(hours=1),
        end=NEXT_WEEK + timedelta(hours=2), actor=ACTOR, now=NOW,
    )  # fmt: skip
    time_held.hold(
        practice=scene.practice, calendar_id=scene.calendar.pk, service_id=service.pk,
        start=NEXT_WEEK + timedelta(days=1), place_hash=b"p" * 16, key_hash=b"k" * 16, now=NOW,
    )  # fmt: skip

    found = entries(staff.receptionist)

    assert [(entry["sort"], entry["start"]) for entry in found] == [
        ("visit", "2027-03-10T10:00"),
        ("blocked", "2027-03-10T11:00"),
        ("held", "2027-03-11T10:00"),
    ]
    assert found[0]["title"] == f"{scene.patient.last_name} Maria"
    assert (found[0]["visit"], found[0]["service"], found[0]["words"]) == (visit.pk, "Konsultacja", "umówiona")


def test_a_freed_slot_shows_how_many_are_asked(staff: Staff, scene: Scene) -> None:
    book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + timedelta(days=3))
    freed = book(scene.calendar, scene.patient)
    visit_cancelled.cancel(
        practice=scene.practice, visit_id=freed.pk, by=Party.PATIENT, via=Via.PORTAL, actor=ACTOR, now=NOW
    )

    offers = [entry for entry in entries(staff.receptionist) if entry["sort"] == "offer"]

    assert spans(offers) == [("2027-03-10T10:00", "2027-03-10T10:30")]
    assert offers[0]["words"] == "wysłano do 1 pacjenta"


def test_a_cancelled_visit_shows_only_when_asked_for(staff: Staff, scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    visit_cancelled.cancel(
        practice=scene.practice, visit_id=visit.pk, by=Party.PRACTICE, via=Via.DESK, actor=ACTOR, now=NOW
    )

    assert entries(staff.receptionist) == []
    assert [entry["state"] for entry in entries(staff.receptionist, cancelled=1)] == [VisitStatus.CANCELLED]


def test_a_doctor_sees_the_own_calendars_only(staff: Staff, scene: Scene) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Piotr Zieliński"))
    book(other, make_patient(scene.practice, last_name="Tajemnicza"))
    book(scene.calendar, scene.patient)

    assert {entry["calendar"] for entry in entries(staff.doctor)} == {scene.calendar.pk}
    assert entries(staff.doctor, calendar=other.pk) == []
    page = staff.doctor.get(reverse("desk:schedule"), {"day": "2027-03-10", "calendar": str(other.pk)})
    assert "Tajemnicza" not in page.content.decode()
    assert "Zieliński" not in page.content.decode()
    assert {entry["calendar"] for entry in entries(staff.owner)} == {scene.calendar.pk, other.pk}


@pytest.mark.parametrize("wrong", ["999999999", "-1", "abc", "9" * 40])
def test_calendars_of_others_give_nothing(staff: Staff, scene: Scene, wrong: str) -> None:
    elsewhere = make_calendar(make_practice("Inny gabinet"))
    book(elsewhere, make_patient(elsewhere.practice))

    assert entries(staff.owner, calendar=elsewhere.pk) == []
    assert entries(staff.owner, calendar=wrong) == []


@pytest.mark.parametrize("day", ["", "2027-02-30", "0001-01-01", "jutro"])
def test_a_day_that_is_none_is_today(staff: Staff, scene: Scene, day: str) -> None:
    page = staff.owner.get(reverse("desk:schedule"), {"day": day, "view": "day"})

    assert "poniedziałek 1 marca 2027" in page.content.decode()


def local_visits(calendar: Calendar, *starts: datetime) -> None:
    for start in starts:
        book(calendar, make_patient(calendar.practice), start)


def test_the_day_on_which_the_clocks_go_forward(staff: Staff, scene: Scene) -> None:
    local_visits(scene.calendar, utc(2027, 3, 28, 0, 45), utc(2027, 3, 28, 1, 30))

    found = entries(staff.owner, "2027-03-28", view="day")

    assert spans(found) == [("2027-03-28T01:45", "2027-03-28T03:15"), ("2027-03-28T03:30", "2027-03-28T04:00")]


def test_the_day_on_which_the_clocks_go_back(staff: Staff, scene: Scene) -> None:
    """The hour that comes twice: both visits stand at its wall time and say which of the two it is."""
    local_visits(scene.calendar, utc(2027, 10, 31, 0, 30), utc(2027, 10, 31, 0, 45), utc(2027, 10, 31, 1, 30))

    found = entries(staff.owner, "2027-10-31", view="day")

    assert spans(found) == [
        ("2027-10-31T02:30", "2027-10-31T03:00"),
        ("2027-10-31T02:30", "2027-10-31T03:00"),
        ("2027-10-31T02:45", "2027-10-31T03:15"),
    ]
    assert "02:30 (czas letni, UTC+2)" in found[0]["times"]
    assert "02:30 (czas zimowy, UTC+1)" in found[1]["times"]


def test_times_are_of_the_address(staff: Staff, scene: Scene) -> None:
    away = make_calendar(scene.practice, address=make_address(scene.practice, time_zone="America/New_York"))
    book(away, scene.patient, utc(2027, 3, 11, 2))

    found = entries(staff.owner, "2027-03-10", view="day", calendar=away.pk)

    assert spans(found) == [("2027-03-10T21:00", "2027-03-10T21:30")]
    assert events(staff.owner, calendar=away.pk)["now"][0]["start"] == "2027-03-01T04:00"


def test_closed_time_stands_between_the_stretches(staff: Staff, scene: Scene) -> None:
    open_daily(scene.calendar, time(8), time(16))
    OpeningException.objects.create(practice=scene.practice, calendar=scene.calendar, day=date(2027, 3, 11))

    assert spans(events(staff.owner, "2027-03-10", view="day")["closed"]) == [
        ("2027-03-10T00:00", "2027-03-10T08:00"),
        ("2027-03-10T16:00", "2027-03-11T00:00"),
    ]
    assert spans(events(staff.owner, "2027-03-11", view="day")["closed"]) == [("2027-03-11T00:00", "2027-03-12T00:00")]


def test_what_nobody_read_in_four_hours_is_marked(staff: Staff, scene: Scene, hand: Hand) -> None:
    visit = book(scene.calendar, scene.patient)
    left = NOW + timedelta(seconds=61)
    send_due(visit, left)

    hand.set(left + timedelta(hours=3))
    assert entries(staff.owner)[0]["trouble"] == ""
    hand.set(left + timedelta(hours=5))
    assert entries(staff.owner)[0]["trouble"] == "unread"
    first = messages(visit, channel=Channel.EMAIL, kind="details")[0]
    first.read_at = left + timedelta(hours=5)
    first.save()
    assert entries(staff.owner)[0]["trouble"] == ""


def test_whom_nothing_reached_is_marked(staff: Staff, scene: Scene, hand: Hand) -> None:
    visit = book(scene.calendar, make_patient(scene.practice, email="", phone=""))

    assert ahead(visit) == set()
    assert [(entry["visit"], entry["trouble"]) for entry in entries(staff.owner)] == [(visit.pk, "unreached")]


def test_the_list_says_the_same_and_names_phones(staff: Staff, scene: Scene) -> None:
    book(scene.calendar, make_patient(scene.practice, last_name="Żurawska", phone="+48600100200"))

    page = staff.receptionist.get(reverse("desk:schedule_list"), {"day": "2027-03-10"}).content.decode()

    assert "Żurawska Maria" in page
    assert "+48 600 100 200" in page
    assert "10:00\N{EN DASH}10:30" in page


@pytest.mark.parametrize("page", ["schedule", "schedule_list", "schedule_events"])
def test_queries_do_not_grow(
    staff: Staff, scene: Scene, page: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    calendars = [scene.calendar, *(make_calendar(scene.practice) for _ in range(3))]
    for number in range(24):
        visit = book(calendars[number % 4], make_patient(scene.practice), NEXT_WEEK + timedelta(minutes=30 * number))
        if number % 3 == 0:
            for row in messages(visit, kind="details"):
                sent(row, NOW, MessageStatus.FAILED)

    with django_assert_max_num_queries(30):
        answer = staff.owner.get(reverse(f"desk:{page}"), {"day": "2027-03-10"})
    assert answer.status_code == HTTPStatus.OK


def test_dragging_moves_and_the_patient_may_have_asked(staff: Staff, scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)

    answer = place(staff.receptionist, visit, start="2027-03-11T12:15")

    visit.refresh_from_db()
    assert (visit.start, visit.revision, visit.event_by) == (utc(2027, 3, 11, 11, 15), 2, Party.PRACTICE)
    assert visit.status == VisitStatus.BOOKED
    assert answer.headers["HX-Trigger"] == "desk:changed"
    said = answer.content.decode()
    assert "Przełożono na czw. 11.03, 12:15." in said
    assert reverse("desk:visit_undo", args=[visit.pk]) in said

    asked = staff.receptionist.post(reverse("desk:schedule_asked", args=[visit.pk]), headers=HTMX)

    visit.refresh_from_db()
    assert asked.status_code == HTTPStatus.OK
    assert (visit.start, visit.event_by, visit.status) == (
        utc(2027, 3, 11, 11, 15), Party.PATIENT, VisitStatus.CONFIRMED,
    )  # fmt: skip
    staff.receptionist.post(reverse("desk:visit_undo", args=[visit.pk]), headers=HTMX)
    visit.refresh_from_db()
    assert (visit.start, visit.status) == (NEXT_WEEK, VisitStatus.BOOKED)


def test_that_the_patient_asked_is_noted_within_a_minute_and_once(staff: Staff, scene: Scene, hand: Hand) -> None:
    visit = book(scene.calendar, scene.patient)
    url = reverse("desk:schedule_asked", args=[visit.pk])
    assert "Nie ma czego cofnąć." in staff.owner.post(url, headers=HTMX).content.decode()

    place(staff.owner, visit, start="2027-03-11T12:15")
    hand.set(NOW + timedelta(seconds=60))

    assert "say-warning" in staff.owner.post(url, headers=HTMX).content.decode()
    visit.refresh_from_db()
    assert visit.event_by == Party.PRACTICE


def test_dragging_to_another_calendar(staff: Staff, scene: Scene) -> None:
    there = make_calendar(scene.practice)
    visit = book(scene.calendar, scene.patient)

    place(staff.owner, visit, start="2027-03-10T10:00", calendar=there.pk)

    visit.refresh_from_db()
    assert (visit.calendar_id, visit.start) == (there.pk, NEXT_WEEK)


def test_what_somebody_else_moved_stays_there(staff: Staff, scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    place(staff.owner, visit, start="2027-03-11T12:15")

    answer = place(staff.receptionist, visit, start="2027-03-12T09:00")

    assert answer.headers["HX-Trigger"] == "desk:changed"
    assert "Ktoś inny zmienił w międzyczasie tę wizytę" in answer.content.decode()
    visit.refresh_from_db()
    assert visit.start == utc(2027, 3, 11, 11, 15)


@pytest.mark.parametrize("sent", [{"start": "wtorek"}, {"minutes": "0"}, {"minutes": "100000"}, {"calendar": "77777"}])
def test_what_makes_no_sense_changes_nothing(staff: Staff, scene: Scene, sent: dict[str, str]) -> None:
    visit = book(scene.calendar, scene.patient)

    answer = place(staff.owner, visit, **sent)

    assert answer.status_code == HTTPStatus.NOT_FOUND or "say-warning" in answer.content.decode()
    visit.refresh_from_db()
    assert (visit.start, visit.revision) == (NEXT_WEEK, 1)


def test_a_doctor_moves_nothing_to_or_from_another(staff: Staff, scene: Scene) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Piotr Zieliński"))
    mine, theirs = book(scene.calendar, scene.patient), book(other, make_patient(scene.practice))

    assert place(staff.doctor, mine, calendar=other.pk).status_code == HTTPStatus.NOT_FOUND
    assert place(staff.doctor, theirs, start="2027-03-11T12:15").status_code == HTTPStatus.NOT_FOUND
    assert staff.doctor.post(reverse("desk:schedule_asked", args=[theirs.pk])).status_code == HTTPStatus.NOT_FOUND
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.calendar_id, theirs.start) == (scene.calendar.pk, NEXT_WEEK)


def test_drawing_it_longer_is_no_move_and_can_be_undone(staff: Staff, scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)

    answer = place(staff.owner, visit, minutes="50")

    visit.refresh_from_db()
    assert (visit.end - visit.start, visit.revision) == (timedelta(minutes=50), 1)
    back = f"{reverse('desk:schedule_place', args=[visit.pk])}?minutes=30"
    assert back in answer.content.decode()
    staff.owner.post(back, headers=HTMX)
    visit.refresh_from_db()
    assert visit.end - visit.start == timedelta(minutes=30)


def test_overlapping_is_allowed_and_said(staff: Staff, scene: Scene) -> None:
    book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + timedelta(hours=1))
    visit = book(scene.calendar, scene.patient)

    answer = place(staff.owner, visit, start="2027-03-10T11:15")

    assert "Nakłada się na inną wizytę." in answer.content.decode()


def blocking(scene: Scene, **given: str) -> dict[str, str]:
    return {"calendar": str(scene.calendar.pk), "day": "2027-03-10", "begins": "12:00", "end": "14:00", **given}


def test_time_is_blocked_freed_and_blocked_again(staff: Staff, scene: Scene) -> None:
    answer = staff.receptionist.post(reverse("desk:schedule_block"), blocking(scene), headers=HTMX)

    assert answer.headers["HX-Trigger"] == "desk:changed"
    assert answer.headers["HX-Trigger-After-Settle"] == "desk:close"
    blocked = scene.practice.blocked_times.get()
    assert (blocked.start, blocked.end) == (utc(2027, 3, 10, 11), utc(2027, 3, 10, 13))
    free = reverse("desk:schedule_free", args=[blocked.pk])
    assert free in answer.content.decode()
    assert "12:00" in staff.receptionist.get(reverse("desk:schedule_blocked", args=[blocked.pk])).content.decode()

    freed = staff.receptionist.post(free, headers=HTMX)

    assert not scene.practice.blocked_times.exists()
    again = f"/desk/schedule/blocked/again/{scene.calendar.pk}/20270310T110000Z/20270310T130000Z"
    assert again in freed.content.decode()
    staff.receptionist.post(again, headers=HTMX)
    assert scene.practice.blocked_times.get().start == utc(2027, 3, 10, 11)


def test_what_came_with_a_file_is_freed_for_good(staff: Staff, scene: Scene) -> None:
    staff.owner.post(reverse("desk:schedule_block"), blocking(scene), headers=HTMX)
    scene.practice.blocked_times.update(source_uid="uid-1")

    freed = staff.owner.post(reverse("desk:schedule_free", args=[scene.practice.blocked_times.get().pk]), headers=HTMX)

    assert "/desk/schedule/blocked/again/" not in freed.content.decode()


@pytest.mark.parametrize(
    "wrong", [{"end": "11:00"}, {"end": "12:00"}, {"day": ""}, {"begins": "25:00"}, {"calendar": "77777"}]
)
def test_blocking_wrongly_is_said_at_the_form(staff: Staff, scene: Scene, wrong: dict[str, str]) -> None:
    answer = staff.owner.post(reverse("desk:schedule_block"), blocking(scene, **wrong), headers=HTMX)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not scene.practice.blocked_times.exists()


def test_a_doctor_blocks_and_frees_the_own_time_only(staff: Staff, scene: Scene) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Piotr Zieliński"))
    theirs = calendar_changed.block(
        practice=scene.practice, calendar_id=other.pk, start=NEXT_WEEK, end=NEXT_WEEK + timedelta(hours=1),
        actor=ACTOR, now=NOW,
    )  # fmt: skip

    wrong = staff.doctor.post(reverse("desk:schedule_block"), blocking(scene, calendar=str(other.pk)))
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    for name in ("schedule_free", "schedule_blocked"):
        url = reverse(f"desk:{name}", args=[theirs.pk])
        answer = staff.doctor.get(url) if name == "schedule_blocked" else staff.doctor.post(url)
        assert answer.status_code == HTTPStatus.NOT_FOUND
    again = reverse("desk:schedule_block_again", args=[other.pk, "20270310T110000Z", "20270310T130000Z"])
    assert staff.doctor.post(again).status_code == HTTPStatus.NOT_FOUND
    assert scene.practice.blocked_times.count() == 1


def test_every_role_may_see_it(staff: Staff, scene: Scene) -> None:
    for role in Role:
        assert staff.of(role).get(reverse("desk:schedule")).status_code == HTTPStatus.OK
