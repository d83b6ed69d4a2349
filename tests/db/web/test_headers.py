"""What goes with every page that shows something of somebody: kept nowhere, framed nowhere, without anything inline."""

import re
from typing import Final

import pytest
from django.test import Client

from myosotis.store.models import Practice
from tests.db.make import NEXT_WEEK, NOW, Scene, book, hours
from tests.db.offers import MINUTE
from tests.db.web.letters import Hand, force, letters
from tests.db.web.portal import Visitor, open_portal, sent_code

LEFT: Final = NOW + 2 * MINUTE
INLINE: Final = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)
OF_EVERYBODY: Final = ("/", "/app/offline", "/manifest.webmanifest", "/sw.js", "/d/anna-nowak")
"""Nothing of anybody stands there, so they may be kept."""


@pytest.fixture
def paths(scene: Scene, client: Client, hand: Hand) -> list[str]:
    """A path to each kind of page, for a browser on whose phone somebody joined and that holds a time."""
    visit = book(scene.calendar, scene.patient, NEXT_WEEK + hours(3))
    hand.set(LEFT)
    letter = letters(visit, LEFT)[("details", "email")]
    review = force(visit, visit.end + hours(2), kind="review", channel="email")
    client.post(f"{letter.open}/app")
    client.post(f"{letter.open}/app/code", {"code": sent_code()})
    visitor = Visitor(portal=open_portal(scene), client=client, hand=hand)
    hand.set(NOW)
    booked, held = visitor.book(), visitor.take(start="2027-03-11T09:00:00Z", now=LEFT)
    visitor.fill_in(held)
    in_app = f"/app/v/{visit.uuid}"
    Practice.objects.update(privacy_notice="Dbamy.", privacy_notice_url="https://example.org/dane")
    of_link = (
        "",
        "/cancel",
        "/move",
        "/move?start=20270312T090000Z",
        "/preferences",
        "/app",
        "/app/code",
        "/visit.ics",
    )
    return [
        *(letter.open + rest for rest in of_link), f"{review.open}/opinion", letter.read, review.unsubscribe,
        "/app", "/app?done=joined", "/app/messages", "/app/people", "/app/push", "/app/forget",
        *(in_app + rest for rest in ("", "/cancel", "/move", "/preferences")),
        visitor.portal.times, held, f"{held}/code", f"{booked}/done", f"{booked}/visit.ics", "/nowhere",
        *OF_EVERYBODY,
    ]  # fmt: skip


def test_pages_are_kept_framed_and_told_of_nowhere_and_hold_nothing_inline(client: Client, paths: list[str]) -> None:
    for path in paths:
        answer = client.get(path)
        headers = answer.headers
        assert answer.status_code == (404 if path == "/nowhere" else 200), (path, answer.status_code)
        if path not in OF_EVERYBODY:
            assert headers.get("Cache-Control") == "no-store", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["X-Frame-Options"] == "DENY", path
        for directive in ("default-src 'self'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"):
            assert directive in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"], path
        if headers["Content-Type"].startswith("text/html"):
            assert not INLINE.search(answer.content.decode()), (path, INLINE.search(answer.content.decode()))


def test_no_page_has_an_address_of_somebody_in_full(client: Client, paths: list[str], scene: Scene) -> None:
    """But the form in which its owner typed it."""
    for path in paths:
        page = client.get(path).content.decode()
        assert scene.patient.email not in page, path
        assert scene.patient.phone[3:] not in page.replace(" ", ""), path
        assert scene.patient.last_name not in page, path
