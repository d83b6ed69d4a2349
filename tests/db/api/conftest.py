"""A practice with a key, and a caller that speaks JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, cast

import pytest
from django.test import Client

from myosotis import clock
from myosotis.domain.values import utc
from myosotis.flows.actor import SYSTEM
from myosotis.flows.api_access import Scope, create_key
from myosotis.store.models import Practice
from tests.db.make import Scene

NOW = utc(2027, 3, 22, 9)


class Answered(Protocol):
    """What the test client gives back."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any: ...


@dataclass(kw_only=True)
class Caller:
    """Calls the API with a key."""

    secret: str
    client: Client = field(default_factory=Client)

    def __call__(self, method: str, path: str, body: object = None, **headers: str) -> Answered:
        extra = {"Authorization": f"Bearer {self.secret}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        data = "" if body is None else json.dumps(body)
        answer = self.client.generic(method, f"/api/v1/{path}", data, content_type="application/json", headers=extra)
        return cast("Answered", answer)

    def get(self, path: str, **headers: str) -> Answered:
        return self("GET", path, **headers)

    def post(self, path: str, body: object = None, **headers: str) -> Answered:
        return self("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: object, **headers: str) -> Answered:
        return self("PATCH", path, body, **headers)

    def put(self, path: str, body: object, **headers: str) -> Answered:
        return self("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Answered:
        return self("DELETE", path, **headers)


def caller_of(practice: Practice, *scopes: Scope, now: datetime = NOW) -> Caller:
    """A caller with a key of this practice; with all scopes if none is named."""
    made = create_key(practice=practice, name="test", scopes=scopes or tuple(Scope), actor=SYSTEM, now=now)
    return Caller(secret=made.secret)


@pytest.fixture
def frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The product's clock, standing at NOW."""
    file = tmp_path / "clock.json"
    clock.set_virtual(file, NOW, frozen=True)
    monkeypatch.setenv("MYOSOTIS_CLOCK_FILE", str(file))
    return file


@pytest.fixture
def call(scene: Scene, frozen: Path) -> Caller:
    return caller_of(scene.practice)
