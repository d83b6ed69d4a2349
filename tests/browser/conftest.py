"""A real Chromium for tests of pages. Pages are served by the test's own process on loopback."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright

from tests.db.make import NOW
from tests.db.web.letters import Hand, take_clock

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
AXE_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


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
def flaws() -> Callable[[Page], list[str]]:
    """What axe finds on a page, by WCAG 2.2 AA and good practice."""
    axe = Axe()

    def found(page: Page) -> list[str]:
        result: dict[str, Any] = axe.run(page, options=AXE_RULES)
        return [
            f"{violation['id']}: {node['html']} {node['failureSummary']}"
            for violation in result["violations"]
            for node in violation["nodes"]
        ]

    return found


@pytest.fixture
def hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hand:
    """The clock stands at NOW until a test moves it."""
    hand = take_clock(tmp_path, monkeypatch)
    hand.set(NOW)
    return hand
