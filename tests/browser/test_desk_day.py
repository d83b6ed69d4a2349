"""A receptionist's day by keyboard: today's page, the call list, a reply answered, and a notice that comes by itself."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from myosotis.domain.words import Kind, MessageStatus, Party, Role, Via
from myosotis.flows import sms_arrived, visit_confirmed
from myosotis.flows.actor import patient as by_patient
from myosotis.store.models import Message, Visit
from tests.db.desk.conftest import make_staff
from tests.db.make import NEXT_WEEK, NOW, Scene, book, hours, make_patient
from tests.db.web.letters import Hand

pytestmark = pytest.mark.django_db(transaction=True)
TEN_SECONDS = 10_000
Flaws = Callable[[Page], list[str]]


@pytest.fixture
def scene(live_server: LiveServer, hand: Hand) -> Scene:
    del live_server
    return Scene.set(last_name="Kowalska", first_name="Ewa")


@pytest.fixture
def desk(opened: Callable[..., Page], scene: Scene) -> Page:
    """The receptionist's."""
    return opened(make_staff(scene.practice, Role.RECEPTIONIST))


def unreachable(scene: Scene, number: int) -> Visit:
    patient = make_patient(scene.practice, email="", phone="", last_name=f"Cicha-{number}")
    return book(scene.calendar, patient, NEXT_WEEK + hours(number), now=NOW - hours(2), via=Via.API)


def test_the_call_list_is_worked_off_by_keys(desk: Page, scene: Scene, flaws: Flaws) -> None:
    over = book(scene.calendar, scene.patient, NOW - hours(1), now=NOW - hours(48), via=Via.API)
    visits = [unreachable(scene, number) for number in range(4)]
    desk.goto("/desk/")
    row = desk.locator(f"#today-visit-{over.pk}")
    row.get_by_role("button", name="Nie przyszedł").press("Enter")
    expect(row.get_by_role("button", name="Cofnij")).to_be_visible()
    desk.keyboard.press("u")
    expect(row.get_by_role("button", name="Nie przyszedł")).to_be_visible()
    assert flaws(desk) == []

    desk.keyboard.press("g")
    desk.keyboard.press("d")
    rows = desk.locator("[data-call]")
    expect(rows.nth(0).locator("[data-call-focus]")).to_be_focused()
    assert flaws(desk) == []

    desk.keyboard.press("5")  # no answer: it stays, and the next one gets the focus
    expect(rows.nth(1).locator("[data-call-focus]")).to_be_focused()
    expect(rows.nth(0)).to_contain_text("nie odbiera")
    desk.keyboard.press("1")  # spoken to: it goes, and the one that moved up gets the focus
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("Cicha-2")
    expect(rows.nth(1).locator("[data-call-focus]")).to_be_focused()
    desk.keyboard.press("3")
    expect(rows).to_have_count(2)
    desk.keyboard.press("u")
    expect(rows).to_have_count(3)
    visits[2].refresh_from_db()
    assert visits[2].status == "booked"

    desk.keyboard.press("?")
    expect(desk.locator("[data-shortcuts]")).to_contain_text("Nie odbiera")
    desk.keyboard.press("1")  # says nothing while the list of keys is open
    desk.keyboard.press("Escape")
    expect(rows).to_have_count(3)


def test_a_key_pressed_the_moment_the_list_is_there_is_not_too_early(desk: Page, scene: Scene) -> None:
    for number in range(3):
        unreachable(scene, number)
    desk.goto("/desk/calls")
    desk.evaluate(
        """() => {
          window.same = true;
          const press = () => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "1", bubbles: true }));
          const swapped = (event) => event.target.id === "to-call" && setTimeout(press);
          document.body.addEventListener("htmx:afterSwap", swapped);
        }"""
    )
    desk.keyboard.press("1")
    expect(desk.locator("[data-call]")).to_have_count(0)
    assert desk.evaluate("window.same"), "the page was left, and with it the place in the list"


def test_a_reply_is_answered_and_a_notice_comes_by_itself(desk: Page, scene: Scene, hand: Hand, flaws: Flaws) -> None:
    visit = book(scene.calendar, scene.patient, NEXT_WEEK, now=NOW - hours(2), via=Via.API)
    sms_arrived.take(practice_id=scene.practice.pk, sender=scene.patient.phone, text="Czy wziąć wyniki?", now=NOW)
    desk.clock.install()
    desk.goto("/desk/inbox")
    desk.locator("summary").press("Enter")
    box = desk.get_by_label("Odpowiedź", exact=True)
    box.fill("Tak, żółtą teczkę.")
    expect(desk.get_by_text("1 część, 0,16 zł")).to_be_visible()
    assert flaws(desk) == []

    # Somebody confirms while the answer is typed: the bell says so, and what was typed stays.
    other = book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(1), now=NOW - hours(2), via=Via.API)
    visit_confirmed.confirm(
        practice=scene.practice, visit_id=other.pk, by=Party.PATIENT, via=Via.PORTAL, now=hand.set(NOW + timedelta(seconds=9)),
        actor=by_patient(other.patient_id),
    )  # fmt: skip
    desk.clock.fast_forward(TEN_SECONDS)
    expect(desk.get_by_text("Pacjent potwierdził wizytę: śr. 10.03.2027, 11:00")).to_be_visible()
    expect(desk.locator("#bell")).to_contain_text("2")
    expect(box).to_have_value("Tak, żółtą teczkę.")

    desk.get_by_role("button", name="Wyślij").press("Enter")
    expect(desk.get_by_text("SMS wyjdzie za minutę.")).to_be_visible()
    expect(desk.get_by_text("Nic nie czeka.")).to_be_visible()
    answer = Message.objects.get(kind=Kind.ANSWER, copy=1)
    assert (answer.status, answer.text.body) == (MessageStatus.PLANNED, "Tak, żółtą teczkę.")
    desk.keyboard.press("u")
    expect(desk.get_by_text("Czy wziąć wyniki?")).to_be_visible()

    desk.get_by_role("button", name="Potwierdź wizytę").press("Enter")
    expect(desk.get_by_text("Wizyta potwierdzona, odpowiedź załatwiona.")).to_be_visible()
    visit.refresh_from_db()
    assert visit.status == "confirmed"

    desk.get_by_role("link", name="Co nowego").click()
    expect(desk.get_by_role("heading", name="Co nowego")).to_be_visible()
    expect(desk.locator("#bell .bell-count")).to_have_count(0)
    for page in ("/desk/notices", "/desk/messages?from=2027-03-01&to=2027-03-15"):
        desk.goto(page)
        assert flaws(desk) == []
