"""The public pages in a real browser: for everybody, at every size, in every light."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.patient_pages import World, make_world
from tests.browser.portal_pages import every_portal_page
from tests.browser.test_patient_pages import DESK, PHONE, SCHEMES, Open, host, opened
from tests.db.web.letters import Hand

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
