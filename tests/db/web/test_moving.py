"""Moving a visit by its link: the free times, the question, and whatever can come between (docs/rules.md 5)."""

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.test import Client

from myosotis.domain.values import VisitSwitches, utc
from myosotis.domain.words import Party, Via, VisitStatus
from myosotis.flows import patient_erased, visit_cancelled, visit_changed, visit_moved
from myosotis.store.models import BlockedTime, Calendar, Hold, Offer, OpeningException, Visit, VisitLog
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, book, hours, make_patient, make_service, messages, open_daily
from tests.db.web.letters import LEFT, Hand, Letter, letters

THURSDAY = utc(2027, 3, 11, 9)
"""10:00 in Warsaw, the day after the visit."""
DAY = timedelta(days=1)


@pytest.fixture
def visit(scene: Scene, hand: Hand) -> Visit:
    """Wednesday 10:00, in a calendar that is open from 8 to 12 with starts every half an hour."""
    hand.set(NOW)
    Calendar.objects.update(slot_minutes=30)
    open_daily(scene.calendar, time(8), time(12))
    return book(scene.calendar, scene.patient)


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
    return answer.content.decode()


def times(page: str) -> list[str]:
    return re.findall(r'name="start" value="(\d{8}T\d{6}Z)"', page)


def days(page: str) -> list[str]:
    return re.findall(r'<h2 id="day\d">(.*?)</h2>', page)


def written(start: datetime) -> str:
    return f"{start:%Y%m%dT%H%M%SZ}"


def choose(client: Client, mail: Letter, start: datetime, revision: object = 1) -> str:
    """Press the button of the question; where it leads."""
    answer = client.post(f"{mail.open}/move", {"start": written(start), "revision": revision})
    assert answer.status_code == 302
    return str(answer["Location"])


def other_takes(scene: Scene, start: datetime) -> Visit:
    return book(scene.calendar, make_patient(scene.practice), start)


# --- the times --------------------------------------------------------------------------------------------------------


def test_three_days_are_shown_at_a_time_and_the_rest_is_a_button_away(client: Client, mail: Letter) -> None:
    page = text(client, f"{mail.open}/move")
    assert "Który termin odpowiada?" in page
    assert "Obecny termin wizyty: środa 10 marca 2027 o godz. 10:00." in page
    assert days(page) == ["poniedziałek 1 marca 2027", "wtorek 2 marca 2027", "środa 3 marca 2027"]
    assert times(page)[-1] == "20270303T103000Z"
    assert "Wcześniejsze terminy" not in page
    later = text(client, f"{mail.open}/move?since=2027-03-04")
    assert f'href="{mail.open}/move?since=2027-03-04"' in page
    assert days(later)[0] == "czwartek 4 marca 2027"
    assert f'href="{mail.open}/move?before=2027-03-04"' in later
    assert days(text(client, f"{mail.open}/move?before=2027-03-04")) == days(page)
    middle = text(client, f"{mail.open}/move?before=2027-03-09")
    assert days(middle) == ["sobota 6 marca 2027", "niedziela 7 marca 2027", "poniedziałek 8 marca 2027"]


def test_a_day_full_of_times_stands_alone(client: Client, scene: Scene, mail: Letter) -> None:
    Calendar.objects.update(slot_minutes=5)
    page = text(client, f"{mail.open}/move?since=2027-03-04")
    assert (days(page), len(times(page))) == (["czwartek 4 marca 2027"], 43)
    assert f'href="{mail.open}/move?since=2027-03-05"' in page
    assert days(text(client, f"{mail.open}/move?before=2027-03-04")) == ["środa 3 marca 2027"]


def test_the_present_time_is_not_offered_but_what_it_takes_is(client: Client, visit: Visit, mail: Letter) -> None:
    Visit.objects.filter(id=visit.pk).update(end=visit.start + hours(1))
    shown = times(text(client, f"{mail.open}/move?since=2027-03-10"))
    assert written(visit.start) not in shown
    assert written(visit.start + timedelta(minutes=30)) in shown
    assert written(visit.start - timedelta(minutes=30)) in shown


def test_days_without_a_free_time_are_passed_over(client: Client, scene: Scene, mail: Letter) -> None:
    for number in range(2, 40):
        OpeningException.objects.create(
            practice=scene.practice, calendar=scene.calendar, day=(NOW + number * DAY).date()
        )
    page = text(client, f"{mail.open}/move?since=2027-03-02")
    assert days(page) == ["wtorek 2 marca 2027", "sobota 10 kwietnia 2027", "niedziela 11 kwietnia 2027"]
    assert days(text(client, f"{mail.open}/move?before=2027-04-10")) == [
        "poniedziałek 1 marca 2027", "wtorek 2 marca 2027", "sobota 10 kwietnia 2027",
    ]  # fmt: skip


