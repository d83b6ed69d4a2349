"""The schedule in a real browser that lives by another clock than the practice: booking, dragging, undoing, printing."""

import re
from collections.abc import Callable
from datetime import time, timedelta

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from myosotis.domain.values import utc
from myosotis.domain.words import Party, Role, VisitStatus
from myosotis.store.models import Visit
from tests.db.desk.conftest import make_staff
from tests.db.make import NEXT_WEEK, Scene, book, make_calendar, make_doctor, make_patient, make_service, open_daily
from tests.db.web.letters import Hand

pytestmark = pytest.mark.django_db(transaction=True)
WEEK = "/desk/schedule?day=2027-03-10"
SLOT = 36
"""Pixels of half an hour."""
EDGE = 24
"""Pixels from the window's edge within which the picture scrolls under what is dragged."""


@pytest.fixture
def scene(hand: Hand) -> Scene:
    del hand
    scene = Scene.set(first_name="Zofia", last_name="Zaręba", search_key="zofia zareba")
    open_daily(scene.calendar, time(8), time(18))
    return scene


@pytest.fixture
def page(opened: Callable[..., Page], scene: Scene) -> Page:
    """The receptionist's, in New York."""
    return opened(
        make_staff(scene.practice, Role.RECEPTIONIST),
        viewport={"width": 1280, "height": 1000},
        timezone_id="America/New_York",
    )


def entry(page: Page, name: str) -> Locator:
    return page.locator("#picture .entry", has_text=name)


def centred(what: Locator) -> FloatRect:
    """Where a thing of the picture stands once it is in the middle of the window and moves no more.

    Near the window's edges the picture scrolls under whatever is dragged there, by so much a frame: where that would be let
    go would hang on how fast the machine is.
    """
    what.evaluate("element => element.scrollIntoView({block: 'center', behavior: 'instant'})")
    what.hover(trial=True)  # waits until it stands still
    box = what.bounding_box()
    assert box is not None
    return box


def drag(page: Page, what: Locator, down: float, right: float = 0) -> None:
    """Taken within its first quarter of an hour: its middle lies on the border of two, where a hair's breadth decides."""
    box = centred(what)
    draw(page, box["x"] + box["width"] / 2, box["y"] + SLOT / 4, down, right)


def draw(page: Page, x: float, y: float, down: float, right: float = 0) -> None:
    """Press there, and let go so far from it."""
    height = page.evaluate("innerHeight")
    assert min(y, y + down) > EDGE
    assert max(y, y + down) < height - EDGE
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right / 2, y + down / 2, steps=4)
    page.mouse.move(x + right, y + down, steps=4)
    page.mouse.up()


def undo(page: Page) -> None:
    page.locator("#said").get_by_role("button", name="Cofnij").click()


def free_point(page: Page, day: int, half_hours_below: int, above: Locator) -> tuple[float, float]:
    """A free place so many half hours below an entry, in a column of the week (0 is Monday)."""
    box = centred(above)
    column = page.locator("#picture .ec-body .ec-day").nth(day).bounding_box()
    assert column is not None
    return column["x"] + column["width"] / 2, box["y"] + SLOT * half_hours_below + 4


