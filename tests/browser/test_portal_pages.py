"""The public pages in a real browser: for everybody, at every size, in every light, by the keyboard, without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from myosotis.domain.words import Party
from myosotis.store.models import Visit
from tests.browser.patient_pages import World, make_world
from tests.browser.portal_pages import every_portal_page, open_street
from tests.browser.test_patient_pages import DESK, PHONE, SCHEMES, Open, host, opened, path_of
from tests.db.make import NOW
from tests.db.web.letters import Hand
from tests.db.web.portal import sent_code

__all__ = ["opened"]  # the fixture, for this module too

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(live_server: LiveServer, hand: Hand) -> World:
    del live_server
    return make_world()


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_on_any_public_page(
    world: World, hand: Hand, opened: Open, flaws: Callable[[Page], list[str]], language: str, viewport: ViewportSize
) -> None:
    page = opened("/d/nobody", viewport=viewport)
    for name, path in every_portal_page(world, hand).items():
        page.goto(f"{host(page)}{path}{'&' if '?' in path else '?'}lang={language}")
        if name == "form, wrong":
            page.locator("button.main").click()
            expect(page.get_by_role("alert")).to_be_visible()
        assert page.locator("html").get_attribute("lang") == language, name
        assert page.locator("h1").count() == 1, name
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert flaws(page) == [], f"{name}, {scheme}"


@pytest.mark.parametrize(("width", "letters"), [(320, 100), (360, 200), (1280, 200)])
def test_nothing_runs_off_the_side_of_a_public_page(
    world: World, hand: Hand, opened: Open, width: int, letters: int
) -> None:
    page = opened("/d/nobody", viewport={"width": width, "height": 700})
    for name, path in every_portal_page(world, hand).items():
        page.goto(f"{host(page)}{path}")
        page.evaluate("percent => { document.documentElement.style.fontSize = percent + '%' }", letters)
        inside = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert inside, f"{name} at {width} px, letters {letters} %"


def test_what_is_to_be_touched_on_a_public_page_is_large_enough(world: World, hand: Hand, opened: Open) -> None:
    page = opened("/d/nobody")
    for name, path in every_portal_page(world, hand).items():
        page.goto(f"{host(page)}{path}")
        for target in page.locator("button:visible, .button:visible, .language, summary:visible, label.choice").all():
            box = target.bounding_box()
            assert box is not None
            assert box["height"] >= 44, f"{name}: {target.inner_text()}"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_visit_is_booked_from_the_profile_on(world: World, hand: Hand, opened: Open, scripts: bool) -> None:
    portal = open_street(world)
    page = opened(portal.profile, java_script_enabled=scripts)
    page.get_by_role("link", name="Wybierz termin").click()
    page.get_by_role("link", name="Echo serca").click()
    page.get_by_role("button", name="12:00").first.click()
    hand.set(NOW.replace(second=40))
    page.get_by_role("textbox", name="Imię pacjenta").fill("Łucja")
    page.get_by_role("textbox", name="Nazwisko pacjenta").fill("Żak")
    page.get_by_label("Telefon komórkowy").fill("601 234 567")
    page.get_by_role("button", name="Dalej").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kod z SMS-a")
    page.get_by_label("Kod").fill(sent_code())
    page.get_by_role("button", name="Umawiam wizytę").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Wizyta jest umówiona")
    assert path_of(page).endswith("/done")
    visit = Visit.objects.get(booked_by=Party.PATIENT)
    assert (visit.patient.last_name, visit.start.hour) == ("Żak", 11)


def test_a_time_is_chosen_and_the_form_sent_by_the_keyboard_alone(world: World, hand: Hand, opened: Open) -> None:
    portal = open_street(world)
    page = opened(f"{portal.times}?service={portal.service.pk}")
    _press(page, "11:30")
    hand.set(NOW.replace(second=40))
    for field, text in (("first_name", "Jan"), ("last_name", "Nowak"), ("phone", "602 000 000")):
        _tab_to(page, f"document.activeElement.id === '{field}'")
        page.keyboard.type(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_label("Kod")).to_be_focused()
    page.keyboard.type(sent_code())
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Wizyta jest umówiona")


def _press(page: Page, words: str) -> None:
    _tab_to(page, f"document.activeElement.textContent.trim() === '{words}'")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _tab_to(page: Page, found: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(found):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            return
    raise AssertionError(found)
