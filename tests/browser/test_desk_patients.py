"""The desk by keyboard, in a real browser: finding a patient, changing and merging cards, an offer, an opinion; by axe."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from myosotis.domain.opinions import OpinionState
from myosotis.domain.words import OfferEnd, Role
from myosotis.flows import opinion_given, patient_changed
from myosotis.store.models import Opinion, Patient
from myosotis.store.opinions import state
from tests.db.desk.conftest import make_staff
from tests.db.make import ACTOR, NEXT_WEEK, NOW, Scene, book, hours, make_patient
from tests.db.offers import MINUTE, MONDAY, SATURDAY, offered, waiting
from tests.db.web.letters import Hand

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene(live_server: LiveServer, hand: Hand) -> Scene:
    return Scene.set()


@pytest.fixture
def page(opened: Callable[..., Page], scene: Scene, hand: Hand) -> Page:
    """The owner's."""
    return opened(make_staff(scene.practice, Role.OWNER))


def add(scene: Scene, **card: Any) -> Patient:
    return patient_changed.add(practice=scene.practice, card=card, actor=ACTOR, now=NOW)  # type: ignore[arg-type] # as given


def test_a_patient_is_found_and_changed_by_keyboard_alone(
    page: Page, scene: Scene, flaws: Callable[[Page], list[str]]
) -> None:
    patient = add(scene, first_name="Żaneta", last_name="Łąkowska", phone="+48600123456", email="z@example.org")
    book(scene.calendar, patient)
    page.goto(reverse("desk:offers"))

    page.keyboard.press("/")
    page.keyboard.type("lakow")
    expect(page.locator("#found a")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Żaneta Łąkowska")
    assert flaws(page) == []

    page.keyboard.press("e")
    page.get_by_label("Telefon", exact=False).first.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("600-999 888")
    page.keyboard.press("Tab")
    expect(page.locator("#check")).to_contain_text("+48 600 999 888, komórkowy")
    assert flaws(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("nowy adres")
    expect(page.locator("#card")).to_contain_text("+48 600 999 888")

    page.keyboard.press("u")
    expect(page.locator("#card")).to_contain_text("+48 600 123 456")
    expect(page.locator("#said")).to_contain_text("Karta jest taka jak przedtem")


def test_typing_narrows_the_list_and_doubles_are_merged(
    page: Page, scene: Scene, flaws: Callable[[Page], list[str]]
) -> None:
    kept = add(scene, first_name="Jan", last_name="Łoś", phone="+48600123456", email="stary@example.org")
    add(scene, first_name="Jan", last_name="Los", phone="+48600123456", email="nowy@example.org")
    add(scene, first_name="Ewa", last_name="Inna")
    page.goto(reverse("desk:patients"))
    page.get_by_label("Nazwisko, telefon lub e-mail").press_sequentially("600 123")
    expect(page.locator("#patients tbody tr")).to_have_count(2)
    assert flaws(page) == []

    page.get_by_role("link", name="Duplikaty").click()
    assert flaws(page) == []
    page.get_by_role("link", name="Porównaj").click()
    page.get_by_label("nowy@example.org").check()
    assert flaws(page) == []
    page.get_by_role("button", name="Scal na zawsze").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Jan Łoś")
    kept.refresh_from_db()
    assert kept.email == "nowy@example.org"


def test_an_offer_is_stopped(page: Page, scene: Scene, hand: Hand, flaws: Callable[[Page], list[str]]) -> None:
    waiting(scene, 2)
    freed = book(scene.calendar, make_patient(scene.practice), MONDAY)
    hand.set(SATURDAY + MINUTE)
    offer = offered(freed)
    page.goto(reverse("desk:patients"))
    page.locator("h1").click()

    page.keyboard.press("g")
    page.keyboard.press("e")
    expect(page.locator("#running")).to_contain_text("zapytano 2")
    assert flaws(page) == []
    page.locator("#running h3 a").click()
    expect(page.locator("#drawer")).to_contain_text("Co się działo")
    page.keyboard.press("Escape")
    page.locator("#running").get_by_role("link", name="Zatrzymaj").click()
    assert flaws(page) == []
    page.get_by_role("button", name="Zatrzymaj ofertę").click()

    expect(page.locator("#said")).to_contain_text("Oferta zatrzymana")
    offer.refresh_from_db()
    assert offer.closed_because == OfferEnd.STOPPED


def test_an_opinion_is_answered_and_shown(
    page: Page, scene: Scene, hand: Hand, flaws: Callable[[Page], list[str]]
) -> None:
    visit = book(scene.calendar, scene.patient)
    later = NEXT_WEEK + hours(5)
    hand.set(later)
    opinion_given.give(
        practice=scene.practice, visit_id=visit.pk, patient_id=visit.patient_id, stars=2, text="Długo.", now=later
    )
    page.goto(reverse("desk:opinions"))

    page.get_by_text("Odpowiedz", exact=True).click()
    expect(page.get_by_text("Obowiązuje tajemnica zawodowa")).to_be_visible()
    assert flaws(page) == []
    page.get_by_label("Odpowiedź, którą przeczytają wszyscy").fill("Dziękujemy za uwagi.")
    page.get_by_role("button", name="Zapisz odpowiedź").click()
    expect(page.locator(".reply")).to_contain_text("Dziękujemy za uwagi.")
    page.get_by_role("button", name="Pokaż teraz").click()

    expect(page.locator("#said")).to_contain_text("widoczna na profilu")
    assert state(Opinion.objects.get(), later) is OpinionState.SHOWN
