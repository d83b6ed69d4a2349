"""The sandbox as a person has it: one command, a page with the phone and the clock, Ctrl-C, and again."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.axe import violations

SIZES = [(360, 740), (1280, 900)]
START_SECONDS = 120
SCREENS = [("lock", ".notice.push"), ("lock", ".notice.sms"), ("sms", ".bubble.theirs"), ("mail", ".mails .subject")]


@contextmanager
def sandbox(directory: Path, *options: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The running sandbox: its address and its process. Leaving it is Ctrl-C, after which nothing of it is left."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MYOSOTIS_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "myosotis.ops.cli", "sandbox", "--dir", str(directory), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    said: list[str] = []
    try:
        for line in process.stdout:
            said.append(line)
            if "/sandbox/" in line:
                break
        else:
            pytest.fail("the sandbox did not start: " + "".join(said))
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 4
        yield line.rpartition(": ")[2].strip().removesuffix("/sandbox/"), process
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()


def turn(base: str, what: str) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{base}/sandbox/api/clock",
        data=json.dumps({"turn": what}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def received(base: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{base}/sandbox/api/received", timeout=60) as answer:
        found: list[dict[str, Any]] = json.load(answer)["received"]
        return found


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with sandbox(tmp_path_factory.mktemp("sandbox"), "--port", "0") as (address, _process):
        turn(address, "freeze")
        turn(address, "+4h")
        turn(address, "+30m")
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


def opened(
    browser: Browser, url: str, size: tuple[int, int] = SIZES[1], scheme: Any = "light", language: str = "pl-PL"
) -> Page:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale=language, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.on("console", lambda message: pytest.fail(message.text) if message.type == "error" else None)
    page.goto(url)
    return page


@cache
def phone_with(browser: Browser, base: str, screen: str, marker: str) -> str:
    """The address of the first phone whose screen has something of that kind."""
    page = opened(browser, f"{base}/sandbox/")
    links = [link.get_attribute("href") for link in page.locator(".names a").all()]
    for link in links:
        page.goto(f"{base}{link}?screen={screen}")
        if page.locator(marker).count():
            page.context.close()
            return f"{base}{link}?screen={screen}"
    pytest.fail(f"no phone has {marker}")


@pytest.mark.parametrize(
    ("size", "scheme", "language"),
    [
        (SIZES[0], "light", "pl-PL"),
        (SIZES[1], "dark", "pl-PL"),
        (SIZES[0], "dark", "en-GB"),
        (SIZES[1], "light", "en-GB"),
    ],
)
def test_the_phone_is_accessible(
    base: str, browser: Browser, size: tuple[int, int], scheme: str, language: str
) -> None:
    """Each screen, at both sizes, in both languages and colour schemes."""
    page = opened(browser, f"{base}/sandbox/", size, scheme, language)
    for screen, marker in SCREENS:
        page.goto(phone_with(browser, base, screen, marker))
        expect(page.locator(marker).first).to_be_visible()
        assert page.locator("html").get_attribute("lang") == language[:2]
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], "it must not scroll sideways"
        assert violations(page) == []
    page.context.close()


def test_a_mail_opens_in_its_frame(base: str, browser: Browser) -> None:
    page = opened(browser, phone_with(browser, base, "mail", ".mails .subject"))
    page.locator(".mails a").first.click()
    frame = page.frame_locator("iframe.sheet")
    expect(frame.locator("h1").first).to_be_visible()
    assert page.locator("iframe.sheet").get_attribute("sandbox") == "allow-popups allow-popups-to-escape-sandbox"


def test_the_links_of_an_sms_lead_to_the_visit(base: str, browser: Browser) -> None:
    page = opened(browser, phone_with(browser, base, "sms", ".bubble.theirs a"))
    link = page.locator(".bubble.theirs a").first.get_attribute("href") or ""
    assert link.startswith(f"{base}/")
    visit = opened(browser, link)
    expect(visit.locator("main h1")).to_be_visible()


def test_an_answer_by_sms_stands_in_the_conversation(base: str, browser: Browser) -> None:
    page = opened(browser, phone_with(browser, base, "sms", ".bubble.theirs"))
    page.locator("#answer").fill("Dziękuję, będę!")
    page.get_by_role("button", name="Wyślij").click()
    expect(page.locator(".bubble.mine").last).to_contain_text("Dziękuję, będę!")


def test_the_buttons_move_the_clock(base: str, browser: Browser) -> None:
    page = opened(browser, f"{base}/sandbox/")
    before = page.locator(".now time").get_attribute("datetime")
    page.get_by_role("button", name="+1 h").click()
    expect(page.locator(".now time")).not_to_have_attribute("datetime", before or "", timeout=60_000)


def test_faults_are_switched_on_the_page(base: str, browser: Browser) -> None:
    page = opened(browser, f"{base}/sandbox/")
    box = page.get_by_label("odpowiada powoli").first
    box.check()
    page.get_by_role("button", name="Zastosuj").click()
    expect(page.locator("fieldset.trouble")).to_have_count(1)
    page.get_by_label("odpowiada powoli").first.uncheck()
    page.get_by_role("button", name="Zastosuj").click()
    expect(page.locator("fieldset.trouble")).to_have_count(0)


def test_state_survives_a_restart_and_a_dispatcher_that_dies_is_started_again(tmp_path: Path) -> None:
    with sandbox(tmp_path, "--port", "0") as (address, process):
        turn(address, "freeze")
        victim = next(child for child in psutil.Process(process.pid).children() if "dispatcher" in child.cmdline())
        victim.kill()
        now = turn(address, "+2h")["now"]
        first = received(address)
        assert len(first) > 20
    with sandbox(tmp_path) as (again, _process):
        assert again == address
        assert received(again) == first
        with urllib.request.urlopen(f"{again}/sandbox/api/clock", timeout=60) as answer:
            assert json.load(answer) == {"now": now, "frozen": True}


def test_a_port_in_use_is_named(base: str, tmp_path: Path) -> None:
    other = subprocess.run(
        [sys.executable, "-m", "myosotis.ops.cli", "sandbox", "--dir", str(tmp_path), "--port", base.rpartition(":")[2]],
        capture_output=True, text=True, timeout=START_SECONDS, check=False,
    )  # fmt: skip
    assert other.returncode == 1
    assert "is taken by another program" in other.stderr


def test_the_tour_leads_from_booking_to_the_message_on_the_phone(base: str, browser: Browser) -> None:
    page = opened(browser, f"{base}/")
    tour = page.locator(".tour")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dziś")
    expect(tour.get_by_role("heading")).to_have_text("Umów wizytę")
    tour.get_by_role("link", name="Otwórz kalendarz").click()
    page.wait_for_url("**/desk/schedule*")  # the page that is left has a link of that name too
    page.get_by_role("link", name="Umów wizytę").first.click()
    drawer = page.locator("#drawer")
    drawer.get_by_role("searchbox").press_sequentially("kow")
    drawer.get_by_text("Kowalski").first.click()
    drawer.get_by_label("Dzień").fill("2027-04-07")
    drawer.locator("[data-book-time]").first.click()
    drawer.get_by_role("button", name="Umawiam wizytę").click()
    expect(page.locator("[data-undo]")).to_be_visible()

    page.goto(f"{base}/desk/")
    expect(tour.get_by_role("heading")).to_have_text("Zobacz, co zaplanowano")
    tour.get_by_role("link", name="Otwórz wizytę").click()
    expect(page.locator("main")).to_contain_text("Kowalski")
    expect(tour.get_by_role("heading")).to_have_text("Przesuń czas")
    page.get_by_role("button", name="+1 h").click()
    expect(tour.get_by_role("heading")).to_have_text("Zobacz, co dotarło", timeout=60_000)
    tour.get_by_role("link", name="Otwórz telefon").click()
    expect(page.locator(".notice, .bubble, .mails li").first).to_be_visible()

    page.goto(f"{base}/desk/")
    expect(tour.get_by_role("heading")).to_have_text("Tak to działa")
    tour.get_by_role("button", name="Zamknij przewodnik").click()
    expect(tour).to_have_count(0)
    assert violations(page) == []
    page.context.close()
