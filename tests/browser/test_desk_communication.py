"""Komunikacja and Statystyka in a browser: a switch is turned, seen, saved and taken back; a test arrives; charts are there."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from myosotis.domain.words import Kind, Role
from myosotis.store.models import Calendar, Message
from tests.db.acceptance.conftest import bench, stage
from tests.db.acceptance.stage import DAY, MINUTE, Stage, local
from tests.db.desk.conftest import make_staff

__all__ = ["bench", "stage"]  # the fixtures

pytestmark = pytest.mark.django_db(transaction=True)
START = local(2027, 3, 10, 10)
"""A Wednesday, nine days from the beginning of a stage."""
Flaws = Callable[[Page], list[str]]


@pytest.fixture
def desk(opened: Callable[..., Page], stage: Stage) -> Page:
    """The owner's; a colour on its way to another would have no contrast that could be measured."""
    return opened(make_staff(stage.practice, Role.OWNER, email="wlasciciel@example.org"), reduced_motion="reduce")


def reminders() -> int:
    return Message.objects.filter(kind=Kind.REMINDER, status__in=("planned", "waiting")).count()


def test_a_switch_is_turned_seen_saved_and_taken_back(desk: Page, stage: Stage, flaws: Flaws) -> None:
    for day in range(3):
        stage.book(stage.patient(), START + day * DAY)
    there = reminders()
    desk.goto(f"/desk/settings/calendars/{stage.calendar}/communication")
    assert flaws(desk) == []
    switch = desk.get_by_role("switch", name="Przypomnienie przed wizytą")
    switch.press("Space")
    difference = desk.locator("#difference")
    expect(difference).to_contain_text("przy 3 wizytach")
    expect(difference.locator(".mark-bad")).to_contain_text(str(there))
    assert flaws(desk) == []
    assert reminders() == there

    desk.get_by_role("button", name="Zapisz przełączniki").press("Enter")
    said = desk.locator("#said")
    expect(said).to_contain_text("(3 wizyty)")
    assert reminders() == 0
    assert not Calendar.objects.get(pk=stage.calendar).reminder

    said.get_by_role("button", name="Cofnij").press("Enter")
    expect(switch).to_be_checked()
    expect(said).to_contain_text("Przełączniki są takie jak przedtem")
    assert reminders() == there

    desk.get_by_role("link", name="Co by było, gdyby").click()
    desk.get_by_role("switch", name="Przypomnienie przed wizytą").press("Space")
    desk.get_by_role("button", name="Pokaż, co by było").press("Enter")
    expect(desk.get_by_role("heading", name="wizyt w cztery tygodnie")).to_be_visible()
    assert flaws(desk) == []


def test_messages_are_seen_on_the_phone_and_a_test_arrives(desk: Page, stage: Stage, flaws: Flaws) -> None:
    desk.goto(f"/desk/settings/calendars/{stage.calendar}/communication")
    bubble = desk.locator(".bubble")
    expect(bubble).to_contain_text("Przypomnienie")
    desk.get_by_label("Wiadomość").select_option("details")
    expect(bubble).not_to_contain_text("Przypomnienie")
    desk.get_by_text("English", exact=True).click()
    expect(bubble).to_have_attribute("lang", "en")
    desk.get_by_text("e-mail", exact=True).click()
    framed = desk.frame_locator("iframe.mail")
    expect(framed.locator("html")).to_have_attribute("lang", "en")
    expect(framed.get_by_role("heading").first).to_be_visible()
    assert flaws(desk) == []

    desk.locator("form.trial", has_text="E-mailem").get_by_role("button", name="Wyślij").press("Enter")
    expect(desk.locator("#trial")).to_contain_text("zaplanowano")
    stage.wait(MINUTE)
    expect(desk.locator("#trial .mark-good")).to_contain_text("wysłano")
    assert Message.objects.get(kind=Kind.TEST).provider_id


def test_statistics_have_charts_with_tables(desk: Page, stage: Stage, flaws: Flaws) -> None:
    stage.book(stage.patient(), START)
    stage.until(START + 2 * DAY)
    desk.goto("/desk/")
    desk.keyboard.press("g")
    desk.keyboard.press("s")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Statystyka")
    expect(desk.locator("#visits svg[role=img]")).to_be_visible()
    desk.locator("#visits summary").press("Enter")
    expect(desk.locator("#visits tfoot td").first).to_have_text("1")
    assert flaws(desk) == []
    desk.get_by_role("button", name="Jasny lub ciemny wygląd").click()
    assert flaws(desk) == []
    with desk.expect_download() as file:
        desk.locator("#messages summary").click()
        desk.locator("#messages").get_by_role("link", name="CSV").click()
    assert file.value.suggested_filename == "messages.csv"
