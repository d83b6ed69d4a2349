"""The link of an offer: old and new time, taking it, declining it, and all that can have happened before (docs/rules.md 4)."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from myosotis.domain.words import OfferEnd, Party, Via, VisitStatus
from myosotis.flows import offer_closed, visit_cancelled, visit_changed, visit_marked, visit_moved
from myosotis.store.models import Calendar, Hold, Offer, Visit
from tests.db.make import ACTOR, Scene, book, hours, make_patient, make_service, messages, open_daily, sent
from tests.db.offers import MINUTE, MONDAY, SATURDAY, WEDNESDAY, candidate, closed, mail_of, offered, take, waiting
from tests.db.web.letters import Hand, Letter, letter

NOON = SATURDAY + 2 * hours(1)


@pytest.fixture
def visits(scene: Scene, hand: Hand) -> list[Visit]:
    """Of three patients, on Wednesday from 08:00 on, in a calendar that is open from 8 to 12."""
    hand.set(SATURDAY)
    Calendar.objects.update(slot_minutes=30)
    open_daily(scene.calendar, time(8), time(12))
    return waiting(scene, 3)


@pytest.fixture
def offer(scene: Scene, hand: Hand, visits: list[Visit]) -> Offer:
    """A patient has cancelled Monday 08:00, on Saturday; noon has come."""
    del visits
    made = offered(book(scene.calendar, scene.patient, MONDAY))
    hand.set(NOON)
    return made


def link(offer: Offer, visit: Visit) -> Letter:
    return letter(sent(mail_of(offer, visit, channel="sms")[0], SATURDAY))


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
    return answer.content.decode()


def press(client: Client, path: str, **data: str) -> str:
    """Press a button; the page that follows."""
    answer = client.post(path, data)
    assert answer.status_code == 302
    return text(client, answer["Location"])


def test_old_and_new_time_stand_side_by_side(client: Client, offer: Offer, visits: list[Visit]) -> None:
    page = text(client, link(offer, visits[0]).open)
    for words in ("Zwolnił się wcześniejszy termin", "poniedziałek 8 marca 2027", "środa 10 marca 2027", ">08:00<",
                  "dr n. med. Anna Nowak", "Biorę wcześniejszy termin", "Nie, zostaję przy swoim terminie",
                  "Nie, i proszę już nie proponować mi wcześniejszych terminów"):  # fmt: skip
        assert words in page
    assert "seen.js" not in page  # it shows an offer, not the visit as it stands


def test_it_asks_the_database_a_few_things(
    client: Client, offer: Offer, visits: list[Visit], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """The opening, whose link it is, the message, the offer, whether moving is possible, and what takes the doctor's time."""
    path = link(offer, visits[0]).open
    with django_assert_max_num_queries(10):
        assert client.get(path).status_code == 200


def test_one_button_takes_it_and_coming_back_it_is_theirs(client: Client, offer: Offer, visits: list[Visit]) -> None:
    mail = link(offer, visits[0])
    page = press(client, f"{mail.open}/take")
    assert "Wcześniejszy termin jest zarezerwowany, a wizyta potwierdzona. Wyślemy to także w wiadomości." in page
    assert "poniedziałek 8 marca 2027" in page
    visits[0].refresh_from_db()
    assert (visits[0].start, visits[0].status, visits[0].event_via) == (MONDAY, VisitStatus.CONFIRMED, Via.PORTAL)
    assert closed(offer) is OfferEnd.TAKEN
    again = text(client, mail.open)
    assert "Moja wizyta" in again
    assert "poniedziałek 8 marca 2027" in again
    assert "już zajęty" not in again
    assert "Wcześniejszy termin jest zarezerwowany" in press(client, f"{mail.open}/take")  # pressed twice
    visits[0].refresh_from_db()
    assert visits[0].revision == 2
    assert len(messages(visits[0], kind="details", channel="email", revision=2)) == 1


