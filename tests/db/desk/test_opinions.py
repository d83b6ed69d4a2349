"""Opinions at the desk: publishing, keeping back by a stated rule alone, answering (docs/adr/0024)."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from myosotis.content.opinions import SECRECY
from myosotis.domain.opinions import OpinionRule, OpinionState
from myosotis.domain.words import Language
from myosotis.flows import opinion_given, opinion_moderated
from myosotis.store.models import Opinion
from myosotis.store.opinions import state
from tests.db.desk.conftest import Staff, followed
from tests.db.make import ACTOR, NEXT_WEEK, Scene, book, hours, make_calendar, make_doctor, make_patient
from tests.db.web.letters import Hand

LATER = NEXT_WEEK + hours(5)


def said(scene: Scene, hand: Hand, *, stars: int = 2, text: str = "Długo czekałam.", **given: Any) -> Opinion:
    """What a patient says five hours after the visit."""
    visit = book(scene.calendar, make_patient(scene.practice), NEXT_WEEK)
    hand.set(LATER)
    return opinion_given.give(
        practice=scene.practice,
        visit_id=visit.pk,
        patient_id=visit.patient_id,
        stars=stars,
        text=text,
        now=LATER,
        **given,
    )


def page(client: Client, chosen: OpinionState = OpinionState.WAITING) -> str:
    answer = client.get(f"{reverse('desk:opinions')}?state={chosen}")
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def state_now(opinion: Opinion) -> OpinionState:
    opinion.refresh_from_db()
    return state(opinion, LATER)


def test_an_opinion_waits_and_is_published(staff: Staff, scene: Scene, hand: Hand) -> None:
    opinion = said(scene, hand)
    shown = page(staff.receptionist)
    assert "Długo czekałam." in shown
    assert "pokaże się sama sob. 13.03, 15:00" in shown
    assert reverse("desk:visit", args=[opinion.visit_id]) in shown

    staff.receptionist.post(reverse("desk:opinion_publish", args=[opinion.pk]))

    assert state_now(opinion) is OpinionState.SHOWN
    assert "Długo czekałam." in page(staff.receptionist, OpinionState.SHOWN)


def test_it_is_kept_back_by_a_rule_alone(staff: Staff, scene: Scene, hand: Hand) -> None:
    opinion = said(scene, hand)
    address = reverse("desk:opinion_reject", args=[opinion.pk])
    assert "nigdy dlatego, że jest zła" in page(staff.receptionist)

    without = followed(staff.receptionist, address, {"rule": "za mało gwiazdek"})
    assert "innego powodu, by jej nie pokazać, nie ma" in without
    assert state_now(opinion) is OpinionState.WAITING

    staff.receptionist.post(address, {"rule": OpinionRule.INSULT})
    assert state_now(opinion) is OpinionState.REJECTED
    assert "niepokazana: obelgi lub groźby" in page(staff.receptionist, OpinionState.REJECTED)

    staff.receptionist.post(reverse("desk:opinion_publish", args=[opinion.pk]))
    assert state_now(opinion) is OpinionState.SHOWN


def test_stars_alone_offer_no_rule_to_break(staff: Staff, scene: Scene, hand: Hand) -> None:
    opinion = said(scene, hand, stars=1, text="")

    shown = page(staff.receptionist)

    assert "Same gwiazdki nie łamią żadnej zasady" in shown
    assert 'name="rule"' not in shown
    refused = followed(
        staff.receptionist, reverse("desk:opinion_reject", args=[opinion.pk]), {"rule": OpinionRule.INSULT}
    )
    assert "nie może łamać tej zasady" in refused


def test_whoever_answers_is_warned_and_may_change_and_remove_the_answer(staff: Staff, scene: Scene, hand: Hand) -> None:
    opinion = said(scene, hand)
    address = reverse("desk:opinion_answer", args=[opinion.pk])
    assert SECRECY[Language.PL] in page(staff.receptionist)

    for text in ("Dziękujemy za uwagi.", "Dziękujemy.\nPoprawimy to.", ""):
        staff.receptionist.post(address, {"text": text})
        opinion.refresh_from_db()
        assert opinion.answer == text
    assert opinion.answered_at is None


def test_a_withdrawn_opinion_can_only_be_looked_at(staff: Staff, scene: Scene, hand: Hand) -> None:
    opinion = said(scene, hand)
    assert opinion.patient_id is not None
    opinion_given.withdraw(practice=scene.practice, visit_id=opinion.visit_id, patient_id=opinion.patient_id, now=LATER)

    shown = page(staff.receptionist, OpinionState.WITHDRAWN)
    assert "wycofana przez autora" in shown
    assert "Długo czekałam." not in shown
    refused = followed(staff.receptionist, reverse("desk:opinion_answer", args=[opinion.pk]), {"text": "Dziękujemy."})
    assert "Autor w międzyczasie wycofał" in refused


def test_the_average_is_that_of_what_everybody_sees(staff: Staff, scene: Scene, hand: Hand) -> None:
    for stars in (5, 4, 4):
        opinion_moderated.publish(
            practice=scene.practice, opinion_id=said(scene, hand, stars=stars).pk, actor=ACTOR, now=LATER
        )
    said(scene, hand, stars=1)

    assert "4,3 na 5, 3 opinie" in page(staff.receptionist)


@pytest.mark.parametrize("name", ["desk:opinion_publish", "desk:opinion_reject", "desk:opinion_answer"])
def test_a_doctor_decides_about_own_opinions_only(staff: Staff, scene: Scene, hand: Hand, name: str) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, name="Zofia Cudza"))
    opinion = said(Scene(practice=scene.practice, calendar=other, patient=scene.patient), hand, text="Cudza opinia.")

    assert "Cudza opinia." not in page(staff.doctor)
    assert "Zofia Cudza" not in page(staff.doctor)
    answer = staff.doctor.post(reverse(name, args=[opinion.pk]), {"rule": OpinionRule.INSULT, "text": "Dziękuję."})
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert state_now(opinion) is OpinionState.WAITING


def test_the_page_asks_no_query_for_each_opinion(
    staff: Staff, scene: Scene, hand: Hand, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(8):
        said(scene, hand)

    with django_assert_max_num_queries(20):
        page(staff.receptionist)
