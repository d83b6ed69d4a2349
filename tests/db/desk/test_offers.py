"""Offers of an earlier time as staff see them: who was asked, how each ended, and stopping one."""

from datetime import timedelta
from http import HTTPStatus

from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from myosotis.domain.words import MessageStatus, OfferEnd, Via
from myosotis.flows import offer_answered
from myosotis.store.models import Offer
from tests.db.desk.conftest import Staff, followed
from tests.db.make import ACTOR, Scene, book, hours, make_calendar, make_patient
from tests.db.offers import MINUTE, MONDAY, SATURDAY, candidate, mail_of, offered, take, waiting
from tests.db.web.letters import Hand


def running(scene: Scene, hand: Hand, count: int = 3) -> Offer:
    """An offer to as many patients, opened on Saturday at ten."""
    waiting(scene, count)
    freed = book(scene.calendar, make_patient(scene.practice), MONDAY)
    hand.set(SATURDAY + MINUTE)
    return offered(freed)


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def test_a_running_offer_shows_who_was_asked_and_how_long_is_left(staff: Staff, scene: Scene, hand: Hand) -> None:
    offer = running(scene, hand)
    offer_answered.decline(
        practice=scene.practice,
        candidate_id=candidate(offer, offer.candidates.order_by("position")[0].visit).pk,
        actor=ACTOR,
        via=Via.PORTAL,
        now=SATURDAY + MINUTE,
    )

    shown = page(staff.receptionist, reverse("desk:offers"))

    assert "pon. 08.03.2027, 08:00" in shown
    assert "zapytano 3 pacjentów" in shown
    assert "2 nie odpowiedziało" in shown
    assert "Pacjent zrezygnował" in shown
    assert "zostało 1 d 19 godz." in shown


def test_those_passed_over_stand_there_with_the_reason(staff: Staff, scene: Scene, hand: Hand) -> None:
    waiting(scene, 1, no_offer=True)
    offer = running(scene, hand)

    shown = page(staff.receptionist, reverse("desk:offer", args=[offer.pk]))

    assert "pominięto 1 pacjenta" in shown
    assert "nie chce propozycji wcześniejszych terminów" in shown


def test_rounds_are_named(staff: Staff, scene: Scene, hand: Hand) -> None:
    scene.calendar.offer_round_size = 2
    scene.calendar.save()
    running(scene, hand)

    shown = page(staff.receptionist, reverse("desk:offers"))

    assert "w 2 turach" in shown
    assert "tura 2" in shown


def test_stopping_says_what_it_does_and_ends_the_messages(staff: Staff, scene: Scene, hand: Hand) -> None:
    offer = running(scene, hand)
    address = reverse("desk:offer_stop", args=[offer.pk])
    assert "zatrzymana oferta nigdy się już nie otworzy" in page(staff.receptionist, address)

    answer = staff.receptionist.post(address)

    assert answer.headers["Location"] == reverse("desk:offers")
    offer.refresh_from_db()
    assert offer.closed_because == OfferEnd.STOPPED
    assert not mail_of(offer, status=MessageStatus.PLANNED)
    assert "Zatrzymana przez personel" in page(staff.receptionist, reverse("desk:offers"))


def test_an_offer_that_ended_meanwhile_is_not_stopped(staff: Staff, scene: Scene, hand: Hand) -> None:
    offer = running(scene, hand)
    take(offer, offer.candidates.order_by("position")[0].visit)

    shown = followed(staff.receptionist, reverse("desk:offer_stop", args=[offer.pk]))

    assert "Ta oferta już się skończyła" in shown
    offer.refresh_from_db()
    assert offer.closed_because == OfferEnd.TAKEN


def test_the_history_says_who_took_it_after_how_long_and_leads_along_the_chain(
    staff: Staff, scene: Scene, hand: Hand
) -> None:
    offer = running(scene, hand)
    winner = offer.candidates.order_by("position")[1]
    later = waiting(scene, 2, MONDAY + hours(24 * 7))
    take(offer, winner.visit, SATURDAY + hours(1) + 5 * MINUTE)
    next_offer = Offer.objects.get(cause=offer)
    hand.set(SATURDAY + hours(2))

    shown = page(staff.receptionist, reverse("desk:offers"))

    assert winner.patient.full_name in shown
    assert "1 godz. 5 min" in shown
    assert reverse("desk:offer", args=[next_offer.pk]) in page(
        staff.receptionist, reverse("desk:offer", args=[offer.pk])
    )
    assert "Zwolnił się, bo ktoś wziął termin" in page(staff.receptionist, reverse("desk:offer", args=[next_offer.pk]))
    assert later


def test_an_offer_whose_time_has_come_does_not_run_even_before_it_is_closed(
    staff: Staff, scene: Scene, hand: Hand
) -> None:
    offer = running(scene, hand)
    hand.set(offer.closes_at + timedelta(seconds=1))

    shown = page(staff.receptionist, reverse("desk:offers"))

    assert "Żadna oferta teraz nie trwa" in shown
    assert "Do terminu zostały dwie godziny" in shown


def test_a_doctor_sees_and_stops_own_offers_only(staff: Staff, scene: Scene, hand: Hand) -> None:
    other = Scene(practice=scene.practice, calendar=make_calendar(scene.practice), patient=scene.patient)
    foreign = running(other, hand)

    assert "Żadna oferta teraz nie trwa" in page(staff.doctor, reverse("desk:offers"))
    for name in ("desk:offer", "desk:offer_stop"):
        assert staff.doctor.get(reverse(name, args=[foreign.pk])).status_code == HTTPStatus.NOT_FOUND
    assert staff.doctor.post(reverse("desk:offer_stop", args=[foreign.pk])).status_code == HTTPStatus.NOT_FOUND


def test_one_calendar_alone(staff: Staff, scene: Scene, hand: Hand) -> None:
    running(scene, hand)
    other = make_calendar(scene.practice)

    of_other = page(staff.receptionist, f"{reverse('desk:offers')}?calendar={other.pk}")

    assert "Żadna oferta teraz nie trwa" in of_other
    assert "zapytano 3" in page(staff.receptionist, f"{reverse('desk:offers')}?calendar={scene.calendar.pk}")
    nowhere = staff.receptionist.get(f"{reverse('desk:offers')}?calendar=xyz")
    assert nowhere.status_code == HTTPStatus.NOT_FOUND


def test_the_page_asks_no_query_for_each_offer(
    staff: Staff, scene: Scene, hand: Hand, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    waiting(scene, 12)
    visits = [book(scene.calendar, make_patient(scene.practice), MONDAY + number * 30 * MINUTE) for number in range(8)]
    hand.set(SATURDAY + MINUTE)
    for number, visit in enumerate(visits):
        offer = offered(visit)
        if number % 2:
            staff.receptionist.post(reverse("desk:offer_stop", args=[offer.pk]))

    with django_assert_max_num_queries(18):
        page(staff.receptionist, reverse("desk:offers"))