def test_everybody_else_is_told_kindly_and_shown_other_times(client: Client, offer: Offer, visits: list[Visit]) -> None:
    mail = link(offer, visits[1])
    take(offer, visits[0], NOON)
    for page in (text(client, mail.open), press(client, f"{mail.open}/take"), press(client, f"{mail.open}/decline")):
        for words in ("Wcześniejszy termin jest już zajęty", "Przykro nam: ktoś inny był szybszy.",
                      "Wizyta pozostaje bez zmian:", "środa 10 marca 2027", "o godz. 08:30",
                      "Inne wolne wcześniejsze terminy", "Wszystkie wolne terminy"):  # fmt: skip
            assert words in page
        assert page.count('name="start" value="202703') == 6
    visits[1].refresh_from_db()
    assert (visits[1].start, visits[1].revision) == (WEDNESDAY + 30 * MINUTE, 1)


def test_whoever_chooses_another_time_then_sees_the_visit(client: Client, offer: Offer, visits: list[Visit]) -> None:
    mail = link(offer, visits[1])
    take(offer, visits[0], NOON)
    page = press(client, f"{mail.open}/move", start="20270309T080000Z", revision="1")
    assert "Gotowe: wizyta ma nowy termin" in page
    assert "wtorek 9 marca 2027" in page


def test_where_moving_is_off_the_phone_is_given_but_the_offer_can_be_taken(
    client: Client, offer: Offer, visits: list[Visit]
) -> None:
    Calendar.objects.update(actions=False, change_cutoff_minutes=60 * 24 * 30)
    first, second = link(offer, visits[0]), link(offer, visits[1])
    assert "Wcześniejszy termin jest zarezerwowany" in press(client, f"{first.open}/take")
    page = text(client, second.open)
    assert "już zajęty" in page
    assert "/move" not in page
    assert 'href="tel:+48124000000"' in page


def staff_book(scene: Scene, offer: Offer) -> None:
    book(scene.calendar, make_patient(scene.practice), MONDAY, now=NOON)


def stop(scene: Scene, offer: Offer) -> None:
    offer_closed.stop(practice=scene.practice, offer_id=offer.pk, actor=ACTOR, now=NOON)


@pytest.mark.parametrize(
    ("happens", "words"),
    [(staff_book, "już zajęty"), (stop, "Tego wcześniejszego terminu już nie ma")],
)
def test_closed_in_another_way_it_cannot_be_taken(
    client: Client, scene: Scene, offer: Offer, visits: list[Visit], happens: Callable[[Scene, Offer], None], words: str
) -> None:
    mail = link(offer, visits[0])
    happens(scene, offer)
    assert words in text(client, mail.open)
    assert words in press(client, f"{mail.open}/take")
    visits[0].refresh_from_db()
    assert visits[0].start == WEDNESDAY


def test_two_hours_before_it_is_over(client: Client, hand: Hand, offer: Offer, visits: list[Visit]) -> None:
    mail = link(offer, visits[0])
    hand.set(MONDAY - hours(2) - timedelta(seconds=1))
    assert "Biorę wcześniejszy termin" in text(client, mail.open)
    hand.set(MONDAY - hours(2))
    assert "Tego wcześniejszego terminu już nie ma" in text(client, mail.open)


def test_while_somebody_is_booking_it_one_is_asked_to_come_back(
    client: Client, scene: Scene, hand: Hand, offer: Offer, visits: list[Visit]
) -> None:
    mail = link(offer, visits[0])
    Hold.objects.create(
        practice=scene.practice, calendar=scene.calendar, service=make_service(scene.calendar), key_hash=b"k",
        start=MONDAY, end=MONDAY + 30 * MINUTE, created_at=NOON, expires_at=NOON + 10 * MINUTE,
    )  # fmt: skip
    for page in (text(client, mail.open), press(client, f"{mail.open}/take")):
        assert "Ktoś właśnie rezerwuje ten termin" in page
        assert "Spróbuj ponownie" in page
    visits[0].refresh_from_db()
    assert visits[0].start == WEDNESDAY
    hand.set(NOON + 10 * MINUTE)
    assert "Wcześniejszy termin jest zarezerwowany" in press(client, f"{mail.open}/take")


def test_declining_keeps_the_visit_and_leaves_the_door_open(client: Client, offer: Offer, visits: list[Visit]) -> None:
    mail = link(offer, visits[0])
    for _ in range(2):
        page = press(client, f"{mail.open}/decline")
        assert "Wizyta pozostaje bez zmian" in page
        assert "wcześniejszy termin jest jeszcze wolny" in page
    assert candidate(offer, visits[0]).answer == "declined"
    visits[0].refresh_from_db()
    assert (visits[0].start, visits[0].patient.no_offer) == (WEDNESDAY, False)
    assert "Wcześniejszy termin jest zarezerwowany" in press(client, f"{mail.open}/take")


