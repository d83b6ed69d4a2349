"""An owner sets a practice up by keyboard alone, from nothing to a first test message; every page is looked at by axe."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from myosotis.domain.words import Channel, MessageStatus, Role, SubjectType
from myosotis.store.models import Practice, ProviderAccount
from tests.db.desk.conftest import make_staff
from tests.db.make import NOW
from tests.db.web.letters import Hand

MOST_TABS = 90
FOCUSED = """() => {
    const at = document.activeElement;
    return (at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent).trim();
}"""


@dataclass
class Keyboard:
    """Somebody at a page who uses no mouse."""

    page: Page
    flaws: Callable[[Page], list[str]]

    def go_to(self, name: str) -> None:
        """Press Tab until the field, button or link of this name has the focus."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(FOCUSED).startswith(name):
                return
        pytest.fail(f"no way to {name!r} by Tab on {self.page.url}")

    def fill(self, name: str, text: str) -> None:
        self.go_to(name)
        self.page.keyboard.type(text)

    def press(self, name: str) -> None:
        self.go_to(name)
        self.page.keyboard.press("Enter")

    def arrives(self, heading: str) -> None:
        """The page with this heading is there, fits the width, and axe minds nothing."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), self.page.url
        assert self.flaws(self.page) == [], self.page.url
        self.page.keyboard.press("Tab")
        if self.page.evaluate(FOCUSED) == "Przejdź do treści":
            self.page.keyboard.press("Enter")


@pytest.fixture
def practice(transactional_db: None, hand: Hand) -> Practice:
    """A practice of which nothing is known but the name; it can send."""
    practice = Practice.objects.create(name="Gabinet", created_at=NOW)
    for channel, provider in ((Channel.EMAIL, "smtp"), (Channel.SMS, "smsapi")):
        ProviderAccount.objects.create(
            practice=practice, channel=channel, provider=provider, receipt_key=f"k-{channel}"
        )
    return practice


@pytest.fixture
def keyboard(practice: Practice, opened: Callable[..., Page], flaws: Callable[[Page], list[str]]) -> Keyboard:
    page = opened(make_staff(practice, Role.OWNER), refuse=True, viewport={"width": 1024, "height": 800})
    page.set_default_timeout(30_000)
    page.goto("/desk/")
    return Keyboard(page, flaws)


def test_a_practice_is_set_up_by_keyboard(keyboard: Keyboard, practice: Practice) -> None:
    who = keyboard
    who.press("Dalej")
    who.arrives("Państwa placówka")
    who.fill("Telefon", "123")
    who.press("Zapisz i dalej")
    expect(who.page.locator("#id_phone_error")).to_contain_text("Numer telefonu")
    who.arrives("Państwa placówka")
    who.go_to("Telefon")
    who.page.keyboard.press("Control+A")
    who.page.keyboard.type("12 345 67 89")
    who.press("Zapisz i dalej")

    who.arrives("Zgody pacjentów")
    who.go_to("Pytamy każdego pacjenta")
    who.page.keyboard.press("ArrowDown")
    who.press("Zapisz i dalej")

    who.arrives("Pierwszy lekarz")
    who.fill("Imię i nazwisko", "Anna Nowak")
    who.press("Zapisz i dalej")

    who.arrives("Dokąd przychodzą pacjenci")
    who.fill("Ulica i numer", "ul. Długa 5")
    who.fill("Miejscowość", "Kraków")
    who.press("Zapisz i dalej")

    who.arrives("Kiedy jest otwarte?")
    who.press("wtorek: usuń te godziny")
    expect(who.page.locator('[data-day="1"] [data-closed]')).to_be_visible()
    who.press("piątek: skopiuj do dni poniżej")
    expect(who.page.locator('[data-day="5"] input').first).to_have_value("08:00")
    who.press("Zapisz i dalej")

    who.arrives("Z czym przychodzą pacjenci")
    who.press("Zapisz i dalej")
    who.arrives("Przez kogo wysyłać wiadomości")
    who.press("Dalej")

    who.arrives("Próba: wiadomość do siebie")
    who.press("Wyślij próbę")
    expect(who.page.locator("#trial-state")).to_contain_text("zaplanowano")
    practice.messages.filter(subject_type=SubjectType.TEST).update(status=MessageStatus.SENT)
    expect(who.page.locator("#trial-state")).to_contain_text("wysłano", timeout=20_000)
    who.arrives("Próba: wiadomość do siebie")
    who.press("Dalej")

    who.arrives("Kto z Państwem pracuje")
    who.press("Pomiń")
    who.arrives("Prawie gotowe")
    who.press("Zakończ na razie")
    expect(who.page.get_by_role("status")).to_contain_text("Konfiguracja zakończona")
    expect(who.page.get_by_text("Dokończ konfigurację")).to_have_count(0)

    practice.refresh_from_db()
    hours = list(practice.opening_hours.order_by("weekday").values_list("weekday", flat=True))
    assert (practice.set_up_at, hours) == (NOW, [0, 2, 3, 4, 5, 6])
    assert practice.services.get().name == "Konsultacja"

    who.page.keyboard.press("Escape")
    who.page.locator("body").press("g")
    who.page.keyboard.press("u")
    who.arrives("Ustawienia")
