"""Booking on the public pages: from a held time and a proven phone to a visit on the right card (docs/rules.md 5)."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest

from myosotis.domain import codes
from myosotis.domain.words import (
    ConsentBasis,
    ConsentPurpose,
    Kind,
    Language,
    MessageStatus,
    Party,
    Via,
)
from myosotis.flows import code_checked, code_sent, patient_erased, time_chosen, time_held, visit_booked_online
from myosotis.flows.code_sent import Purpose
from myosotis.flows.errors import Conflict, Invalid, NotFound
from myosotis.flows.visit_booked_online import Booker
from myosotis.store.models import (
    Consent,
    Hold,
    IncomingMessage,
    Message,
    OpeningHours,
    Patient,
    PhoneVerification,
    Service,
    Visit,
)
from myosotis.store.sealing import derived_key
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, ahead, book, make_patient, make_practice, make_service, outline

PHONE = "+48601234567"
MINUTE = timedelta(minutes=1)


def booker(**given: Any) -> Booker:
    given = {"first_name": "Łucja", "last_name": "Żak", "phone": PHONE, "language": Language.PL, **given}
    return Booker(**given)


@pytest.fixture
def service(scene: Scene) -> Service:
    """Half an hour, on a calendar that is open every day from eight to six."""
    for weekday in range(7):
        OpeningHours.objects.create(
            practice=scene.practice, calendar=scene.calendar, weekday=weekday, opens=time(8), closes=time(18)
        )
    return make_service(scene.calendar, minutes=30, break_minutes=10)


def held_for(service: Service, number: int = 1, **given: Any) -> Hold:
    values: dict[str, Any] = {
        "practice": service.practice, "calendar_id": service.calendar_id, "service_id": service.pk, "start": NEXT_WEEK,
        "place_hash": bytes([number]) * 16, "key_hash": bytes([100 + number]) * 16, "now": NOW, **given,
    }  # fmt: skip
    return time_chosen.choose(**values)


def prove(held: Hold, phone: str = PHONE) -> PhoneVerification:
    """The code came and was entered."""
    verification = code_sent.send(
        practice=held.practice, phone=phone, purpose=Purpose.BOOKING, language=Language.PL, now=NOW, hold=held
    )
    code_checked.check(verification, codes.code_of(derived_key("codes"), verification.uuid), NOW)
    return verification


def booked(service: Service, number: int = 1, **given: Any) -> Visit:
    held = held_for(service, number)
    person = booker(**given)
    prove(held, person.phone)
    return visit_booked_online.book(practice=service.practice, hold_id=held.pk, booker=person, now=NOW)


def test_the_visit_is_the_patients_own_through_the_portal(service: Service) -> None:
    visit = booked(service, email="lucja@example.org")
    assert (visit.start, visit.end, visit.service) == (NEXT_WEEK, NEXT_WEEK + 30 * MINUTE, service)
    assert (visit.booked_by, visit.event_by, visit.event_via) == (Party.PATIENT, Party.PATIENT, Via.PORTAL)
    card = visit.patient
    assert (card.first_name, card.last_name, card.phone, card.email) == ("Łucja", "Żak", PHONE, "lucja@example.org")


def test_details_go_at_once_by_sms_and_email_to_who_has_no_app(service: Service) -> None:
    visit = booked(service, email="lucja@example.org")
    due = {(row.channel, row.due_at) for row in Message.objects.filter(visit=visit, kind=Kind.DETAILS)}
    assert due == {("email", NOW), ("sms", NOW)}


def test_a_request_for_an_opinion_always_follows(scene: Scene, service: Service) -> None:
    scene.calendar.review = False
    scene.calendar.save()
    assert ("review", "sms") in ahead(booked(service))


def test_the_held_time_became_the_visit_and_what_was_typed_is_forgotten(service: Service) -> None:
    held = held_for(service)
    time_chosen.keep_typed(held, {"first_name": "Łucja", "phone": "601 234 567"})
    prove(held)
    visit = visit_booked_online.book(practice=service.practice, hold_id=held.pk, booker=booker(), now=NOW)
    held.refresh_from_db()
    assert (held.visit, held.released_at, bytes(held.entered)) == (visit, NOW, b"")


def test_sent_twice_it_is_one_visit(service: Service) -> None:
    first = booked(service)
    held = Hold.objects.get()
    again = visit_booked_online.book(practice=service.practice, hold_id=held.pk, booker=booker(), now=NOW + MINUTE)
    assert again == first
    assert Visit.objects.count() == 1


def test_of_two_people_one_gets_the_time(service: Service) -> None:
    held_for(service, 1)
    with pytest.raises(Conflict, match="slot_held"):
        held_for(service, 2)


def test_without_the_code_nothing_is_booked(service: Service) -> None:
    held = held_for(service)
    with pytest.raises(Invalid, match="not_proven"):
        visit_booked_online.book(practice=service.practice, hold_id=held.pk, booker=booker(), now=NOW)
    prove(held, "+48602222222")
    with pytest.raises(Invalid, match="not_proven"):
        visit_booked_online.book(practice=service.practice, hold_id=held.pk, booker=booker(), now=NOW)
    assert not Visit.objects.exists()


def test_a_code_entered_for_another_hold_proves_nothing_here(service: Service) -> None:
    prove(held_for(service, 1, start=NEXT_WEEK + 60 * MINUTE))
    held = held_for(service, 2)
    with pytest.raises(Invalid, match="not_proven"):
        visit_booked_online.book(practice=service.practice, hold_id=held.pk, booker=booker(), now=NOW)


def test_a_hold_that_ran_out_is_good_while_nobody_else_took_the_time(service: Service) -> None:
    held = held_for(service)
    prove(held)
    late = NOW + time_held.LASTS + MINUTE
    assert visit_booked_online.book(practice=service.practice, hold_id=held.pk, booker=booker(), now=late).start == (
        NEXT_WEEK
    )


def test_a_hold_that_ran_out_is_lost_once_somebody_has_the_time(scene: Scene, service: Service) -> None:
    held = held_for(service)
    prove(held)
    late = NOW + time_held.LASTS
    held_for(service, 2, now=late)
    with pytest.raises(Conflict, match="slot_held"):
        visit_booked_online.book(practice=service.practice, hold_id=held.pk, booker=booker(), now=late)
    Hold.objects.exclude(pk=held.pk).delete()
    book(scene.calendar, scene.patient, NEXT_WEEK, service_id=service.pk)
    with pytest.raises(Conflict, match="slot_taken"):
        visit_booked_online.book(practice=service.practice, hold_id=held.pk, booker=booker(), now=late)


def test_staff_who_take_a_held_time_win_and_the_patient_is_told(scene: Scene, service: Service) -> None:
    held = held_for(service)
    prove(held)
    book(scene.calendar, scene.patient, NEXT_WEEK, service_id=service.pk)
    with pytest.raises(Conflict, match="slot_taken"):
        visit_booked_online.book(practice=service.practice, hold_id=held.pk, booker=booker(), now=NOW)
    assert Visit.objects.count() == 1


def test_nothing_of_another_practice_is_reached(service: Service) -> None:
    held = held_for(service)
    with pytest.raises(NotFound):
        visit_booked_online.book(practice=make_practice("Inna"), hold_id=held.pk, booker=booker(), now=NOW)


# --- another time: what was typed and proven goes along ------------------------------------------------------------


def test_another_time_gives_the_first_back_and_keeps_what_was_typed_and_proven(service: Service) -> None:
    first = held_for(service)
    time_chosen.keep_typed(first, {"last_name": "Żak"})
    prove(first)
    second = held_for(service, 2, start=NEXT_WEEK + 15 * MINUTE, instead_of=first)
    first.refresh_from_db()
    assert (first.released_at, bytes(first.entered)) == (NOW, b"")
    assert time_chosen.typed(second) == {"last_name": "Żak"}
    visit = visit_booked_online.book(practice=service.practice, hold_id=second.pk, booker=booker(), now=NOW)
    assert visit.start == NEXT_WEEK + 15 * MINUTE


def test_where_the_other_time_is_gone_the_first_stays(scene: Scene, service: Service) -> None:
    first = held_for(service)
    time_chosen.keep_typed(first, {"last_name": "Żak"})
    other = NEXT_WEEK + 60 * MINUTE
    book(scene.calendar, scene.patient, other, service_id=service.pk)
    with pytest.raises(Conflict, match="slot_taken"):
        held_for(service, 2, start=other, instead_of=first)
    first.refresh_from_db()
    assert first.released_at is None
    assert time_chosen.typed(first) == {"last_name": "Żak"}


def test_what_was_typed_is_sealed(service: Service) -> None:
    held = held_for(service)
    time_chosen.keep_typed(held, {"last_name": "Brzęczyszczykiewicz", "phone": "601234567"})
    stored = bytes(Hold.objects.get().entered)
    assert b"601234567" not in stored
    assert b"czyszczykiewicz" not in stored


def test_after_it_was_given_back_nothing_is_kept_or_booked(service: Service) -> None:
    held = held_for(service)
    prove(held)
    time_held.release(practice=service.practice, hold_id=held.pk, now=NOW)
    with pytest.raises(NotFound):
        time_chosen.keep_typed(held, {"last_name": "Żak"})
    with pytest.raises(Conflict, match="given_back"):
        visit_booked_online.book(practice=service.practice, hold_id=held.pk, booker=booker(), now=NOW)


# --- whose card ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first_name", "last_name"),
    [
        ("Łucja", "Żak-Wiśniewska"),
        ("ŁUCJA", "ŻAK-WIŚNIEWSKA"),
        ("lucja", "zak wisniewska"),
        ("Łucja", "Wiśniewska-Żak"),
        ("Łucja Maria", "Żak-Wiśniewska"),
        ("Łucja", "Wiśniewska"),
        ("Żak-Wiśniewska", "Łucja"),
    ],
)
def test_a_patient_is_recognised_by_phone_and_name(
    scene: Scene, service: Service, first_name: str, last_name: str
) -> None:
    card = make_patient(scene.practice, first_name="Łucja", last_name="Żak-Wiśniewska", phone=PHONE)
    assert booked(service, first_name=first_name, last_name=last_name).patient == card
    card.refresh_from_db()
    assert (card.first_name, card.last_name) == ("Łucja", "Żak-Wiśniewska")


@pytest.mark.parametrize(
    ("first_name", "last_name"), [("Jan", "Żak-Wiśniewska"), ("Łucja", "Kowalska"), ("Łu", "Żak"), ("Anna", "Łucja")]
)
def test_somebody_else_at_the_same_phone_gets_a_card_of_their_own(
    scene: Scene, service: Service, first_name: str, last_name: str
) -> None:
    card = make_patient(scene.practice, first_name="Łucja", last_name="Żak-Wiśniewska", phone=PHONE)
    assert booked(service, first_name=first_name, last_name=last_name).patient != card


def test_the_same_name_at_another_phone_is_somebody_else(scene: Scene, service: Service) -> None:
    card = make_patient(scene.practice, first_name="Łucja", last_name="Żak", phone="+48602000000")
    assert booked(service).patient != card


def test_the_card_of_another_practice_is_never_found(service: Service) -> None:
    other = make_patient(make_practice("Inna"), first_name="Łucja", last_name="Żak", phone=PHONE)
    assert booked(service).patient != other


def marked_deceased(card: Patient) -> None:
    Patient.objects.filter(pk=card.pk).update(deceased=True)


def erased(card: Patient) -> None:
    patient_erased.erase(practice=card.practice, patient_id=card.pk, actor=ACTOR, now=NOW)


@pytest.mark.parametrize("ended", [marked_deceased, erased])
def test_the_deceased_and_the_erased_are_not_found(
    scene: Scene, service: Service, ended: Callable[[Patient], None]
) -> None:
    card = make_patient(scene.practice, first_name="Łucja", last_name="Żak", phone=PHONE)
    ended(card)
    assert booked(service).patient != card


def test_of_two_cards_of_one_person_that_with_the_latest_visit(scene: Scene, service: Service) -> None:
    make_patient(scene.practice, first_name="Łucja", last_name="Żak", phone=PHONE)
    used = make_patient(scene.practice, first_name="Łucja", last_name="Żak", phone=PHONE)
    book(scene.calendar, used, NEXT_WEEK + timedelta(days=1))
    assert booked(service).patient == used


def test_where_two_may_be_meant_neither_is_taken(scene: Scene, service: Service) -> None:
    for second in ("Maria", "Anna"):
        make_patient(scene.practice, first_name=f"Łucja {second}", last_name="Żak", phone=PHONE)
    assert booked(service).patient.first_name == "Łucja"


# --- guardians -----------------------------------------------------------------------------------------------------


def test_a_guardian_books_for_a_child_and_gets_its_messages(service: Service) -> None:
    visit = booked(service, first_name="Antek", for_other=True, email="mama@example.org")
    card = visit.patient
    assert (card.phone, card.email) == ("", "")
    assert (card.guardian_phone, card.guardian_email) == (PHONE, "mama@example.org")
    assert ("details", "sms", MessageStatus.PLANNED, 1) in outline(visit)


@pytest.mark.parametrize("for_other", [True, False])
def test_a_childs_card_is_found_by_the_guardians_phone(scene: Scene, service: Service, for_other: bool) -> None:
    child = make_patient(scene.practice, first_name="Antek", last_name="Żak", phone="", email="", guardian_phone=PHONE)
    make_patient(scene.practice, first_name="Łucja", last_name="Żak", phone=PHONE)
    visit = booked(service, first_name="Antek", for_other=for_other, email="mama@example.org")
    assert visit.patient == child
    child.refresh_from_db()
    assert (child.email, child.guardian_email) == ("", "mama@example.org")


def test_after_the_hand_over_the_guardians_phone_proves_nothing(scene: Scene, service: Service) -> None:
    grown = make_patient(
        scene.practice, first_name="Antek", last_name="Żak", guardian_phone=PHONE, guardian_until=date(2027, 3, 1)
    )
    assert booked(service, first_name="Antek").patient != grown


# --- what is typed never overwrites a card -------------------------------------------------------------------------


def test_a_missing_email_is_filled_in(scene: Scene, service: Service) -> None:
    card = make_patient(scene.practice, first_name="Łucja", last_name="Żak", phone=PHONE, email="")
    visit = booked(service, email="lucja@example.org")
    card.refresh_from_db()
    assert (visit.patient, card.email) == (card, "lucja@example.org")
    assert ("details", "email") in ahead(visit)
    assert not IncomingMessage.objects.exists()


def test_another_email_stays_off_the_card_and_reaches_the_inbox(scene: Scene, service: Service) -> None:
    card = make_patient(scene.practice, first_name="Łucja", last_name="Żak", phone=PHONE, email="a@example.org")
    booked(service, email="b@example.org")
    card.refresh_from_db()
    noted = IncomingMessage.objects.get()
    assert card.email == "a@example.org"
    assert (noted.patient, noted.understood_as, noted.text) == (card, "other_email", "b@example.org")
    assert noted.handled_at is None


def test_the_same_email_in_other_letters_is_no_news(scene: Scene, service: Service) -> None:
    make_patient(scene.practice, first_name="Łucja", last_name="Żak", phone=PHONE, email="Lucja@Example.org")
    booked(service, email="lucja@example.org")
    assert not IncomingMessage.objects.exists()


def test_a_phone_that_was_dead_and_got_the_code_lives_again(scene: Scene, service: Service) -> None:
    card = make_patient(scene.practice, first_name="Łucja", last_name="Żak", phone=PHONE, phone_bad_at=NOW)
    earlier = book(scene.calendar, card, NEXT_WEEK + timedelta(days=2))
    assert ("reminder", "sms") not in ahead(earlier)
    visit = booked(service)
    assert ("details", "sms") in ahead(visit)
    assert ("reminder", "sms") in ahead(earlier)


# --- consent -------------------------------------------------------------------------------------------------------

WORDING = "Zgadzam się na prośby o opinię."


@pytest.mark.parametrize(
    ("basis", "wording", "given"),
    [(ConsentBasis.CARD, WORDING, 1), (ConsentBasis.CARD, "", 0), (ConsentBasis.PRACTICE, WORDING, 0)],
)
def test_a_consent_is_recorded_only_where_it_is_asked_for_and_given(
    scene: Scene, service: Service, basis: ConsentBasis, wording: str, given: int
) -> None:
    scene.practice.consent_basis = basis
    scene.practice.save()
    visit = booked(service, consent_wording=wording)
    consents = Consent.objects.filter(patient=visit.patient, purpose=ConsentPurpose.COMMERCIAL, how="portal")
    assert [consent.wording for consent in consents] == [WORDING] * given
    wanted = basis is ConsentBasis.PRACTICE or given == 1
    assert (("review", "sms") in ahead(visit)) is wanted
