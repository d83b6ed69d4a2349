"""Whatever it is sent, the API answers as it describes itself: never a server error, problems as RFC 9457."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core import NotSet

from myosotis.api.app import api
from tests.db.api.conftest import Caller

SCHEMA = schemathesis.openapi.from_dict(json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"))))
FOUND: list[Any] = list(SCHEMA.get_all_operations())
OPERATIONS = {operation.label: operation for operation in (found.ok() for found in FOUND)}


@pytest.fixture(autouse=True)
def _no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("myosotis.api.middleware.requests_a_minute", lambda: 1_000_000)


@pytest.mark.parametrize("label", OPERATIONS)
@settings(
    max_examples=8,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
    database=None,
)
@given(data=st.data())
def test_every_route_answers_whatever_it_is_sent(call: Caller, label: str, data: st.DataObject) -> None:
    case: Any = data.draw(OPERATIONS[label].as_strategy())
    path = case.formatted_path.removeprefix("/api/v1/")
    query = urlencode(dict(case.query or {}), doseq=True)
    body = None if isinstance(case.body, NotSet) else case.body
    answer = call(case.method, f"{path}?{query}" if query else path, body)

    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
