"""What tests with a database share; what they make is in tests/db/make.py."""

from pathlib import Path

import pytest

from tests.db.make import NOW, Scene
from tests.db.web.letters import Hand, take_clock


@pytest.fixture
def scene(db: None) -> Scene:
    return Scene.set()


@pytest.fixture
def hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hand:
    """The clock stands at NOW until a test moves it."""
    hand = take_clock(tmp_path, monkeypatch)
    hand.set(NOW)
    return hand
