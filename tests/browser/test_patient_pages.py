"""The patients' pages in a real browser: for everybody, at every size, in every light, and without scripts."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from myosotis.store.models import ReadingReport, Visit
from tests.browser.patient_pages import LEFT, World, every_page, make_world, two_asked
from tests.db.make import ahead, book, make_patient
from tests.db.web.letters import Hand, Letter

pytestmark = pytest.mark.django_db(transaction=True)
PHONE: Final[ViewportSize] = {"width": 360, "height": 740}
DESK: Final[ViewportSize] = {"width": 1280, "height": 900}
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")

Open = Callable[..., Page]


@pytest.fixture
def world(live_server: LiveServer, hand: Hand) -> World:
    del live_server
    world = make_world()
    hand.set(LEFT)
    return world


@pytest.fixture
def opened(chromium: Browser, live_server: LiveServer) -> Iterator[Open]:
    """Open a path in a new browser; whatever leaves this server, or is refused by the browser, fails the test."""
    contexts, wrong = [], []

    def open_(path: str, **given: Any) -> Page:
        context = chromium.new_context(**{"viewport": PHONE, "locale": "pl-PL", **given})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: wrong.append(request.url) if not _ours(request) else None)
        page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{live_server.url}{path}")
        return page

    def _ours(request: Request) -> bool:
        return request.url.startswith(live_server.url)

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


def host(page: Page) -> str:
    """Where the page came from."""
    return "{0.scheme}://{0.netloc}".format(urlsplit(page.url))


def path_of(page: Page) -> str:
    return urlsplit(page.url).path


@pytest.fixture
def visit(world: World) -> tuple[Visit, Letter]:
    return world.visit()


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_on_any_page(
    world: World, opened: Open, flaws: Callable[[Page], list[str]], language: str, viewport: ViewportSize
) -> None:
    pages = every_page(world)
    page = opened("/0123456789abcdefg", viewport=viewport)
    for name, path in pages.items():
        page.goto(f"{host(page)}{path}{'&' if '?' in path else '?'}lang={language}")
        assert page.locator("html").get_attribute("lang") == language, name
        assert page.locator("h1").count() == 1, name
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert flaws(page) == [], f"{name}, {scheme}"


@pytest.mark.parametrize(("width", "letters"), [(320, 100), (360, 200), (1280, 200)])
def test_nothing_runs_off_the_side_at_any_size(world: World, opened: Open, width: int, letters: int) -> None:
    """320 px is a desktop at 400 %; twice the letters is what a phone's own setting does."""
    pages = every_page(world)
    page = opened("/0123456789abcdefg", viewport={"width": width, "height": 700})
    for name, path in pages.items():
        page.goto(f"{host(page)}{path}")
        page.evaluate("percent => { document.documentElement.style.fontSize = percent + '%' }", letters)
        inside = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert inside, f"{name} at {width} px, letters {letters} %"


def test_what_is_to_be_touched_is_large_enough(world: World, opened: Open) -> None:
    pages = every_page(world)
    page = opened("/0123456789abcdefg")
    for name, path in pages.items():
        page.goto(f"{host(page)}{path}")
        for target in page.locator("button, .button, .language, summary").all():
            box = target.bounding_box()
            assert box is not None
            assert box["height"] >= 44, f"{name}: {target.inner_text()}"


def test_a_visit_is_confirmed_and_cancelled_by_the_keyboard_alone(visit: tuple[Visit, Letter], opened: Open) -> None:
    booked, mail = visit
    page = opened(mail.open)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    go_to(page, "Potwierdzam, będę")
    expect(page.get_by_role("status")).to_contain_text("wizyta jest potwierdzona")
    go_to(page, "Nie mogę przyjść")
    expect(page.get_by_role("heading", level=1)).to_have_text("Odwołać wizytę?")
    page.keyboard.press("Tab")
    while not page.evaluate("document.activeElement.matches('textarea')"):
        page.keyboard.press("Tab")
    page.keyboard.type("Przeziębienie")
    go_to(page, "Tak, odwołuję wizytę")
    expect(page.get_by_role("heading", level=1)).to_have_text("Wizyta jest odwołana")
    booked.refresh_from_db()
    assert (booked.status, booked.cancel_reason) == ("cancelled", "Przeziębienie")


def go_to(page: Page, words: str) -> None:
    """Tab on until these words have the focus, visibly; then press Enter."""
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == words:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    raise AssertionError(f"the keyboard does not come to {words!r}")


