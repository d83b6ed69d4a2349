"""Booking at the desk: what the form takes and refuses, what it says beforehand, and what is written."""

import re
from datetime import time, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from myosotis.domain.values import VisitSwitches, utc
from myosotis.domain.words import MessageStatus, Party, Via, VisitStatus
from myosotis.flows import calendar_changed
from myosotis.store.models import AuditEntry, Calendar, Visit
from tests.db.desk.conftest import Staff
from tests.db.make import (
    ACTOR,
    NEXT_WEEK,
    NOW,
    Scene,
    book,
    make_calendar,
    make_doctor,
    make_patient,
    make_practice,
    make_service,
    messages,
    open_daily,
    outline,
)
from tests.db.web.letters import Hand

HTMX = {"HX-Request": "true", "HX-Target": "drawer-body"}
SWITCHES = ("details", "reminder", "actions", "review", "offer", "rebook")


def typed(scene: Scene, **given: Any) -> dict[str, Any]:
    """A form filled in for the scene's patient; None leaves a field out."""
    shown = dict.fromkeys(SWITCHES, "on")
    fields = {
        "calendar": scene.calendar.pk, "day": "2027-03-10", "time": "10:00", "minutes": "30",
        "patient": scene.patient.pk, "switches_of": scene.calendar.pk, **shown, **given,
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value is not None}


def send(client: Client, fields: dict[str, Any]) -> Any:
    return client.post(reverse("desk:book"), fields, headers=HTMX)


def test_a_visit_is_booked_and_can_be_undone(staff: Staff, scene: Scene) -> None:
    service = make_service(scene.calendar, minutes=45)

    answer = send(staff.receptionist, typed(scene, service=service.pk, minutes="45"))

    visit = Visit.objects.get()
    assert (visit.start, visit.end) == (NEXT_WEEK, NEXT_WEEK + timedelta(minutes=45))
    assert (visit.service, visit.booked_by, visit.event_via) == (service, Party.PRACTICE, Via.DESK)
    assert visit.own_switches == VisitSwitches()
    assert min(row.due_at for row in messages(visit, kind="details") if row.due_at) == NOW + timedelta(seconds=60)
    assert answer.headers["HX-Trigger"] == "desk:changed"
    assert answer.headers["HX-Trigger-After-Settle"] == "desk:close"
    assert "Wizyta umówiona: śr. 10.03, 10:00." in answer.content.decode()
    undo = reverse("desk:visit_undo", args=[visit.pk])
    assert undo in answer.content.decode()
    staff.receptionist.post(undo, headers=HTMX)
    visit.refresh_from_db()
    assert visit.status == VisitStatus.CANCELLED
    assert outline(visit, MessageStatus.PLANNED, MessageStatus.WAITING) == set()


def test_somebody_new_gets_a_card_with_the_visit(staff: Staff, scene: Scene) -> None:
    fields = typed(
        scene, patient=None, first_name="Łucja", last_name="Żak", phone="601 234 567", email="Lucja@EXAMPLE.org"
    )

    assert send(staff.receptionist, fields).status_code == HTTPStatus.OK

    card = Visit.objects.get().patient
    assert (card.full_name, card.phone, card.email) == ("Łucja Żak", "+48601234567", "lucja@example.org")
    assert "zak" in card.search_key


def test_without_scripts_it_goes_on_to_the_day(staff: Staff, scene: Scene) -> None:
    answer = staff.owner.post(reverse("desk:book"), typed(scene))

    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert answer.headers["Location"] == "/desk/schedule?day=2027-03-10"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"patient": None}, "Proszę wybrać pacjenta"),
        ({"patient": "999999"}, "is-invalid"),
        ({"patient": None, "first_name": "Jan", "phone": "12"}, "To nie jest numer telefonu"),
        ({"patient": None, "first_name": "Jan", "email": "jan@"}, "To nie jest adres e-mail"),
        ({"day": "jutro"}, "is-invalid"),
        ({"time": ""}, "is-invalid"),
        ({"minutes": "0"}, "is-invalid"),
        ({"minutes": "2000"}, "is-invalid"),
        ({"calendar": "999999"}, "is-invalid"),
        ({"service": "999999"}, "Umów wizytę"),
    ],
)
def test_what_is_filled_in_wrongly_is_said_at_its_field(
    staff: Staff, scene: Scene, wrong: dict[str, Any], said: str
) -> None:
    make_service(scene.calendar)

    answer = send(staff.receptionist, typed(scene, **wrong))

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert said in answer.content.decode()
    assert not Visit.objects.exists()
    assert scene.practice.patients.count() == 1