@pytest.mark.parametrize("late", [False, True])
def test_no_more_such_offers_holds_also_where_this_one_is_gone(
    client: Client, offer: Offer, visits: list[Visit], late: bool
) -> None:
    mail = link(offer, visits[0])
    if late:
        take(offer, visits[1], NOON)
    page = press(client, f"{mail.open}/decline", offers="off")
    assert "Nie będziemy już proponować wcześniejszych terminów." in page
    visits[0].refresh_from_db()
    assert visits[0].patient.no_offer
    assert visits[0].start == WEDNESDAY


def moved(visit: Visit) -> None:
    visit_moved.move(
        practice=visit.practice, visit_id=visit.pk, start=WEDNESDAY + hours(24), by=Party.PRACTICE, via=Via.DESK,
        actor=ACTOR, now=NOON,
    )  # fmt: skip


def cancelled(visit: Visit) -> None:
    visit_cancelled.cancel(
        practice=visit.practice, visit_id=visit.pk, by=Party.PRACTICE, via=Via.DESK, actor=ACTOR, now=NOON
    )


def given_away(visit: Visit) -> None:
    visit_changed.give_to(
        practice=visit.practice, visit_id=visit.pk, patient_id=make_patient(visit.practice).pk, correction=False,
        actor=ACTOR, via=Via.DESK, now=NOON,
    )  # fmt: skip


def done(visit: Visit) -> None:
    visit_marked.mark(
        practice=visit.practice, visit_id=visit.pk, mark=visit_marked.Mark.DONE, actor=ACTOR, via=Via.DESK,
        now=WEDNESDAY,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (moved, "czwartek 11 marca 2027"),
        (cancelled, "Wizyta jest odwołana"),
        (given_away, "Ta wizyta jest już nieaktualna"),
        (done, "Termin tej wizyty już minął"),
    ],
)
def test_where_the_own_visit_has_changed_the_visit_is_shown(
    client: Client, offer: Offer, visits: list[Visit], happens: Callable[[Visit], None], words: str
) -> None:
    mail = link(offer, visits[0])
    happens(visits[0])
    revision = Visit.objects.get(id=visits[0].pk).revision
    for page in (text(client, mail.open), press(client, f"{mail.open}/take"), press(client, f"{mail.open}/decline")):
        assert words in page
        assert "Biorę wcześniejszy termin" not in page
    assert Visit.objects.get(id=visits[0].pk).revision == revision
    assert closed(offer) is None


def test_after_the_visit_the_link_says_so_politely(
    client: Client, hand: Hand, offer: Offer, visits: list[Visit]
) -> None:
    mail = link(offer, visits[0])
    hand.set(visits[0].end)
    assert "Termin tej wizyty już minął" in text(client, mail.open)
    assert client.post(f"{mail.open}/take").status_code == 302
    visits[0].refresh_from_db()
    assert visits[0].start == WEDNESDAY


def test_the_links_of_other_messages_take_nothing(client: Client, offer: Offer, visits: list[Visit]) -> None:
    mail = letter(sent(messages(visits[0], kind="details", channel="email")[0], SATURDAY))
    for path in ("take", "decline"):
        assert client.get(f"{mail.open}/{path}")["Location"] == mail.open
        assert client.post(f"{mail.open}/{path}", {"offers": "off"})["Location"] == mail.open
    visits[0].refresh_from_db()
    assert (visits[0].start, visits[0].patient.no_offer) == (WEDNESDAY, False)
    assert closed(offer) is None


def test_looking_takes_nothing_nor_does_a_form_without_its_secret(
    client: Client, strict: Client, offer: Offer, visits: list[Visit]
) -> None:
    mail = link(offer, visits[0])
    for path in ("", "/take", "/decline"):
        for method in (client.get, client.head):
            assert method(f"{mail.open}{path}").status_code in (200, 302)
    assert strict.post(f"{mail.open}/take").status_code == 403
    visits[0].refresh_from_db()
    assert visits[0].start == WEDNESDAY
    assert candidate(offer, visits[0]).answer == ""