def test_with_nothing_free_the_page_says_for_how_long_and_gives_the_phone(
    client: Client, scene: Scene, mail: Letter
) -> None:
    BlockedTime.objects.create(
        practice=scene.practice, calendar=scene.calendar, start=NOW, end=NOW + timedelta(days=400)
    )
    Calendar.objects.update(booking_horizon_days=44)
    page = text(client, f"{mail.open}/move")
    assert "Teraz nie ma wolnych terminów" in page
    assert "W ciągu najbliższych 45 dni nie ma wolnych terminów." in page
    assert 'href="tel:+48124000000"' in page
    assert "There are no free times in the next 45 days." in text(client, f"{mail.open}/move?lang=en")


@pytest.mark.parametrize(
    "query",
    [
        "since=", "since=x", "since=0001-01-01", "since=9999-12-31", "before=9999-12-31", "before=0001-01-01",
        "before=2000-01-01", "since=2199-12-31", "before=2199-12-31", "start=", "start=x", "start=99991231T235959Z",
        "start=00010101T000000Z", "since=2027-02-30", "start=20270229T000000Z", "since=%00", "start=%F0%9F%98%80",
    ],
)  # fmt: skip
def test_whatever_stands_in_the_address_there_is_a_page(client: Client, mail: Letter, query: str) -> None:
    for language in ("pl", "en"):
        assert client.get(f"{mail.open}/move?{query}&lang={language}").status_code == 200


# --- choosing one -----------------------------------------------------------------------------------------------------


def test_old_and_new_time_side_by_side_one_button_and_it_is_moved(client: Client, visit: Visit, mail: Letter) -> None:
    page = text(client, f"{mail.open}/move?start={written(THURSDAY)}")
    for words in ("Przełożyć wizytę?", "środa 10 marca 2027", "czwartek 11 marca 2027", "Tak, przekładam wizytę"):
        assert words in page
    visit.refresh_from_db()
    assert visit.start == NEXT_WEEK
    where = choose(client, mail, THURSDAY)
    assert where == f"{mail.open}?done=moved"
    visit.refresh_from_db()
    assert (visit.start, visit.status, visit.revision) == (THURSDAY, VisitStatus.CONFIRMED, 2)
    assert (visit.event_by, visit.event_via) == (Party.PATIENT, Via.PORTAL)
    after = text(client, where)
    assert "Gotowe: wizyta ma nowy termin i jest potwierdzona. Wyślemy to także w wiadomości." in after
    assert "czwartek 11 marca 2027" in after
    (told,) = messages(visit, kind="moved", channel="email")
    assert (told.status, told.due_at) == ("planned", LEFT)


def test_a_visit_without_a_message_to_come_promises_none(client: Client, scene: Scene, mail: Letter) -> None:
    scene.patient.no_email = scene.patient.no_sms = True
    scene.patient.save()
    after = text(client, choose(client, mail, THURSDAY))
    assert "Gotowe" in after
    assert "także w wiadomości" not in after


def test_the_service_goes_along_with_its_break(client: Client, scene: Scene, hand: Hand) -> None:
    hand.set(LEFT)
    open_daily(scene.calendar, time(8), time(12))
    Calendar.objects.update(slot_minutes=30)
    service = make_service(scene.calendar, minutes=60, break_minutes=30)
    visit = book(scene.calendar, scene.patient, service_id=service.pk)
    other_takes(scene, THURSDAY)
    mail = letters(visit, LEFT)[("details", "email")]
    shown = times(text(client, f"{mail.open}/move?since=2027-03-11"))
    free = [start for start in shown if start.startswith("20270311")]
    assert free == ["20270311T070000Z", "20270311T073000Z", "20270311T093000Z", "20270311T100000Z"]
    choose(client, mail, THURSDAY + hours(1))
    visit.refresh_from_db()
    assert (visit.end - visit.start, visit.service_id) == (hours(1), service.pk)


def test_what_the_patient_leaves_is_offered_to_others(client: Client, scene: Scene, mail: Letter) -> None:
    book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + 3 * DAY)
    choose(client, mail, THURSDAY)
    assert Offer.objects.get().start == NEXT_WEEK


# --- what comes between -----------------------------------------------------------------------------------------------


def take(scene: Scene) -> None:
    other_takes(scene, THURSDAY)


