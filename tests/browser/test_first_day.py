"""The first day of a practice, from an empty installation: its owner sets it up, and a receptionist works in it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Final

import pytest
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from myosotis import clock
from myosotis.domain.words import MessageStatus
from myosotis.flows import practice_begun
from myosotis.sandbox.peers import ledger
from myosotis.store.models import Offer, Patient, Visit
from tests.db.acceptance.conftest import RECEIPTS, Bench

pytestmark = pytest.mark.django_db(transaction=True)
FILES: Final = Path(__file__).resolve().parents[1] / "data" / "intake"
WIDE: Final = 1280
PASSWORD: Final = "niezapominajka na biurku 7"
MINUTE: Final = timedelta(minutes=1)


@dataclass
class Day:
    """The server of an empty installation, and the browsers of those who work there."""

    bench: Bench
    url: str
    chromium: Browser
    flaws: Callable[[Page], list[str]]
    wrong: list[str] = field(default_factory=list)
    """What browsers complained about."""
    texts: int = 0

    def browser(self) -> Page:
        context = self.chromium.new_context(base_url=self.url, locale="pl-PL", viewport={"width": WIDE, "height": 900})
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        return page

    def look(self, page: Page) -> None:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
        assert self.flaws(page) == [], page.url

    def wait(self, span: timedelta) -> None:
        """Let time pass: what is due on the way is sent, received and reported."""
        self.bench.time.advance_by(span)

    def link_to(self, address: str) -> str:
        """Of the newest e-mail to an address."""
        rows = [row for row in ledger.received(self.bench.time.ledger) if row.address == address]
        body = message_from_bytes(rows[-1].raw, policy=default).get_body(("plain",))
        assert body is not None
        found = re.findall(rf"{self.url}(/desk/\S+)", body.get_content())
        assert found, rows[-1].text
        return str(found[0])

    def answers(self, phone: str, text: str) -> None:
        """A patient writes an SMS; the gateway calls back."""
        self.texts += 1
        fields = {
            "sms_from": phone.removeprefix("+"),
            "sms_to": "48450000999",
            "sms_text": text,
            "sms_date": str(int(clock.now().timestamp())),
            "MsgId": f"in-{self.texts}",
        }
        assert Client().get(RECEIPTS, fields).content == b"OK"


@pytest.fixture
def day(
    bench: Bench, live_server: LiveServer, chromium: Browser, flaws: Callable[[Page], list[str]], settings: Settings
) -> Iterator[Day]:
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update={"public_url": live_server.url})
    day = Day(bench, live_server.url, chromium, flaws)
    yield day
    for context in chromium.contexts:
        context.close()
    assert day.wrong == []


def test_a_practice_is_set_up_and_a_receptionist_works_in_it(day: Day) -> None:
    owner = day.browser()
    begin(day, owner)
    set_up(day, owner)
    invite(day, owner)
    desk = day.browser()
    join(day, desk)
    take_in_files(day, desk)
    visit = book_move_and_take_back(day, desk)
    switch_one_message_off(day, desk, visit)
    read_the_timeline(day, desk, visit)
    answer_a_reply(day, desk, visit)
    work_off_the_call_list(day, desk)
    stop_an_offer(day, desk, visit)
    desk.goto("/desk/statistics")
    expect(desk.locator("h1")).to_have_text("Statystyka")
    expect(desk.locator("svg[role=img]").first).to_be_visible()
    day.look(desk)


def headed(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def press(page: Page | Locator, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True)).first.click()


def begin(day: Day, owner: Page) -> None:
    owner.goto("/desk/")
    owner.get_by_label("Klucz startowy").fill(practice_begun.key().lower())
    day.look(owner)
    owner.get_by_role("button").last.click()
    owner.get_by_label("Nazwa placówki").fill("Gabinet na Długiej")
    owner.get_by_label("imię i nazwisko").fill("Ewa Śliwa")
    owner.get_by_label("e-mail").fill("ewa@example.org")
    owner.get_by_label("hasło").fill(PASSWORD)
    day.look(owner)
    owner.get_by_role("button").last.click()


def set_up(day: Day, owner: Page) -> None:
    headed(owner, "Państwa placówka")
    owner.get_by_label("Telefon").fill("12 345 67 89")
    press(owner, "Zapisz i dalej")
    headed(owner, "Zgody pacjentów")
    press(owner, "Zapisz i dalej")
    headed(owner, "Pierwszy lekarz")
    owner.get_by_label("Tytuł").fill("lek.")
    owner.get_by_label("Imię i nazwisko").fill("Ewa Śliwa")
    press(owner, "Zapisz i dalej")
    headed(owner, "Dokąd przychodzą pacjenci")
    owner.get_by_label("Ulica i numer").fill("Długa 1")
    owner.get_by_label("Miejscowość").fill("Kraków")
    press(owner, "Zapisz i dalej")
    headed(owner, "Kiedy jest otwarte?")
    press(owner, "Zapisz i dalej")
    headed(owner, "Z czym przychodzą pacjenci")
    press(owner, "Zapisz i dalej")
    headed(owner, "Przez kogo wysyłać wiadomości")
    press(owner, "Dalej")
    headed(owner, "Próba: wiadomość do siebie")
    press(owner, "Wyślij próbę")
    expect(owner.locator("#trial-state")).to_contain_text("zaplanowano")
    day.wait(MINUTE)
    expect(owner.locator("#trial-state")).to_contain_text(re.compile("wysłano|doręczono"))
    press(owner, "Dalej")
    headed(owner, "Kto z Państwem pracuje")


def invite(day: Day, owner: Page) -> None:
    owner.goto("/desk/settings/staff/invite")
    owner.get_by_label("E-mail").fill("rejestracja@example.org")
    owner.get_by_label("Imię i nazwisko").fill("Daniel Sosna")
    owner.get_by_label(re.compile("^Rejestracja")).check()
    press(owner, "Zaproś")
    expect(owner.get_by_text("rejestracja@example.org")).to_be_visible()
    day.look(owner)
    day.wait(MINUTE)


def join(day: Day, desk: Page) -> None:
    desk.goto(day.link_to("rejestracja@example.org"))
    desk.get_by_label("hasło").fill(PASSWORD)
    day.look(desk)
    desk.get_by_role("button").last.click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Dziś")


def take_in_files(day: Day, desk: Page) -> None:
    for file in ("pacjenci-excel-windows1250.csv", "wizyty-excel-windows1250.csv"):
        desk.goto("/desk/settings/import")
        desk.get_by_label("Plik", exact=True).set_input_files(FILES / file)
        press(desk, "Sprawdź plik")
        expect(desk.get_by_role("heading", name="Co się stanie")).to_be_visible()
        press(desk, "Importuj")
        expect(desk.get_by_text("Plik został zaimportowany.")).to_be_visible()
    assert Patient.objects.filter(last_name="Żółkiewska").exists()
    assert Visit.objects.count() >= 3
    day.look(desk)


def choose(drawer: Locator, day: str, named: str) -> None:
    """Nine o'clock of a day, once its free times are there."""
    drawer.get_by_label("Dzień").fill(day)
    expect(drawer.get_by_text(f"Wolne terminy: {named}")).to_be_visible()
    drawer.get_by_role("button", name="09:00", exact=True).click()


