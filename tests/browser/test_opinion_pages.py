"""Saying what a visit was like, in a real browser: on a phone, in both languages, with and without scripts, by axe."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from myosotis.domain.opinions import OpinionRule, OpinionState
from myosotis.domain.words import Kind
from myosotis.flows import opinion_given, opinion_moderated
from myosotis.store.models import Doctor, Opinion
from myosotis.store.opinions import state
from tests.db.make import ACTOR, NEXT_WEEK, Scene, book, hours, make_patient
from tests.db.web.letters import Hand, Letter, force

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NEXT_WEEK + hours(4)
DONE = ("", "said", "answered", "rejected", "late")


def asked(scene: Scene) -> Letter:
    """A request for an opinion, an hour old, of a doctor without an address elsewhere."""
    Doctor.objects.update(review_address="")
    return force(book(scene.calendar, make_patient(scene.practice)), LATER - hours(1), kind=Kind.REVIEW)


def said(scene: Scene, letter: Letter) -> Opinion:
    visit = letter.message.visit
    assert visit is not None
    return opinion_given.give(
        practice=scene.practice, visit_id=visit.pk, patient_id=visit.patient_id, stars=2, now=LATER, author="Zofia",
        text="Długo czekałam, ale wizyta była spokojna.",
    )  # fmt: skip


def every_page(scene: Scene) -> dict[str, str]:
    """The path of the page in each state, by a name for it."""
    letters = {name: asked(scene) for name in DONE}
    for name, letter in letters.items():
        if name in ("said", "answered", "rejected"):
            opinion = said(scene, letter)
            decided: dict[str, Any] = {
                "practice": scene.practice,
                "opinion_id": opinion.pk,
                "actor": ACTOR,
                "now": LATER,
            }
            if name == "answered":
                opinion_moderated.publish(**decided)
                opinion_moderated.answer(**decided, text="Dziękujemy. Między wizytami zostawiamy teraz przerwy.")
            elif name == "rejected":
                opinion_moderated.reject(**decided, rule=OpinionRule.OFF_TOPIC)
    visit = letters["late"].message.visit
    assert visit is not None
    visit.start, visit.end = visit.start - hours(24 * 100), visit.end - hours(24 * 100)
    visit.save()
    pages = {name or "form": f"{letter.open}/opinion" for name, letter in letters.items()}
    return pages | {
        "change": f"{pages['answered']}?do=change",
        "withdraw": f"{pages['said']}?do=withdraw",
        "withdrawn": f"{pages['form']}?done=withdrawn",
    }


@pytest.fixture
def pages(live_server: LiveServer, hand: Hand) -> dict[str, str]:
    del live_server
    scene = Scene.set()
    hand.set(LATER)
    return every_page(scene)


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_runs_off_the_side(
    chromium: Browser, live_server: LiveServer, pages: dict[str, str], flaws: Callable[[Page], list[str]],
    language: str, scheme: Any,
) -> None:  # fmt: skip
    context = chromium.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    for name, path in pages.items():
        page.goto(f"{live_server.url}{path}{'&' if '?' in path else '?'}lang={language}")
        assert flaws(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_from_the_link_to_stars_words_and_back(
    chromium: Browser, live_server: LiveServer, pages: dict[str, str], scripts: bool
) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"{live_server.url}{pages['form'].removesuffix('/opinion')}?lang=pl")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Jak było na wizycie?")
    page.get_by_label("2 – źle").check()
    page.get_by_label("Własnymi słowami").fill("Nikt mnie nie wysłuchał.")
    page.get_by_role("button", name="Wyślij opinię").click()
    expect(page.get_by_role("status")).to_contain_text("Dziękujemy")
    opinion = Opinion.objects.get(text="Nikt mnie nie wysłuchał.")
    assert (opinion.stars, opinion.author, state(opinion, LATER)) == (2, "", OpinionState.WAITING)
    page.get_by_role("link", name="Zmień opinię").click()
    page.get_by_label("3 – średnio").check()
    page.get_by_role("button", name="Zmień opinię").click()
    expect(page.locator("strong")).to_have_text("Gwiazdki: 3 z 5")
    page.get_by_role("link", name="Wycofaj opinię").click()
    expect(heading).to_have_text("Wycofać opinię?")
    page.get_by_role("button", name="Tak, wycofaj opinię").click()
    expect(page.get_by_role("status")).to_contain_text("wycofana")
    opinion.refresh_from_db()
    assert state(opinion, LATER) is OpinionState.WITHDRAWN
    context.close()


def test_stars_are_chosen_and_sent_by_the_keyboard_alone(
    chromium: Browser, live_server: LiveServer, pages: dict[str, str]
) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{live_server.url}{pages['form']}?lang=pl")
    page.get_by_label("5 – bardzo dobrze").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("4 – dobrze")).to_be_checked()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Wyślij opinię")).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert Opinion.objects.filter(stars=4).count() == 1
    context.close()