def hold(scene: Scene) -> None:
    Hold.objects.create(
        practice=scene.practice, calendar=scene.calendar, service=make_service(scene.calendar), key_hash=b"k",
        start=THURSDAY, end=THURSDAY + hours(1), created_at=NOW, expires_at=LEFT + hours(1),
    )  # fmt: skip


def close(scene: Scene) -> None:
    OpeningException.objects.create(practice=scene.practice, calendar=scene.calendar, day=THURSDAY.date())


@pytest.mark.parametrize(
    ("happens", "words"),
    [(take, "ktoś inny był trochę szybszy."), (hold, "ktoś właśnie rezerwuje ten termin."), (close, "ktoś inny")],
)
def test_a_time_taken_meanwhile_is_told_and_the_nearest_are_offered(
    client: Client, scene: Scene, visit: Visit, mail: Letter, happens: Callable[[Scene], None], words: str
) -> None:
    assert "Przełożyć wizytę?" in text(client, f"{mail.open}/move?start={written(THURSDAY)}")
    happens(scene)
    where = choose(client, mail, THURSDAY)
    page = text(client, where)
    for said in ("Ten termin nie jest już wolny", "czwartek 11 marca 2027 o godz. 10:00", words,
                 "Nic nie przepadło: wizyta nadal jest w terminie środa 10 marca 2027 o godz. 10:00."):  # fmt: skip
        assert said in page
    offered = times(page)
    assert len(offered) == 6
    assert written(THURSDAY) not in offered
    assert offered == sorted(offered)
    visit.refresh_from_db()
    assert (visit.start, visit.revision) == (NEXT_WEEK, 1)
    choose(client, mail, datetime.strptime(offered[0], "%Y%m%dT%H%M%S%z"))
    visit.refresh_from_db()
    assert visit.revision == 2


def test_a_time_that_is_not_free_asks_nothing(client: Client, scene: Scene, mail: Letter) -> None:
    take(scene)
    page = text(client, f"{mail.open}/move?start={written(THURSDAY)}")
    assert "tego terminu nie można już tu wybrać." in page
    assert "Tak, przekładam" not in page


@pytest.mark.parametrize("start", [NOW - DAY, NOW, NEXT_WEEK + timedelta(days=365), THURSDAY + timedelta(minutes=7)])
def test_a_time_that_was_never_offered_is_refused(client: Client, visit: Visit, mail: Letter, start: datetime) -> None:
    where = choose(client, mail, start)
    assert "Ten termin nie jest już wolny" in text(client, where)
    visit.refresh_from_db()
    assert (visit.start, visit.revision) == (NEXT_WEEK, 1)


def test_sent_twice_it_is_moved_once_and_both_are_told_so(client: Client, visit: Visit, mail: Letter) -> None:
    assert choose(client, mail, THURSDAY) == choose(client, mail, THURSDAY) == f"{mail.open}?done=moved"
    visit.refresh_from_db()
    assert visit.revision == 2
    assert VisitLog.objects.filter(visit=visit, what="moved").count() == 1
    back = client.get(f"{mail.open}/move?start={written(THURSDAY)}")  # the question of the other tab, loaded again
    assert back["Location"] == f"{mail.open}?done=moved"


def test_two_tabs_with_two_times_move_it_once(client: Client, visit: Visit, mail: Letter) -> None:
    choose(client, mail, THURSDAY)
    where = choose(client, mail, THURSDAY + hours(1))
    page = text(client, where)
    assert "W międzyczasie wizyta się zmieniła." in page
    assert "czwartek 11 marca 2027" in page
    visit.refresh_from_db()
    assert (visit.start, visit.revision) == (THURSDAY, 2)


def test_moved_by_the_practice_meanwhile_it_stays_there(client: Client, visit: Visit, mail: Letter) -> None:
    visit_moved.move(
        practice=visit.practice, visit_id=visit.pk, start=NEXT_WEEK + 2 * DAY, by=Party.PRACTICE, via=Via.DESK,
        actor=ACTOR, now=LEFT,
    )  # fmt: skip
    page = text(client, choose(client, mail, THURSDAY))
    assert "W międzyczasie wizyta się zmieniła. Poniżej aktualne informacje." in page
    assert "piątek 12 marca 2027" in page
    visit.refresh_from_db()
    assert visit.start == NEXT_WEEK + 2 * DAY


def test_cancelled_meanwhile_it_stays_so(client: Client, visit: Visit, mail: Letter) -> None:
    visit_cancelled.cancel(
        practice=visit.practice, visit_id=visit.pk, by=Party.PRACTICE, via=Via.DESK, actor=ACTOR, now=LEFT
    )
    assert client.get(f"{mail.open}/move")["Location"] == mail.open
    for revision in (1, 2):
        assert "Wizyta jest odwołana" in text(client, choose(client, mail, THURSDAY, revision))
    visit.refresh_from_db()
    assert visit.start == NEXT_WEEK