def book_move_and_take_back(day: Day, desk: Page) -> Visit:
    desk.goto("/desk/schedule?day=2027-03-08")
    desk.keyboard.press("n")
    drawer = desk.locator("#drawer")
    drawer.get_by_role("searchbox").press_sequentially("zolkiewska")
    drawer.get_by_text("Żółkiewska").first.click()
    choose(drawer, "2027-03-08", "poniedziałek 8 marca 2027")
    press(drawer, "Umawiam wizytę")
    expect(desk.locator("[data-undo]")).to_be_visible()
    visit = Visit.objects.get(patient__last_name="Żółkiewska", start__month=3, start__day=8)

    day.wait(2 * MINUTE)
    desk.goto(f"/desk/visits/{visit.pk}")
    desk.keyboard.press("m")
    desk.get_by_label("Dzień").fill("2027-03-09")
    desk.get_by_role("textbox", name="Godzina").fill("11:00")
    desk.get_by_role("button", name="Przełóż wizytę").click()
    expect(desk.get_by_role("heading", name="wtorek 9 marca 2027")).to_be_visible()
    desk.keyboard.press("u")
    expect(desk.get_by_role("heading", name="poniedziałek 8 marca 2027")).to_be_visible()
    visit.refresh_from_db()
    day.wait(2 * MINUTE)
    assert not visit.messages.filter(kind="moved", status__in=(MessageStatus.SENT, MessageStatus.DELIVERED)).exists()
    return visit