def test_a_service_of_another_calendar_is_refused(staff: Staff, scene: Scene) -> None:
    service = make_service(make_calendar(scene.practice))

    answer = send(staff.receptionist, typed(scene, service=service.pk))

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Proszę wybrać usługę z tego kalendarza." in answer.content.decode()


def test_nothing_of_another_practice_can_be_booked(staff: Staff, scene: Scene) -> None:
    elsewhere = make_calendar(make_practice("Inny gabinet"))
    stranger = make_patient(elsewhere.practice, last_name="Tajemnicza")

    for wrong in ({"calendar": elsewhere.pk}, {"patient": stranger.pk}):
        answer = send(staff.owner, typed(scene, **wrong))
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "Tajemnicza" not in answer.content.decode()
    shown = staff.owner.post(reverse("desk:book_patient"), {"patient": stranger.pk}, headers=HTMX)
    assert "Tajemnicza" not in shown.content.decode()
    page = staff.owner.get(reverse("desk:book"), {"patient": str(stranger.pk), "calendar": str(elsewhere.pk)})
    assert "Tajemnicza" not in page.content.decode()
    assert not Visit.objects.exists()


def test_a_doctor_books_into_the_own_calendars_only(staff: Staff, scene: Scene) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Piotr Zieliński"))

    assert send(staff.doctor, typed(scene, calendar=other.pk)).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Zieliński" not in staff.doctor.get(reverse("desk:book"), {"calendar": str(other.pk)}).content.decode()
    times = staff.doctor.get(reverse("desk:book_times"), {"calendar": str(other.pk), "day": "2027-03-10"})
    assert "data-book-time" not in times.content.decode()
    preview = staff.doctor.post(reverse("desk:book_preview"), typed(scene, calendar=other.pk), headers=HTMX)
    assert "<dl>" not in preview.content.decode()
    assert send(staff.doctor, typed(scene)).status_code == HTTPStatus.OK


def test_only_what_differs_from_the_calendar_is_kept(staff: Staff, scene: Scene) -> None:
    scene.calendar.review = False
    scene.calendar.save()

    send(staff.owner, typed(scene, reminder=None, review="on", silent="on"))

    assert Visit.objects.get().own_switches == VisitSwitches(reminder=False, review=True, silent=True)


def test_a_calendar_that_changed_since_the_form_was_shown_leaves_nothing_with_the_visit(
    staff: Staff, scene: Scene
) -> None:
    page = staff.receptionist.get(reverse("desk:book")).content.decode()
    filled = re.search(r'name="filled" value="(\d+)"', page)
    assert filled is not None
    Calendar.objects.update(review=False)
    send(staff.receptionist, typed(scene, filled=filled.group(1), rebook=None))
    assert Visit.objects.get().own_switches == VisitSwitches(rebook=False)


def test_switches_shown_for_another_calendar_say_nothing(staff: Staff, scene: Scene) -> None:
    """The calendar was changed, and the form sent before its switches came."""
    send(staff.owner, typed(scene, switches_of=make_calendar(scene.practice).pk, reminder=None))

    assert Visit.objects.get().own_switches == VisitSwitches()


def test_an_overlap_is_said_and_allowed(staff: Staff, scene: Scene) -> None:
    book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + timedelta(minutes=15))

    answer = send(staff.owner, typed(scene))

    assert answer.status_code == HTTPStatus.OK
    assert "Nakłada się na inną wizytę." in answer.content.decode()