@pytest.mark.parametrize("revision", ["", "x", "0", "2", "-1"])
def test_a_form_that_does_not_say_what_it_showed_moves_nothing(
    client: Client, visit: Visit, mail: Letter, revision: str
) -> None:
    assert choose(client, mail, THURSDAY, revision) == f"{mail.open}?done=revision_changed"
    visit.refresh_from_db()
    assert visit.start == NEXT_WEEK


def test_after_the_cut_off_the_phone_is_given(client: Client, hand: Hand, visit: Visit, mail: Letter) -> None:
    Calendar.objects.update(change_cutoff_minutes=120)
    assert "Wizytę można przełożyć lub odwołać na tej stronie do: środa 10 marca 2027 o godz. 08:00" in text(
        client, mail.open
    )
    hand.set(visit.start - hours(2))
    assert "Chcę zmienić termin" not in text(client, mail.open)
    assert client.get(f"{mail.open}/move").status_code == 302
    assert "jest już za późno. Prosimy o telefon." in text(client, choose(client, mail, THURSDAY))
    visit.refresh_from_db()
    assert visit.start == NEXT_WEEK


def test_with_the_actions_off_nothing_is_moved(client: Client, scene: Scene, hand: Hand) -> None:
    hand.set(LEFT)
    visit = book(scene.calendar, scene.patient, switches=VisitSwitches(actions=False))
    mail = letters(visit, LEFT)[("details", "email")]
    assert f"{mail.open}/move" not in text(client, mail.open)
    assert client.get(f"{mail.open}/move")["Location"] == mail.open
    assert "tylko telefonicznie" in text(client, choose(client, mail, THURSDAY))
    visit.refresh_from_db()
    assert visit.start == NEXT_WEEK


def test_where_nobody_said_when_the_calendar_is_open_the_page_does_not_promise_times(
    client: Client, scene: Scene, mail: Letter
) -> None:
    scene.calendar.opening_hours.all().delete()
    page = text(client, mail.open)
    assert f"{mail.open}/move" not in page
    assert "Inny termin lub pytania?" in page
    assert client.get(f"{mail.open}/move")["Location"] == mail.open
    day = OpeningException.objects.create(
        practice=scene.practice, calendar=scene.calendar, day=THURSDAY.date(), opens=time(9), closes=time(11)
    )
    assert f"{mail.open}/move" in text(client, mail.open)
    OpeningException.objects.filter(id=day.pk).update(opens=None, closes=None)
    assert f"{mail.open}/move" not in text(client, mail.open)


def test_the_former_patient_and_the_erased_move_nothing(client: Client, scene: Scene, mail: Letter) -> None:
    visit = mail.message.visit
    assert visit is not None
    visit_changed.give_to(
        practice=scene.practice, visit_id=visit.pk, patient_id=make_patient(scene.practice).pk, correction=False,
        actor=ACTOR, via=Via.DESK, now=LEFT,
    )  # fmt: skip
    assert client.get(f"{mail.open}/move")["Location"] == mail.open
    assert choose(client, mail, THURSDAY, 2) == mail.open
    visit.refresh_from_db()
    assert visit.start == NEXT_WEEK
    patient_erased.erase(practice=scene.practice, patient_id=scene.patient.pk, actor=ACTOR, now=LEFT)
    assert client.get(f"{mail.open}/move").status_code == 404


def test_a_form_without_its_secret_moves_nothing(strict: Client, visit: Visit, mail: Letter) -> None:
    answer = strict.post(f"{mail.open}/move", {"start": written(THURSDAY), "revision": 1})
    assert answer.status_code == 403
    visit.refresh_from_db()
    assert visit.start == NEXT_WEEK


def test_the_chosen_language_stays_all_the_way(client: Client, mail: Letter) -> None:
    page = text(client, f"{mail.open}/move?lang=en")
    assert f'action="{mail.open}/move" class="days"><input type="hidden" name="lang" value="en">' in page
    assert f'href="{mail.open}/move?since=2027-03-04&amp;lang=en"' in page
    question = text(client, f"{mail.open}/move?start=20270302T070000Z&lang=en")
    assert f'action="{mail.open}/move?lang=en"' in question
    assert 'href="?start=20270302T070000Z&amp;lang=pl"' in question
    answer = client.post(f"{mail.open}/move?lang=en", {"start": "20270302T070000Z", "revision": 1})
    assert answer["Location"] == f"{mail.open}?done=moved&lang=en"