def switch_one_message_off(day: Day, desk: Page, visit: Visit) -> None:
    desk.goto(f"/desk/visits/{visit.pk}")
    desk.keyboard.press("w")
    desk.get_by_label("Prośba o opinię po wizycie").uncheck()
    expect(desk.locator("#switches-effect")).to_contain_text("Prośba o opinię")
    press(desk, "Zapisz")
    expect(desk.get_by_text("ten rodzaj wiadomości wyłączono dla tej wizyty").first).to_be_visible()
    visit.refresh_from_db()
    assert visit.review is False


def read_the_timeline(day: Day, desk: Page, visit: Visit) -> None:
    desk.goto(f"/desk/visits/{visit.pk}")
    main = desk.locator("main")
    expect(main).to_contain_text("Umówiono wizytę")
    expect(main).to_contain_text("Przypomnienie")
    expect(main).to_contain_text(re.compile("wysłano|doręczono"))
    day.look(desk)


def answer_a_reply(day: Day, desk: Page, visit: Visit) -> None:
    day.wait(timedelta(hours=5))  # nobody read the e-mail: the SMS went after four hours
    day.answers(visit.patient.phone, "Czy mam przyjść na czczo?")
    desk.goto("/desk/inbox")
    expect(desk.get_by_text("Czy mam przyjść na czczo?")).to_be_visible()
    desk.locator("summary").first.click()
    desk.get_by_label("Odpowiedź", exact=True).fill("Nie trzeba.")
    press(desk, "Wyślij")
    expect(desk.get_by_text("SMS wyjdzie za minutę.")).to_be_visible()
    day.wait(2 * MINUTE)
    sent = [row.text for row in ledger.received(day.bench.time.ledger) if row.address == visit.patient.phone]
    assert "Nie trzeba." in sent[-1]


def work_off_the_call_list(day: Day, desk: Page) -> None:
    desk.goto("/desk/schedule?day=2027-03-10")
    desk.keyboard.press("n")
    drawer = desk.locator("#drawer")
    drawer.locator("[data-book-new]").click()
    drawer.get_by_label("Imię").fill("Zofia")
    drawer.get_by_label("Nazwisko", exact=False).last.fill("Bez-Telefonu")
    choose(drawer, "2027-03-10", "środa 10 marca 2027")
    press(drawer, "Umawiam wizytę")
    expect(desk.locator("[data-undo]")).to_be_visible()
    desk.goto("/desk/calls")
    row = desk.locator("[data-call]").filter(has_text="Bez-Telefonu")
    expect(row).to_be_visible()
    before = desk.locator("[data-call]").count()
    row.locator("button").first.click()
    expect(desk.locator("[data-call]")).to_have_count(before - 1)
    day.look(desk)


def stop_an_offer(day: Day, desk: Page, visit: Visit) -> None:
    """The patient calls and cannot come on Monday; those who wait longer are asked, until the practice thinks otherwise."""
    desk.goto(f"/desk/visits/{visit.pk}")
    desk.keyboard.press("x")
    desk.get_by_role("radio", name="pacjent").check()
    desk.locator("#visit-act").get_by_role("button", name="Odwołaj wizytę").click()
    expect(desk.get_by_text("Odwołana przez pacjenta.")).to_be_visible()
    day.wait(2 * MINUTE)
    offer = Offer.objects.get()
    assert offer.candidates.filter(passed_over="").count() == 1
    desk.goto("/desk/offers")
    day.look(desk)
    desk.locator("#running").get_by_role("link", name="Zatrzymaj").click()
    press(desk, "Zatrzymaj ofertę")
    expect(desk.locator("h1")).to_have_text("Oferty wcześniejszego terminu")
    offer.refresh_from_db()
    assert offer.closed_because == "stopped"
