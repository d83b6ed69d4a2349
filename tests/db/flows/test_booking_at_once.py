"""Many people at one time, and one person many times at once: one visit, and every wrong code counted."""

from functools import partial

import pytest
from django.db import connection

from myosotis.domain.codes import MOST_WRONG, Verdict
from myosotis.domain.words import Kind, Language
from myosotis.flows import code_checked, code_sent, visit_booked_online
from myosotis.flows.code_sent import Purpose
from myosotis.flows.errors import Conflict
from myosotis.store.models import Hold, Message, Patient, PhoneVerification, Service, Visit
from tests.db.flows.test_at_once import together
from tests.db.flows.test_booked_online import PHONE, booker, held_for, prove, service
from tests.db.flows.test_codes import wrong_code
from tests.db.make import NOW, Scene, make_calendar, make_service

__all__ = ["service"]  # the fixture, for this module too

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8


@pytest.fixture(autouse=True)
def _only_where_rows_are_locked(transactional_db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite one transaction writes at a time")


def test_of_many_at_one_time_one_holds_it(service: Service) -> None:
    results = together([partial(held_for, service, number) for number in range(1, AT_ONCE + 1)])
    held = [result for result in results if isinstance(result, Hold)]
    refused = {result.code for result in results if isinstance(result, Conflict)}
    assert (len(held), refused, Hold.objects.count()) == (1, {"slot_held"}, 1)


def test_one_form_sent_many_times_at_once_is_one_visit(service: Service) -> None:
    held = held_for(service)
    prove(held)
    book = partial(visit_booked_online.book, practice=service.practice, hold_id=held.pk, booker=booker(), now=NOW)
    visits = together([book] * AT_ONCE)
    assert {visit.pk for visit in visits if isinstance(visit, Visit)} == {Visit.objects.get().pk}
    assert len(visits) == AT_ONCE
    assert Message.objects.filter(kind=Kind.DETAILS, channel="sms").count() == 1


def test_one_person_new_here_booking_with_two_doctors_at_once_gets_one_card(service: Service) -> None:
    elsewhere = [make_service(make_calendar(service.practice, slot_minutes=30)) for _ in range(1, AT_ONCE)]
    holds = [held_for(one, number) for number, one in enumerate([service, *elsewhere], 1)]
    PhoneVerification.objects.bulk_create(
        PhoneVerification(
            practice=held.practice, purpose=Purpose.BOOKING, phone=PHONE, hold=held, language=Language.PL,
            created_at=NOW, expires_at=NOW, verified_at=NOW,
        )
        for held in holds
    )  # fmt: skip
    book = partial(visit_booked_online.book, practice=service.practice, booker=booker(), now=NOW)
    visits = together([partial(book, hold_id=held.pk) for held in holds])
    assert len({visit.patient_id for visit in visits if isinstance(visit, Visit)}) == 1
    assert Patient.objects.filter(phone=PHONE).count() == 1
    assert Visit.objects.count() == AT_ONCE


def test_guessing_at_once_gains_no_try(service: Service) -> None:
    held = held_for(service)
    verification = code_sent.send(
        practice=service.practice, phone=PHONE, purpose=Purpose.BOOKING, language=Language.PL, now=NOW, hold=held
    )
    wrong = wrong_code(verification)
    guess = partial(code_checked.check, verification, wrong, NOW)
    verdicts = together([guess] * AT_ONCE)
    assert verdicts.count(Verdict.WRONG) == MOST_WRONG - 1
    assert PhoneVerification.objects.get().attempts == MOST_WRONG


def test_asked_for_many_times_at_once_one_sms_goes(scene: Scene) -> None:
    ask = partial(
        code_sent.send, practice=scene.practice, phone=PHONE, purpose=Purpose.BOOKING, language=Language.PL, now=NOW
    )
    together([ask] * AT_ONCE)
    assert Message.objects.filter(kind=Kind.CODE).count() == 1
