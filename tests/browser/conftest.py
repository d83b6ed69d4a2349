"""A real Chromium for tests of pages. Pages are served by the test's own process on loopback."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from myosotis.store.models import StaffUser
from tests.browser.axe import violations
from tests.db.acceptance.conftest import bench
from tests.db.conftest import hand
from tests.db.desk.conftest import browser_of

__all__ = ["bench", "hand"]  # the fixtures: real messages, and the clock

ARGUMENTS = [
    "--no-sandbox",  # root, as in a container, cannot have one
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite in a file, as in earnest (pytest-django's hook).

    In memory the server's threads and the test would share one cache, which refuses where a file would let them wait.
    """
    settings = connections["default"].settings_dict
    if connections["default"].vendor == "sqlite":
        settings["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "browser.sqlite")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium, with a profile of its own that is gone afterwards.

    Playwright keeps an event loop in the main thread, from which Django then keeps its database away: a guard against
    blocking a server's loop, of which there is none here.
    """
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert path is not None, "these tests need Chromium"
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """Opens the browser of somebody of the staff, signed in, or of nobody yet.

    Whatever it complains about, or is refused by the policy of a page, fails the test; so does an answer with a status of
    400 and more, unless the test is about pages that `refuse`.
    """
    contexts, wrong = [], list[str]()

    def heard(said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            wrong.append(said.text)

    def open_for(user: StaffUser | None = None, *, refuse: bool = False, **given: Any) -> Page:
        context = chromium.new_context(base_url=live_server.url, **{"locale": "pl-PL", "viewport": DESK} | given)
        contexts.append(context)
        if user is not None:
            session = browser_of(user).cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": session.key, "value": session.value, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda said: None if refuse and "status of 4" in said.text else heard(said))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        return page

    yield open_for
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def flaws() -> Callable[[Page], list[str]]:
    """What axe finds on a page, by WCAG 2.2 AA and good practice."""
    return violations