def times(client: Client, scene: Scene, **given: Any) -> str:
    fields = {"calendar": scene.calendar.pk, "day": "2027-03-10", "minutes": "30", **given}
    answer = client.get(reverse("desk:book_times"), fields, headers=HTMX)
    assert answer.status_code == HTTPStatus.OK
    found: str = answer.content.decode()
    return found


def test_the_free_times_of_the_day_are_offered(staff: Staff, scene: Scene) -> None:
    open_daily(scene.calendar, time(9), time(11))
    book(scene.calendar, make_patient(scene.practice), NEXT_WEEK)

    shown = times(staff.receptionist, scene)

    assert [clock for clock in ("09:00", "09:15", "09:30", "09:45", "10:00", "10:30", "10:45") if f'"{clock}"' in shown] == [
        "09:00", "09:15", "09:30", "10:30",
    ]  # fmt: skip


def test_staff_are_offered_times_that_patients_are_not(staff: Staff, scene: Scene) -> None:
    """Neither the lead nor the horizon of online booking, nor whether it is on, is asked at the desk."""
    scene.calendar.online_booking, scene.calendar.booking_lead_minutes = False, 2880
    scene.calendar.save()

    assert 'data-book-time="10:15"' in times(staff.receptionist, scene, day="2027-03-01")
    assert 'data-book-time="09:45"' not in times(staff.receptionist, scene, day="2027-03-01")
    assert 'data-book-time="10:15"' in times(staff.receptionist, scene, day="2028-03-01")


def test_what_speaks_against_a_time_is_said(staff: Staff, scene: Scene) -> None:
    open_daily(scene.calendar, time(9), time(16))
    book(scene.calendar, make_patient(scene.practice), NEXT_WEEK)
    calendar_changed.block(
        practice=scene.practice, calendar_id=scene.calendar.pk, start=NEXT_WEEK + timedelta(hours=2),
        end=NEXT_WEEK + timedelta(hours=3), actor=ACTOR, now=NOW,
    )  # fmt: skip

    def said(clock: str, **given: Any) -> str:
        return times(staff.receptionist, scene, time=clock, **given)

    assert "Lekarz ma wizytę od 10:00 do 10:30." in said("10:15")
    assert "Ten czas jest zablokowany." in said("12:30")
    assert "To poza godzinami otwarcia." in said("15:45")
    assert "Ta godzina już minęła." in said("09:30", day="2027-03-01")
    assert "book-warnings" not in said("11:00")


def test_an_hour_that_the_clocks_jump_over(staff: Staff, scene: Scene) -> None:
    shown = times(staff.owner, scene, day="2027-03-28", time="02:30")
    assert "Wizyta zacznie się o 03:00." in shown
    assert 'data-book-time="02:30"' not in shown

    send(staff.owner, typed(scene, day="2027-03-28", time="02:30"))

    assert Visit.objects.get().start == utc(2027, 3, 28, 1)


def test_the_hour_that_comes_twice_is_the_first(staff: Staff, scene: Scene) -> None:
    assert times(staff.owner, scene, day="2027-10-31").count('data-book-time="02:30"') == 1

    send(staff.owner, typed(scene, day="2027-10-31", time="02:30"))

    assert Visit.objects.get().start == utc(2027, 10, 31, 0, 30)


def test_another_calendar_brings_its_services_and_switches(staff: Staff, scene: Scene) -> None:
    there = make_calendar(scene.practice, reminder=False)
    make_service(there, "Echo serca", minutes=40)

    shown = times(staff.owner, scene, part="where", calendar=there.pk, time="11:30")

    assert "Echo serca (40 min)" in shown
    assert f'name="switches_of" value="{there.pk}"' in shown
    assert 'value="11:30"' in shown
    assert 'name="minutes" value="40"' in shown
    reminder = shown[shown.index('name="reminder"') :]
    assert "checked" not in reminder[: reminder.index(">")]


def who(client: Client, **given: Any) -> str:
    found: str = client.post(reverse("desk:book_patient"), given, headers=HTMX).content.decode()
    return found