def test_dragged_noted_for_the_patient_and_undone(page: Page, scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    page.goto(WEEK)

    drag(page, entry(page, "Zaręba"), 2 * SLOT)

    expect(page.locator("#said")).to_contain_text("Przełożono na śr. 10.03, 11:00.")
    expect(entry(page, "Zaręba")).to_contain_text("11:00")
    page.locator("#said").get_by_role("button", name="Prosił o to pacjent").click()
    expect(page.locator("#said")).to_contain_text("Zapisano: o zmianę prosił pacjent.")
    visit.refresh_from_db()
    assert (visit.start, visit.event_by) == (NEXT_WEEK + timedelta(hours=1), Party.PATIENT)

    undo(page)

    expect(entry(page, "Zaręba")).to_contain_text("10:00")
    visit.refresh_from_db()
    assert (visit.start, visit.status) == (NEXT_WEEK, VisitStatus.BOOKED)


def test_what_was_moved_elsewhere_goes_back_to_its_place(page: Page, scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    page.goto(WEEK)
    expect(entry(page, "Zaręba")).to_be_visible()
    Visit.objects.filter(pk=visit.pk).update(revision=2)

    drag(page, entry(page, "Zaręba"), 2 * SLOT)

    expect(page.locator("#said")).to_contain_text("Ktoś inny zmienił w międzyczasie tę wizytę")
    expect(entry(page, "Zaręba")).to_contain_text("10:00")


def test_a_click_on_free_time_books_it(page: Page, scene: Scene, flaws: Callable[[Page], list[str]]) -> None:
    make_service(scene.calendar, "Konsultacja", minutes=40)
    book(scene.calendar, make_patient(scene.practice, last_name="Pierwszy"))
    page.goto(WEEK)
    expect(entry(page, "Pierwszy")).to_be_visible()
    assert flaws(page) == []

    page.mouse.click(*free_point(page, 3, 4, entry(page, "Pierwszy")))

    drawer = page.locator("#drawer")
    expect(drawer.get_by_label("Godzina")).to_have_value("12:00")
    expect(drawer.get_by_label("Dzień")).to_have_value("2027-03-11")
    drawer.get_by_label("Szukaj").press_sequentially("zare")
    drawer.get_by_role("radio", name="Zaręba").check()
    expect(drawer).to_contain_text("Wiadomości idą przez")
    expect(drawer).to_contain_text("za minutę")
    drawer.get_by_role("button", name="12:15", exact=True).click()
    expect(drawer.get_by_role("button", name="12:15", exact=True)).to_have_attribute("aria-pressed", "true")
    assert flaws(page) == []
    drawer.locator("button.btn-primary").click()

    expect(page.locator("#said")).to_contain_text("Wizyta umówiona: czw. 11.03, 12:15.")
    expect(drawer).not_to_be_visible()
    expect(entry(page, "Zaręba")).to_contain_text("12:15")
    visit = Visit.objects.get(patient=scene.patient)
    assert (visit.start, visit.end) == (utc(2027, 3, 11, 11, 15), utc(2027, 3, 11, 11, 55))

    undo(page)

    expect(entry(page, "Zaręba")).to_have_count(0)


def test_by_keyboard_alone(page: Page, scene: Scene) -> None:
    """Somebody new is booked, opened from the picture, and moved from the list."""
    page.goto(WEEK)
    page.keyboard.press("n")
    expect(page.get_by_label("Szukaj po")).to_be_focused()
    page.keyboard.type("Jan Nowicki")
    page.get_by_role("button", name="Nowy pacjent").press("Enter")
    expect(page.get_by_label("Nazwisko")).to_have_value("Nowicki")
    page.get_by_role("textbox", name="Telefon").fill("601 234 567")
    page.locator("[data-book-time='09:30']").press("Enter")
    expect(page.get_by_label("Godzina")).to_have_value("09:30")
    page.locator("#book-form button.btn-primary").press("Enter")
    expect(page.locator("#said")).to_contain_text("09:30")

    entry(page, "Nowicki").get_by_role("button").press("Enter")
    expect(page.locator("#drawer")).to_contain_text("Jan Nowicki")
    page.keyboard.press("Escape")
    page.get_by_role("link", name=re.compile("Przełóż ?: Nowicki Jan")).press("Enter")
    expect(page.locator("#drawer").get_by_role("heading", name="Przełóż wizytę")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("]")
    expect(page).to_have_url(re.compile("day=2027-03-17"))
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile("day=2027-03-01"))


def test_dragging_over_free_time_can_block_it(page: Page, scene: Scene) -> None:
    book(scene.calendar, scene.patient)
    page.goto(WEEK)
    expect(entry(page, "Zaręba")).to_be_visible()
    x, y = free_point(page, 4, 2, entry(page, "Zaręba"))

    draw(page, x, y, 2 * SLOT)
    page.get_by_role("link", name="Zablokuj ten czas zamiast tego").click()
    expect(page.get_by_label("Od", exact=True)).to_have_value("11:00")
    page.get_by_role("button", name="Zablokuj").click()

    expect(entry(page, "Zablokowany czas")).to_be_visible()
    blocked = scene.practice.blocked_times.get()
    assert (blocked.start, blocked.end) == (utc(2027, 3, 12, 10), utc(2027, 3, 12, 11, 15))
    undo(page)
    expect(entry(page, "Zablokowany czas")).to_have_count(0)


def test_the_day_has_a_column_for_each_calendar_and_prints_a_page_for_each(
    page: Page, scene: Scene, flaws: Callable[[Page], list[str]]
) -> None:
    other = make_calendar(scene.practice, make_doctor(scene.practice, "Piotr Zieliński"))
    visit = book(scene.calendar, scene.patient)
    book(other, make_patient(scene.practice, last_name="Druga"))
    page.goto(f"{WEEK}&view=day")
    expect(entry(page, "Zaręba")).to_be_visible()
    assert flaws(page) == []

    columns = page.locator("#picture .ec-body .ec-day")
    start, end = columns.nth(0).bounding_box(), columns.nth(1).bounding_box()
    assert start is not None
    assert end is not None
    drag(page, entry(page, "Zaręba"), 2 * SLOT, end["x"] - start["x"])
    expect(page.locator("#said")).to_contain_text("Przełożono")
    visit.refresh_from_db()
    assert (visit.calendar_id, visit.start) == (other.pk, NEXT_WEEK + timedelta(hours=1))

    page.emulate_media(media="print")
    expect(page.locator("#picture")).not_to_be_visible()
    expect(page.get_by_role("columnheader", name="Uwagi").first).to_be_visible()
    expect(page.locator(".day-sheet")).to_have_count(2)


def test_a_phone_shows_the_list_and_the_choice_of_calendars_is_kept(page: Page, scene: Scene) -> None:
    make_calendar(scene.practice, make_doctor(scene.practice, "Piotr Zieliński"))
    book(scene.calendar, scene.patient)
    page.goto(WEEK)
    page.get_by_role("button", name="Kalendarze").click()
    page.get_by_role("checkbox", name="Piotr Zieliński").uncheck()
    page.get_by_role("button", name="Pokaż", exact=True).click()
    expect(page.get_by_text("Piotr Zieliński, ul")).to_have_count(0)

    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(WEEK)

    expect(page).to_have_url(re.compile(f"calendar={scene.calendar.pk}"))
    expect(page.locator("#picture")).not_to_be_visible()
    expect(page.get_by_role("link", name="Zaręba Zofia", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
