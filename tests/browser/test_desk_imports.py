"""Importing in a real browser, by keyboard, with real files; and no flaw on the pages of accounts, keys and the log."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from myosotis.domain.words import Role
from myosotis.importing import pieces, run
from myosotis.store.models import Calendar, ImportFile, Patient, Visit
from tests.db.desk.conftest import make_staff
from tests.db.make import make_calendar, make_practice
from tests.db.web.letters import Hand

pytestmark = pytest.mark.django_db(transaction=True)
DATA: Final = Path(__file__).resolve().parents[1] / "data" / "intake"
MOST_TABS: Final = 80


@pytest.fixture
def calendar(live_server: LiveServer, hand: Hand, monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """A practice whose files are taken three rows at a time, so that there is progress to be seen."""
    del live_server, hand
    monkeypatch.setattr(run, "LOT", 3)
    monkeypatch.setattr(pieces, "PIECE_SECONDS", -1.0)
    return make_calendar(make_practice())


@pytest.fixture
def desk(opened: Callable[..., Page], calendar: Calendar) -> Page:
    """The owner's."""
    return opened(make_staff(calendar.practice, Role.OWNER))


def press(page: Page, name: str) -> None:
    """A button, or a link, as somebody without a mouse."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("name => document.activeElement.textContent.trim() === name", name):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"nobody gets to {name} by keyboard")


def test_a_real_file_is_looked_through_taken_in_and_taken_back(
    desk: Page, calendar: Calendar, flaws: Callable[[Page], list[str]]
) -> None:
    bars: list[str] = []
    desk.on("response", lambda answer: bars.append(answer.url) if answer.url.endswith("/piece") else None)
    desk.goto("/desk/settings/import")
    assert flaws(desk) == []
    desk.get_by_label("Plik", exact=True).set_input_files(DATA / "wizyty-excel-windows1250.csv")
    desk.get_by_label("Kalendarz").select_option(str(calendar.pk))
    press(desk, "Sprawdź plik")
    expect(desk.get_by_role("heading", name="Co się stanie")).to_be_visible(timeout=20_000)
    expect(desk.get_by_text("Wiersz 4, ", exact=False).first).to_be_visible()
    assert (Visit.objects.count(), Patient.objects.count()) == (0, 0)
    assert flaws(desk) == []
    looked = len(bars)
    assert looked > 1, "it went in one piece: there was no progress"

    press(desk, "Importuj")
    expect(desk.locator(".bar .mark-good")).to_be_visible(timeout=20_000)
    assert len(bars) - looked > 1
    assert Visit.objects.exists()
    assert not ImportFile.objects.exists()
    assert flaws(desk) == []

    press(desk, "Cofnij ten import…")
    expect(desk.get_by_role("heading", name="Cofnięcie importu")).to_be_visible()
    press(desk, "Cofnij import")
    expect(desk.get_by_text("Import został cofnięty.").first).to_be_visible()
    assert not Visit.objects.exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_accounts_keys_and_the_log(
    desk: Page, flaws: Callable[[Page], list[str]], scheme: str
) -> None:
    desk.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in ("providers", "providers/email", "providers/push", "providers/sms/remove", "audit"):
        desk.goto(f"/desk/settings/{path}")
        assert desk.locator("h1").count() == 1, path
        assert flaws(desk) == [], path
    desk.goto("/desk/settings/keys")
    desk.get_by_label("Do czego służy klucz").fill("Terminarz")
    desk.get_by_label("Wgląd w ustawienia").check()
    desk.get_by_role("button", name="Utwórz klucz").click()
    expect(desk.locator("#secret")).to_contain_text("myo_")
    assert flaws(desk) == []
    desk.goto("/desk/settings/providers")
    desk.locator("form[action$='/email/check'] button").click()
    expect(desk.get_by_text("Tych ustawień nie da się użyć.")).to_be_visible()
    assert flaws(desk) == []