def test_the_card_chosen_shows_how_it_is_reached_and_is_noted_as_read(staff: Staff, scene: Scene) -> None:
    card = make_patient(scene.practice, phone="")
    book(scene.calendar, card)

    shown = who(staff.receptionist, patient=card.pk)

    assert card.full_name in shown
    assert "rak telefonu" in shown
    assert "Już umówione: śr. 10.03.2027, 10:00" in shown
    assert AuditEntry.objects.filter(action="patient.read", object_id=card.pk).count() == 1


def test_a_doctor_sees_no_visits_with_others(staff: Staff, scene: Scene) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Piotr Zieliński"))
    book(other, scene.patient)

    assert "Już umówione" not in who(staff.doctor, patient=scene.patient.pk)


def test_somebody_new_who_may_be_known_is_pointed_out(staff: Staff, scene: Scene) -> None:
    scene.patient.phone = "+48601234567"
    scene.patient.save()

    shown = who(staff.receptionist, first_name="Jan", last_name="Nowy", phone="601234567")

    assert f'data-book-use="{scene.patient.pk}"' in shown
    assert "Brak adresu e-mail." in shown


def test_what_will_be_sent_is_said_before(staff: Staff, scene: Scene, hand: Hand) -> None:
    def foreseen(**given: Any) -> str:
        answer = staff.owner.post(reverse("desk:book_preview"), typed(scene, **given), headers=HTMX)
        found: str = answer.content.decode()
        return found

    told = foreseen()
    assert "za minutę" in told
    assert "przez 4 godziny nikt nie przeczyta" in told
    assert "pon. 08.03.2027, 10:00" in told
    assert "nie wyjdzie: dla tej wizyty wybrano" in foreseen(silent="on")
    assert "<dl>" not in foreseen(patient=None)
    assert "brak telefonu" in foreseen(patient=None, first_name="Jan", email="jan@example.org")
    assert not Visit.objects.exists()
    assert scene.practice.patients.count() == 1


def test_the_form_comes_filled(staff: Staff, scene: Scene) -> None:
    make_service(scene.calendar, "Konsultacja", minutes=20)
    query = {"calendar": str(scene.calendar.pk), "start": "2027-03-10T11:30", "patient": str(scene.patient.pk)}

    page = staff.owner.get(reverse("desk:book"), query, headers=HTMX).content.decode()

    for shown in ('value="2027-03-10"', 'value="11:30"', 'name="minutes" value="20"', scene.patient.full_name):
        assert shown in page
    assert "<html" not in page


def test_the_calendar_that_is_open_on_the_day_comes_first(staff: Staff, scene: Scene) -> None:
    scene.calendar.opening_hours.all().delete()
    opened = make_calendar(scene.practice, make_doctor(scene.practice, "Zofia Żak"))

    page = staff.owner.get(reverse("desk:book"), {"day": "2027-03-10"}).content.decode()

    assert f'<option value="{opened.pk}" selected>' in page


@pytest.mark.parametrize(
    "query", [{"start": "x"}, {"day": "2027-13-01"}, {"calendar": "x", "minutes": "-4"}, {"patient": "x"}]
)
def test_nonsense_in_the_address_is_left_out(staff: Staff, scene: Scene, query: dict[str, str]) -> None:
    assert staff.owner.get(reverse("desk:book"), query).status_code == HTTPStatus.OK
    assert staff.owner.get(reverse("desk:book_times"), query).status_code == HTTPStatus.OK


def test_a_practice_without_a_calendar_is_told_so(staff: Staff, scene: Scene) -> None:
    scene.calendar.delete()

    assert "Nie ma jeszcze żadnego kalendarza." in staff.owner.get(reverse("desk:book")).content.decode()
    assert "Nie ma jeszcze żadnego kalendarza." in staff.owner.get(reverse("desk:schedule")).content.decode()


def test_queries_of_the_form_do_not_grow(
    staff: Staff, scene: Scene, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(6):
        make_service(make_calendar(scene.practice, make_doctor(scene.practice)))
    for number in range(10):
        book(scene.calendar, scene.patient, NEXT_WEEK + timedelta(hours=number))

    with django_assert_max_num_queries(40):
        staff.owner.get(reverse("desk:book"), {"patient": str(scene.patient.pk), "start": "2027-03-10T11:30"})