@pytest.mark.parametrize("scripts", [True, False])
def test_everything_works_without_scripts(visit: tuple[Visit, Letter], opened: Open, scripts: bool) -> None:
    booked, mail = visit
    page = opened(f"{mail.open}?lang=en", java_script_enabled=scripts)
    page.get_by_role("button", name="I confirm, I will come").click()
    expect(page.get_by_role("status")).to_contain_text("the visit is confirmed")
    page.get_by_role("link", name="I cannot come").click()
    page.get_by_role("link", name="No, go back").click()
    page.get_by_role("link", name="I cannot come").click()
    page.get_by_role("button", name="Yes, cancel the visit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The visit is cancelled")
    assert path_of(page) == mail.open
    page.go_back()  # to the question, which is answered by now
    page.goto(page.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("The visit is cancelled")
    booked.refresh_from_db()
    assert (booked.status, booked.revision) == ("cancelled", 2)


@pytest.mark.parametrize(("language", "scripts"), [("pl", True), ("pl", False), ("en", True), ("en", False)])
def test_a_visit_is_moved_and_the_second_choice_is_as_good(
    world: World, opened: Open, language: str, scripts: bool
) -> None:
    """Somebody else takes the time that is being chosen; the nearest one is taken instead."""
    say = WORDS[language]
    booked, mail = world.visit()
    page = opened(f"{mail.open}?lang={language}", java_script_enabled=scripts)
    page.get_by_role("link", name=say["another time"]).click()
    page.locator("#since").fill(f"{booked.start:%Y-%m-%d}")
    page.get_by_role("button", name=say["show"]).click()
    expect(page.locator("h2").first).to_contain_text("10")
    page.get_by_role("button", name="12:00", exact=True).first.click()
    expect(page.locator(".pair .new")).to_contain_text("12:00")
    book(world.scene.calendar, make_patient(world.scene.practice), booked.start + timedelta(hours=2), now=LEFT)
    page.get_by_role("button", name=say["yes, move"]).click()
    expect(page.get_by_role("alert")).to_contain_text(say["quicker"])
    page.get_by_role("button", name="12:30", exact=True).click()
    page.get_by_role("button", name=say["yes, move"]).click()
    expect(page.get_by_role("status")).to_contain_text(say["moved"])
    expect(page.locator(".clock")).to_contain_text("12:30")
    page.go_back()  # to the question, which is answered by now
    expect(page.get_by_role("status")).to_contain_text(say["moved"])
    booked.refresh_from_db()
    assert (booked.status, booked.revision) == ("confirmed", 2)


WORDS: Final = {
    "pl": {
        "another time": "Chcę zmienić termin", "show": "Pokaż terminy", "yes, move": "Tak, przekładam wizytę",
        "quicker": "ktoś inny był trochę szybszy", "moved": "wizyta ma nowy termin", "take": "Biorę wcześniejszy termin",
        "theirs": "Wcześniejszy termin jest zarezerwowany", "taken": "Wcześniejszy termin jest już zajęty",
        "no": "Nie, zostaję przy swoim terminie", "as it is": "Wizyta pozostaje bez zmian", "save": "Zapisz",
        "preferences": "moje ustawienia", "earlier times": "wcześniejszych terminów", "saved": "Zapisane",
    },
    "en": {
        "another time": "I would like another time", "show": "Show the times", "yes, move": "Yes, move the visit",
        "quicker": "somebody else was a little quicker", "moved": "the visit has a new time",
        "take": "Take the earlier time", "theirs": "The earlier time is yours",
        "taken": "The earlier time is already taken", "no": "No, I keep my visit",
        "as it is": "Your visit stays as it is", "save": "Save", "preferences": "my preferences",
        "earlier times": "earlier times that have become free", "saved": "Saved.",
    },
}  # fmt: skip


@pytest.mark.parametrize(("language", "scripts"), [("pl", True), ("pl", False), ("en", True), ("en", False)])
def test_one_takes_the_earlier_time_and_the_other_is_told_kindly(
    world: World, opened: Open, language: str, scripts: bool
) -> None:
    say, (quick, slow) = WORDS[language], two_asked(world)
    first, second = (opened(f"{mail.open}?lang={language}", java_script_enabled=scripts) for mail in (quick, slow))
    second.get_by_role("button", name=say["no"], exact=True).click()
    expect(second.get_by_role("heading", level=1)).to_have_text(say["as it is"])
    first.get_by_role("button", name=say["take"]).click()
    expect(first.get_by_role("status")).to_contain_text(say["theirs"])
    second.get_by_role("button", name=say["take"]).click()  # changed their mind, too late
    expect(second.get_by_role("heading", level=1)).to_have_text(say["taken"])
    second.locator(".times button").first.click()
    second.get_by_role("button", name=say["yes, move"]).click()
    expect(second.get_by_role("status")).to_contain_text(say["moved"])
    first.goto(f"{host(first)}{quick.open}")
    expect(first.locator(".clock")).to_contain_text("08:00")


@pytest.mark.parametrize(("language", "scripts"), [("pl", False), ("en", True)])
def test_preferences_are_a_tick_and_a_button_away(
    visit: tuple[Visit, Letter], opened: Open, language: str, scripts: bool
) -> None:
    say, (booked, mail) = WORDS[language], visit
    page = opened(f"{mail.open}?lang={language}", java_script_enabled=scripts)
    page.get_by_role("link", name=say["preferences"]).click()
    page.get_by_label(say["earlier times"]).uncheck()
    page.get_by_label("SMS").uncheck()
    page.get_by_label("Polski").check()
    page.get_by_role("button", name=say["save"]).click()
    expect(page.get_by_role("status")).to_contain_text("Zapisane")  # in the language that was chosen
    expect(page.get_by_label("SMS")).not_to_be_checked()
    patient = booked.patient
    patient.refresh_from_db()
    assert (patient.no_offer, patient.no_sms, patient.no_email, patient.language) == (True, True, False, "pl")


WEIGHT: Final = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .reduce((sum, entry) => sum + entry.decodedBodySize, 0)"""
"""Bytes of the page, its style, pictures and scripts, before any compression."""


def test_a_page_weighs_little_with_all_that_comes_with_it(world: World, opened: Open) -> None:
    pages = every_page(world)
    page = opened("/0123456789abcdefg")
    for name, path in pages.items():
        page.goto(f"{host(page)}{path}", wait_until="load")
        weight = page.evaluate(WEIGHT)
        assert 0 < weight < 50_000, f"{name}: {weight} bytes"


def test_two_tabs_of_one_visit(visit: tuple[Visit, Letter], opened: Open) -> None:
    booked, mail = visit
    first, second = opened(mail.open), opened(f"{mail.open}/cancel")
    second.get_by_role("button", name="Tak, odwołuję wizytę").click()
    first.get_by_role("button", name="Potwierdzam, będę").click()
    expect(first.get_by_role("alert")).to_contain_text("W międzyczasie wizyta się zmieniła")
    expect(first.get_by_role("heading", level=1)).to_have_text("Wizyta jest odwołana")
    booked.refresh_from_db()
    assert booked.status == "cancelled"


def test_reading_and_opting_out_take_one_button_each(world: World, opened: Open) -> None:
    pages = every_page(world)
    page = opened(pages["read?"])
    page.get_by_role("button", name="Potwierdzam przeczytanie").click()
    expect(page.get_by_role("status")).to_contain_text("Wiemy już, że wiadomość jest przeczytana.")
    page = opened(f"{pages['unsubscribe?']}?lang=en")
    page.get_by_role("button", name="No more such messages").click()
    expect(page.get_by_role("status")).to_have_text("We will not send you such messages any more.")


def test_the_calendar_file_is_a_download(visit: tuple[Visit, Letter], opened: Open) -> None:
    page = opened(visit[1].open)
    with page.expect_download() as download:
        page.get_by_role("link", name="Dodaj do mojego kalendarza").click()
    assert download.value.suggested_filename == "wizyta.ics"
    assert "METHOD:PUBLISH" in download.value.path().read_text(encoding="utf-8")


# --- the report that the visit was seen -------------------------------------------------------------------------------

VISIBILITY = """
    let state = "visible";
    Object.defineProperty(document, "visibilityState", { get: () => state });
    window.show = seen => { state = seen; document.dispatchEvent(new Event("visibilitychange")); };
"""
"""A tab that the test can hide: a browser without a screen shows every tab."""


@pytest.fixture
def watched(
    chromium: Browser, live_server: LiveServer, visit: tuple[Visit, Letter]
) -> Iterator[tuple[Page, list[str]]]:
    """The page of a visit, its clock in the test's hand, and what it has reported."""
    context = chromium.new_context(viewport=PHONE)
    context.add_init_script(VISIBILITY)
    page = context.new_page()
    page.clock.install(time=LEFT)
    reported: list[str] = []
    page.on("request", lambda request: reported.append(request.post_data or "") if request.method == "POST" else None)
    page.goto(f"{live_server.url}{visit[1].open}")
    page.clock.pause_at(LEFT + timedelta(seconds=1))
    yield page, reported
    context.close()


def passes(page: Page, milliseconds: int) -> None:
    page.clock.run_for(milliseconds)


def test_three_seconds_in_sight_are_reported_once(visit: tuple[Visit, Letter], watched: tuple[Page, list[str]]) -> None:
    page, reported = watched
    assert ("details", "sms") in ahead(visit[0])
    with page.expect_response(re.compile(r"/seen$")) as answer:
        passes(page, 3000)
    assert answer.value.status == 204
    passes(page, 60_000)
    assert reported == ["revision=1"]
    assert [*ReadingReport.objects.values_list("signal", "counted")] == [("page", True)]
    assert ("details", "sms") not in ahead(visit[0])


def test_time_out_of_sight_does_not_count(watched: tuple[Page, list[str]]) -> None:
    page, reported = watched
    page.evaluate("show('hidden')")
    page.evaluate("show('visible')")
    passes(page, 1500)
    page.evaluate("show('hidden')")
    passes(page, 60_000)
    assert reported == []
    page.evaluate("show('visible')")
    passes(page, 400)
    assert reported == []
    with page.expect_request(re.compile(r"/seen$")):
        passes(page, 1600)
    assert reported == ["revision=1"]


def test_a_glance_is_no_reading(visit: tuple[Visit, Letter], watched: tuple[Page, list[str]]) -> None:
    page, reported = watched
    passes(page, 1500)
    page.goto("about:blank")
    assert reported == []
    assert ("details", "sms") in ahead(visit[0])
