"""Opening hours, days off and blocked time at the desk: what they do to visits and offers, and taking them back."""

from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from myosotis.domain.values import utc
from myosotis.domain.words import OfferEnd
from myosotis.flows import days_changed
from myosotis.store import visits_outside
from myosotis.store.models import BlockedTime, Calendar
from tests.db.desk.conftest import Staff
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, book, make_calendar, make_patient, make_practice, open_daily
from tests.db.offers import MONDAY, SATURDAY, closed, offered, waiting
from tests.db.web.letters import Hand

OK, INVALID = HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY
Stretches = tuple[tuple[str, str], ...]


def week(**days: Stretches) -> dict[str, list[str]]:
    """Hours as the editor sends them: `mon=(("08:00", "12:00"),)`."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    sent: dict[str, list[str]] = {}
    for number, name in enumerate(names):
        sent[f"opens-{number}"] = [opens for opens, _ in days.get(name, ())] + [""]
        sent[f"closes-{number}"] = [closes for _, closes in days.get(name, ())] + [""]
    return sent


def send(client: Client, page: str, *ids: int, **given: Any) -> Any:
    return client.post(reverse(f"desk:{page}", args=ids), given)


def saved(client: Client, page: str, calendar: Calendar, **given: Any) -> str:
    """Save; the page that it leads to."""
    answer = client.post(reverse(f"desk:{page}", args=(calendar.pk,)), given, follow=True)
    assert answer.redirect_chain, answer.content.decode()
    body: str = answer.content.decode()
    return body


def undo(client: Client) -> Any:
    return client.post(reverse("desk:opening_undo"), headers={"HX-Request": "true"})


def hours_of(calendar: Calendar) -> list[tuple[int, str, str]]:
    rows = calendar.opening_hours.order_by("weekday", "opens")
    return [(row.weekday, f"{row.opens:%H:%M}", f"{row.closes:%H:%M}") for row in rows]


def days_of(calendar: Calendar) -> list[tuple[str, str, str]]:
    rows = calendar.opening_exceptions.order_by("day", "opens")
    return [
        (row.day.isoformat(), f"{row.opens:%H:%M}" if row.opens else "", f"{row.closes:%H:%M}" if row.closes else "")
        for row in rows
    ]


# --- the week -----------------------------------------------------------------------------------------------------------


def test_a_day_has_several_stretches_and_undo_brings_the_old_week_back(staff: Staff, scene: Scene) -> None:
    before = hours_of(scene.calendar)
    page = saved(staff.doctor, "hours", scene.calendar, **week(mon=(("13:00", "18:00"), ("08:00", "12:00"))))
    assert hours_of(scene.calendar) == [(0, "08:00", "12:00"), (0, "13:00", "18:00")]
    assert reverse("desk:opening_undo") in page
    assert "Cofnięto" in undo(staff.doctor).content.decode()
    assert hours_of(scene.calendar) == before
    assert "tylko przez minutę" in undo(staff.doctor).content.decode()


def test_a_new_calendar_is_proposed_usual_hours_that_are_not_saved_yet(staff: Staff, scene: Scene) -> None:
    scene.calendar.opening_hours.all().delete()
    page = staff.owner.get(reverse("desk:hours", args=(scene.calendar.pk,))).content.decode()
    assert "Nic jeszcze nie zapisano" in page
    assert page.count('value="16:00"') == 5
    assert hours_of(scene.calendar) == []


@pytest.mark.parametrize(
    ("stretches", "said"),
    [
        ((("08:00", "12:00"), ("11:00", "15:00")), "Dwa przedziały nachodzą na siebie"),
        ((("12:00", "08:00"),), "musi kończyć się później"),
        ((("08:00", "08:00"),), "musi kończyć się później"),
        ((("08:00", ""),), "podać obie godziny albo żadnej"),
        ((("osma", "12:00"),), "Godziny takie jak"),
        (tuple((f"{hour:02d}:00", f"{hour:02d}:30") for hour in range(8, 15)), "Najwyżej 6 przedziałów"),
    ],
)
def test_a_wrong_day_is_named_and_the_others_are_kept(
    staff: Staff, scene: Scene, stretches: Stretches, said: str
) -> None:
    before = hours_of(scene.calendar)
    answer = send(staff.owner, "hours", scene.calendar.pk, **week(tue=stretches, thu=(("09:15", "10:45"),)))
    page = answer.content.decode()
    assert answer.status_code == INVALID
    assert page.count("hours-error-") == 2
    assert said in page
    assert all(f'value="{clock}"' in page for pair in (*stretches, ("09:15", "10:45")) for clock in pair if clock)
    assert hours_of(scene.calendar) == before


def test_visits_outside_and_ended_offers_are_said(staff: Staff, scene: Scene, hand: Hand) -> None:
    waiting(scene, 2)
    offer = offered(book(scene.calendar, scene.patient, MONDAY))
    hand.set(SATURDAY + timedelta(minutes=1))
    page = saved(staff.owner, "hours", scene.calendar, **week(tue=(("08:00", "16:00"),)))
    assert "2 przyszłe wizyty są poza godzinami otwarcia; pozostają umówione" in page
    assert "Zakończono 1 ofertę wcześniejszego terminu" in page
    assert closed(offer) is OfferEnd.DAY_CHANGED
    undo(staff.owner)
    assert closed(offer) is OfferEnd.DAY_CHANGED


# --- days that differ ---------------------------------------------------------------------------------------------------


def test_a_holiday_closes_a_range_in_all_calendars_of_the_doctor(staff: Staff, scene: Scene, hand: Hand) -> None:
    other = make_calendar(scene.practice, scene.calendar.doctor)
    book(scene.calendar, scene.patient, NEXT_WEEK)
    given = {"first": "2027-03-09", "last": "2027-03-11", "what": "closed", "opens": "blabla", "everywhere": "on"}
    page = saved(staff.owner, "days", scene.calendar, **given)
    assert "1 przyszła wizyta jest poza godzinami otwarcia" in page
    assert "wtorek 9 marca 2027 – czwartek 11 marca 2027" in page
    assert "jest tam 1 wizyta" in page
    wanted = [(f"2027-03-{day:02d}", "", "") for day in (9, 10, 11)]
    assert (days_of(scene.calendar), days_of(other)) == (wanted, wanted)
    hand.set(NOW + timedelta(seconds=60))
    undo(staff.owner)
    assert (days_of(scene.calendar), days_of(other)) == ([], [])


def test_other_hours_leave_days_alone_that_are_closed_anyway(staff: Staff, scene: Scene) -> None:
    open_daily(scene.calendar, time(8), time(16))
    scene.calendar.opening_hours.filter(weekday__gte=5).delete()
    given = {"first": "2027-03-05", "last": "2027-03-08", "what": "other", "opens": "10:00", "closes": "12:00"}
    saved(staff.owner, "days", scene.calendar, **given)
    assert days_of(scene.calendar) == [("2027-03-05", "10:00", "12:00"), ("2027-03-08", "10:00", "12:00")]
    saved(staff.owner, "days", scene.calendar, **{**given, "first": "2027-03-06", "last": ""})
    assert ("2027-03-06", "10:00", "12:00") in days_of(scene.calendar)


def test_days_are_removed_and_undo_brings_them_back_as_they_were(staff: Staff, scene: Scene) -> None:
    hours = [(time(8), time(9)), (time(10), time(11))]
    day = date(2027, 3, 9)
    days_changed.set_days(practice=scene.practice, days={scene.calendar.pk: {day: hours}}, actor=ACTOR, now=NOW)
    before = days_of(scene.calendar)
    send(staff.owner, "days_remove", scene.calendar.pk, first="2027-03-01", last="2027-03-31")
    assert days_of(scene.calendar) == []
    undo(staff.owner)
    assert days_of(scene.calendar) == before
    for wrong in ({"first": "wczoraj", "last": "2027-03-31"}, {"first": "2027-03-01"}):
        assert send(staff.owner, "days_remove", scene.calendar.pk, **wrong).status_code == HTTPStatus.SEE_OTHER
    assert days_of(scene.calendar) == before


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"first": ""}, "To pole jest wymagane"),
        ({"first": "2027-02-28"}, "Dzień od dziś, najdalej za trzy lata"),
        ({"first": "2031-01-01"}, "Dzień od dziś, najdalej za trzy lata"),
        ({"last": "2027-03-01"}, "Dzień po pierwszym, najdalej za rok"),
        ({"last": "2028-12-31"}, "Dzień po pierwszym, najdalej za rok"),
        ({"what": "other"}, "od której i do której"),
        ({"what": "other", "opens": "10:00", "closes": "09:00"}, "Koniec musi być później"),
        ({"what": "half"}, "Wybierz poprawną wartość"),
    ],
)
def test_days_that_are_not_allowed(staff: Staff, scene: Scene, given: dict[str, str], said: str) -> None:
    answer = send(staff.owner, "days", scene.calendar.pk, **{"first": "2027-03-09", "what": "closed", **given})
    assert answer.status_code == INVALID
    assert said in answer.content.decode()
    assert days_of(scene.calendar) == []


def test_public_holidays_are_proposed_and_closed_as_ticked(staff: Staff, scene: Scene) -> None:
    book(scene.calendar, scene.patient, utc(2027, 3, 29, 8))
    page = staff.owner.get(reverse("desk:days", args=(scene.calendar.pk,))).content.decode()
    assert "poniedziałek 29 marca 2027" in page
    assert "Poniedziałek Wielkanocny" in page
    done = saved(staff.owner, "holidays_close", scene.calendar, day=["2027-03-29", "2027-05-03", "2027-05-04"])
    assert days_of(scene.calendar) == [("2027-03-29", "", ""), ("2027-05-03", "", "")]
    assert "1 przyszła wizyta jest poza godzinami" in done
    assert "Nie zaznaczono żadnego święta" in saved(staff.owner, "holidays_close", scene.calendar, day=["2027-03-29"])
    undo_all = undo(staff.owner)
    assert undo_all.status_code == OK
    assert days_of(scene.calendar) == []


def test_days_of_another_practice_are_unknown(staff: Staff, scene: Scene) -> None:
    foreign = make_calendar(make_practice("Obok"))
    for page in ("hours", "days", "blocks", "days_remove", "holidays_close"):
        assert (
            send(staff.owner, page, foreign.pk, first="2027-03-09", what="closed").status_code == HTTPStatus.NOT_FOUND
        )
    assert days_of(foreign) == []


# --- blocked time -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "span"),
    [
        (("2027-03-28", "01:30", "03:30"), (utc(2027, 3, 28, 0, 30), utc(2027, 3, 28, 1, 30))),
        (("2027-03-28", "02:30", "04:00"), (utc(2027, 3, 28, 1), utc(2027, 3, 28, 2))),
        (("2027-10-31", "01:30", "03:30"), (utc(2027, 10, 30, 23, 30), utc(2027, 10, 31, 2, 30))),
    ],
    ids=["forward: an hour less", "forward: from the hour that is skipped", "back: an hour more"],
)
def test_blocked_time_keeps_to_the_wall_where_clocks_change(
    staff: Staff, scene: Scene, given: tuple[str, str, str], span: tuple[datetime, datetime]
) -> None:
    first, opens, closes = given
    saved(staff.owner, "blocks", scene.calendar, first=first, opens=opens, closes=closes)
    blocked = BlockedTime.objects.get()
    assert (blocked.start, blocked.end) == span


@pytest.mark.parametrize(
    ("day", "start", "closes", "outside"),
    [
        (date(2027, 3, 28), utc(2027, 3, 28, 1), time(3, 30), 0),
        (date(2027, 3, 28), utc(2027, 3, 28, 1), time(3, 15), 1),
        (date(2027, 10, 31), utc(2027, 10, 31, 1, 30), time(3), 0),
        (date(2027, 10, 31), utc(2027, 10, 31, 1, 45), time(3), 1),
    ],
    ids=["forward, within", "forward, too long", "back, within the second 02:30", "back, too long"],
)
def test_a_day_that_differs_is_as_long_as_the_clocks_make_it(
    staff: Staff, scene: Scene, day: date, start: datetime, closes: time, outside: int
) -> None:
    book(scene.calendar, scene.patient, start, minutes=30)
    given = {"first": day.isoformat(), "what": "other", "opens": "01:30", "closes": f"{closes:%H:%M}"}
    saved(staff.owner, "days", scene.calendar, **given)
    assert len(visits_outside.ahead(scene.calendar, NOW)) == outside


def test_blocked_time_says_whom_it_hits_and_is_undone(staff: Staff, scene: Scene, hand: Hand) -> None:
    waiting(scene, 1)
    offer = offered(book(scene.calendar, scene.patient, MONDAY))
    hand.set(SATURDAY + timedelta(minutes=1))
    given = {"first": "2027-03-08", "last": "2027-03-10", "opens": "07:00", "closes": "09:00"}
    page = saved(staff.receptionist, "blocks", scene.calendar, **given)
    assert "W tym czasie jest 1 wizyta; pozostaje umówiona" in page
    assert "Zakończono 1 ofertę" in page
    assert closed(offer) is OfferEnd.BLOCKED
    blocked = BlockedTime.objects.get()
    assert reverse("desk:block_remove", args=(scene.calendar.pk, blocked.pk)) in page
    send(staff.receptionist, "block_remove", scene.calendar.pk, blocked.pk)
    assert not BlockedTime.objects.exists()
    undo(staff.receptionist)
    again = BlockedTime.objects.get()
    assert (again.start, again.end) == (blocked.start, blocked.end)


def test_blocked_time_from_a_file_is_freed_without_undo(staff: Staff, scene: Scene) -> None:
    blocked = BlockedTime.objects.create(
        practice=scene.practice,
        calendar=scene.calendar,
        start=NEXT_WEEK,
        end=NEXT_WEEK + timedelta(hours=1),
        source_uid="u",
    )
    send(staff.owner, "block_remove", scene.calendar.pk, blocked.pk)
    page = staff.owner.get(reverse("desk:blocks", args=(scene.calendar.pk,))).content.decode()
    assert "Czas znów jest wolny" in page
    assert reverse("desk:opening_undo") not in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"closes": "07:00"}, "Koniec musi być później niż początek"),
        ({"first": "2027-03-01", "opens": "08:00", "closes": "09:00"}, "Ten czas już minął"),
        ({"first": "2027-02-27"}, "Dzień od dziś"),
        ({"last": "2026-03-09"}, "Koniec musi być później niż początek"),
        ({"opens": "kiedyś"}, "Wpisz poprawną godzinę"),
    ],
)
def test_time_that_cannot_be_blocked(staff: Staff, scene: Scene, given: dict[str, str], said: str) -> None:
    right = {"first": "2027-03-09", "opens": "08:00", "closes": "12:00"}
    answer = send(staff.owner, "blocks", scene.calendar.pk, **{**right, **given})
    assert answer.status_code == INVALID
    assert said in answer.content.decode()
    assert not BlockedTime.objects.exists()


def test_a_doctor_undoes_nothing_of_anothers(staff: Staff, scene: Scene) -> None:
    """Whoever becomes a doctor after a change at the office does not bring it back from there."""
    other = make_calendar(scene.practice)
    saved(staff.owner, "days", other, first="2027-03-09", what="closed")
    scene.practice.memberships.filter(role="owner").update(role="doctor", doctor=scene.calendar.doctor)
    assert undo(staff.owner).status_code == HTTPStatus.NOT_FOUND
    assert days_of(other) == [("2027-03-09", "", "")]


@pytest.mark.parametrize("page", ["hours", "days", "blocks"])
def test_pages_ask_a_bounded_number_of_questions(
    staff: Staff, scene: Scene, page: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    saved(staff.owner, "days", scene.calendar, first="2027-03-09", last="2027-04-30", what="closed")
    for number in range(20):
        start = NEXT_WEEK + timedelta(days=number)
        book(scene.calendar, make_patient(scene.practice), start)
        BlockedTime.objects.create(
            practice=scene.practice, calendar=scene.calendar, start=start, end=start + timedelta(minutes=10)
        )
    address = reverse(f"desk:{page}", args=(scene.calendar.pk,))
    staff.owner.get(address)
    with django_assert_max_num_queries(22):
        assert staff.owner.get(address).status_code == OK
