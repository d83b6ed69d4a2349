"""What tests with a database share; what they make is in tests/db/make.py."""

import pytest

from tests.db.make import Scene


@pytest.fixture
def scene(db: None) -> Scene:
    return Scene.set()
