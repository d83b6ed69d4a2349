from datetime import datetime

import pytest
from django.test import Client

from myosotis.domain.values import utc
from myosotis.store.models import Visit
from tests.db.make import Scene, book
from tests.db.web.letters import LEFT, Hand, Letter, letters


@pytest.fixture
def strict() -> Client:
    """A browser that is held to the secret of forms."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The real time by which openings are counted; it stands still, since a test could fall on the end of a minute."""
    wall = [utc(2027, 1, 1, 23, 58)]
    monkeypatch.setattr("myosotis.clock.wall", lambda: wall[0])
    return wall


@pytest.fixture
def visit(scene: Scene, hand: Hand) -> Visit:
    """Booked by staff, at NOW."""
    del hand
    return book(scene.calendar, scene.patient)


@pytest.fixture
def mail(visit: Visit, hand: Hand) -> Letter:
    """The e-mail of its `details`, sent a minute after booking; now it is opened."""
    hand.set(LEFT)
    return letters(visit, LEFT)[("details", "email")]
