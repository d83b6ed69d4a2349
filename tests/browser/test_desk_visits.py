"""A receptionist at one visit, and on the day on which a doctor is away: in a real browser, by keyboard, by axe."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from myosotis.domain.words import Role
from myosotis.store.models import BlockedTime, Visit
from tests.db.desk.conftest import make_staff
from tests.db.make import NEXT_WEEK, NOW, Scene, book, hours, make_patient
from tests.db.web.letters import LEFT, Hand, letters

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene(live_server: LiveServer, hand: Hand) -> Scene:
    del live_server
    return Scene.set(last_name="Kowalska", first_name="Ewa")


@pytest.fixture
def desk(opened: Callable[..., Page], scene: Scene) -> Page:
    """The receptionist's."""
    return opened(make_staff(scene.practice, Role.RECEPTIONIST))


def rest(desk: Page) -> None:
    """Until what the page asked for has come, and works."""
    expect(desk.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


def test_one_message_off_the_timeline_read_and_a_cancellation_taken_back(
    desk: Page, scene: Scene, hand: Hand, flaws: Callable[[Page], list[str]]
) -> None:
    visit = book(scene.calendar, scene.patient, NOW + hours(8), now=NOW - hours(80))
    letters(visit, NOW)
    hand.set(NOW)
    desk.goto("/desk/")
    desk.get_by_role("link", name="Kowalska").first.click()
    drawer = desk.locator("#drawer")
    expect(drawer.get_by_role("heading", level=1)).to_be_focused()
    expect(drawer.get_by_text("Umówiono wizytę")).to_be_visible()

    desk.keyboard.press("w")
    expect(drawer.get_by_role("heading", name="Powiadomienia tej wizyty")).to_be_focused()
    rest(desk)
    assert flaws(desk) == []
    drawer.get_by_label("Prośba o opinię po wizycie").focus()
    desk.keyboard.press("Space")
    expect(drawer.get_by_text("Znikną:")).to_be_visible()
    expect(drawer.locator("#switches-effect")).to_contain_text("Prośba o opinię (2)")
    drawer.get_by_role("button", name="Zapisz").press("Enter")
    expect(desk.get_by_text("Zmieniono powiadomienia tej wizyty.")).to_be_visible()
    expect(drawer.get_by_text("ten rodzaj wiadomości wyłączono dla tej wizyty").first).to_be_visible()

    drawer.get_by_role("link", name="Treść i historia: Informacje o wizycie, e-mail").press("Enter")
    expect(drawer.locator(".letter").first).to_be_focused()
    rest(desk)
    assert flaws(desk) == []

    desk.keyboard.press("x")
    drawer.get_by_role("radio", name="pacjent").check()
    drawer.locator("#visit-act").get_by_role("button", name="Odwołaj wizytę").press("Enter")
    expect(drawer.get_by_text("Odwołana przez pacjenta.")).to_be_visible()
    desk.keyboard.press("u")
    expect(desk.get_by_text("Cofnięto odwołanie.")).to_be_visible()
    expect(drawer.get_by_text("Odwołana przez pacjenta.")).to_have_count(0)
    visit.refresh_from_db()
    assert (visit.status, visit.review) == ("booked", False)

    rest(desk)
    desk.keyboard.press("m")
    expect(drawer.get_by_role("heading", name="Przełóż wizytę")).to_be_focused()
    drawer.get_by_label("Dzień").fill("2027-03-10")
    drawer.locator("#id_clock").fill("10:00")
    drawer.get_by_role("button", name="Przełóż wizytę").press("Enter")
    expect(drawer.get_by_role("heading", name="środa 10 marca 2027")).to_be_visible()
    assert flaws(desk) == []


def test_a_day_full_of_visits_is_cancelled_taken_back_and_followed(
    desk: Page, scene: Scene, hand: Hand, flaws: Callable[[Page], list[str]]
) -> None:
    visits = [book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(number / 2)) for number in range(12)]
    for visit in visits:
        letters(visit, LEFT)
    hand.set(NOW + hours(1))
    _begin(desk, flaws)
    expect(desk.get_by_text("Wszystkie wizyty są załatwione.")).to_be_visible()
    assert set(Visit.objects.values_list("status", flat=True)) == {"cancelled"}
    assert flaws(desk) == []
    desk.keyboard.press("u")
    expect(desk.get_by_text("Cofnięto nieobecność")).to_be_visible()
    assert set(Visit.objects.values_list("status", flat=True)) == {"booked"}
    assert not BlockedTime.objects.exists()

    _begin(desk, flaws)
    expect(desk.get_by_text("Wszystkie wizyty są załatwione.")).to_be_visible()
    expect(desk.get_by_text("wyjdzie pon. 01.03.2027, 11:01").first).to_be_visible()
    hand.set(NOW + hours(1.1))
    for visit in visits:
        letters(visit, NOW + hours(1.1))
    desk.reload()
    expect(desk.get_by_text("jeszcze nie przeczytano").first).to_be_visible()
    desk.get_by_role("button", name="Rozmowa").first.press("Enter")
    expect(desk.get_by_text("wie z rozmowy telefonicznej")).to_be_visible()
    expect(desk.get_by_role("button", name="Cofnij wszystko")).to_have_count(0)


def _begin(desk: Page, flaws: Callable[[Page], list[str]]) -> None:
    desk.goto("/desk/schedule?day=2027-03-10&view=day")
    desk.get_by_role("link", name="Lekarz nieobecny").press("Enter")
    expect(desk.get_by_text("12 wizyt")).to_be_visible()
    desk.get_by_label("Wiadomość dla pacjentów").fill("Przychodnia nieczynna z powodu awarii.")
    assert flaws(desk) == []
    desk.get_by_role("button", name="Zamknij kalendarz").press("Enter")
