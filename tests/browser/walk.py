"""Patients on their way through real messages and pages: each page that a phone comes to is looked at.

The whole product is there: the practice acts by the REST API, the dispatcher sends over loopback to servers that speak the
providers' protocols, and a patient's way begins with what their phone or mailbox received.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from django.utils import translation
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tests.db.acceptance.conftest import stage
from tests.db.acceptance.stage import MINUTE, Arrived, Person, Stage

__all__ = ["stage", "street"]  # the fixtures, for the modules with journeys

PHONE: Final[ViewportSize] = {"width": 360, "height": 740}
SCRIPTS: Final = [("pl", True), ("pl", False), ("en", True), ("en", False)]
"""Language of the card; whether the browser runs scripts."""
_BROKEN: Final = """[...document.querySelectorAll("h1, h2, button, .button")].flatMap(place => {
    const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT), broken = [];
    while (texts.nextNode()) for (const word of texts.currentNode.data.matchAll(/\\p{L}+/gu)) {
        const range = document.createRange();
        range.setStart(texts.currentNode, word.index);
        range.setEnd(texts.currentNode, word.index + word[0].length);
        if (new Set([...range.getClientRects()].map(box => box.top)).size > 1) broken.push(word[0]);
    }
    return broken;
})"""
"""Words on buttons and in headings that begin on one line and end on another."""
_CODE: Final = re.compile(r"\b\d{6}\b")


def said_in(language: str, words: str) -> str:
    """What the pages say for English words."""
    with translation.override(language):
        said = translation.gettext(words)
    assert language == "en" or said != words, f"the pages have no such words: {words}"
    return said


@dataclass
class Phone:
    """A patient's browser, 360 px wide. What it is asked to find is written in English and looked for in its language."""

    page: Page
    host: str
    language: str
    scripts: bool
    flaws: Callable[[Page], list[str]]

    def say(self, words: str) -> str:
        return said_in(self.language, words)

    def follow(self, message: Arrived, path: str = "") -> None:
        """Open the link of a message."""
        self.open(f"{message.link}{path}")

    def open(self, path: str) -> None:
        self.page.goto(f"{self.host}{path}")
        self.look()

    def press(self, words: str) -> None:
        """Press the button or follow the link with these words."""
        said = self.say(words)
        button = self.page.get_by_role("button", name=said, exact=True)
        (button.or_(self.page.get_by_role("link", name=said, exact=True))).first.click()
        self.look()

    def choose(self, clock: str) -> None:
        """Choose a time of the first day that has it."""
        self.page.get_by_role("button", name=clock, exact=True).first.click()
        self.look()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_role("textbox", name=self.say(label)).fill(text)

    def headed(self, words: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.say(words))

    def told(self, words: str) -> None:
        """Something is said of what was just done."""
        expect(self.page.get_by_role("status")).to_contain_text(self.say(words))

    def warned(self, words: str) -> None:
        expect(self.page.get_by_role("alert")).to_contain_text(self.say(words))

    def look(self) -> None:
        """One heading, the right language, nothing cut off or broken; and nothing that axe minds (it needs scripts)."""
        expect(self.page.locator("h1")).to_have_count(1)
        self.page.wait_for_load_state()
        assert self.page.locator("html").get_attribute("lang") == self.language, self.page.url
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), self.page.url
        assert self.page.evaluate(_BROKEN) == [], self.page.url
        if self.scripts:
            assert self.flaws(self.page) == [], self.page.url


@dataclass
class Street:
    """The stage, its web server, and as many phones as there are patients."""

    stage: Stage
    url: str
    chromium: Browser
    flaws: Callable[[Page], list[str]]
    wrong: list[str] = field(default_factory=list)
    """Whatever left the server of this test, or was refused by a browser."""
    contexts: list[BrowserContext] = field(default_factory=list)

    def phone(self, language: str = "pl", scripts: bool = True, **given: Any) -> Phone:
        page = self.context(java_script_enabled=scripts, **given).new_page()
        page.set_default_timeout(10_000)
        return Phone(page, self.url, language, scripts, self.flaws)

    def tab(self, phone: Phone) -> Phone:
        """Another tab of the same browser."""
        return Phone(phone.page.context.new_page(), self.url, phone.language, phone.scripts, self.flaws)

    def context(self, **given: Any) -> BrowserContext:
        context = self.chromium.new_context(**{"viewport": PHONE, "locale": "pl-PL", **given})
        context.on("request", lambda asked: None if asked.url.startswith(self.url) else self.wrong.append(asked.url))
        context.on("console", lambda said: self.wrong.append(said.text) if "Content Security" in said.text else None)
        context.on("weberror", lambda error: self.wrong.append(str(error.error)))
        self.contexts.append(context)
        return context

    def newest(self, person: Person, kind: str, channel: str = "sms") -> Arrived:
        """The newest message of a kind that reached somebody."""
        found = [one for one in self.stage.arrived(person) if (one.kind, one.channel) == (kind, channel)]
        assert found, f"no {kind} by {channel}: {[one.brief for one in self.stage.arrived(person)]}"
        return found[-1]

    def code(self) -> str:
        """What the newest SMS with a code says; the dispatcher has a minute to send it."""
        self.stage.wait(MINUTE)
        codes = [found[0] for one in self.stage.arrived() if one.channel == "sms" and (found := _CODE.search(one.text))]
        assert codes, "no SMS with a code"
        return codes[-1]


@pytest.fixture
def street(
    stage: Stage,
    live_server: LiveServer,
    chromium: Browser,
    flaws: Callable[[Page], list[str]],
    settings: Settings,
) -> Iterator[Street]:
    """Links in messages lead to the server of this test. Open from eight to four, every day."""
    settings.MYOSOTIS = settings.MYOSOTIS.model_copy(update={"public_url": live_server.url})
    day = [{"weekday": day, "opens": "08:00", "closes": "16:00"} for day in range(7)]
    stage.asked(stage.call.put(f"calendars/{stage.calendar}/opening-hours", {"hours": day}), 204)
    made = Street(stage, live_server.url, chromium, flaws)
    yield made
    for context in made.contexts:
        context.close()
    assert made.wrong == []
