"""The page "what if" of a calendar: what would have been sent with other switches."""

import re
from datetime import timedelta
from html import unescape
from http import HTTPStatus

from django.urls import reverse

from myosotis.domain.words import Kind
from tests.db.desk.conftest import Staff
from tests.db.make import NOW, Scene, book

ALL = "details=on&reminder=on&actions=on&review=on&offer=on&rebook=on"


def text_of(page: bytes) -> str:
    """What stands on it, without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", unescape(page.decode())).replace("\N{NO-BREAK SPACE}", " ").split())


def test_the_owner_sees_what_other_switches_would_have_sent(scene: Scene, staff: Staff) -> None:
    visit = book(scene.calendar, scene.patient, NOW - timedelta(days=7), now=NOW - timedelta(days=14))
    visit.messages.filter(kind=Kind.REMINDER, status="planned").update(sent_at=NOW - timedelta(days=9), status="sent")
    page = reverse("desk:communication_what_if", args=[scene.calendar.pk])
    assert "Razem" not in text_of(staff.owner.get(page).content)
    assert "Razem" not in text_of(staff.owner.get(f"{page}?asked=1&{ALL}").content)
    shown = text_of(staff.owner.get(f"{page}?asked=1&{ALL.replace('reminder=on&', '')}").content)
    assert "1 wizyta w cztery tygodnie" in shown
    assert "Razem 2 0,00 zł 0 0,00 zł" in shown


def test_cost_is_for_the_owner(scene: Scene, staff: Staff) -> None:
    page = reverse("desk:communication_what_if", args=[scene.calendar.pk])
    assert staff.receptionist.get(page).status_code == HTTPStatus.FORBIDDEN
    there = reverse("desk:communication", args=[scene.calendar.pk])
    assert page in staff.owner.get(there).content.decode()
    assert page not in staff.receptionist.get(there).content.decode()
