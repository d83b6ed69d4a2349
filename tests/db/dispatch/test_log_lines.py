"""Log lines carry ids and never a patient: pages, API and dispatch with a patient who would be seen (docs/rules.md 6)."""

import json
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import structlog
from django.test import Client

from myosotis.dispatch import renderer, tokens
from myosotis.domain.outcomes import Unclear
from myosotis.domain.words import Channel, Kind
from myosotis.flows import api_access, visit_confirmed
from myosotis.ops import logs
from myosotis.store.models import Message
from tests.db.dispatch.conftest import Post
from tests.db.make import ACTOR, NOW, Scene, book

MARKED = {
    "first_name": "Zdzisława-Marked",
    "last_name": "Brzęczyszczykiewicz",
    "email": "marked.patient@example.org",
    "phone": "+48609987654",
}
TRACES = ("Marked", "marked", "Brz", "609987654", "609 987 654", "example.org")


@pytest.fixture
def configured() -> Iterator[None]:
    root = logging.getLogger()
    before = (sys.excepthook, threading.excepthook, root.handlers[:], root.level)
    yield
    sys.excepthook, threading.excepthook, root.handlers[:], _ = before
    root.setLevel(before[3])
    structlog.reset_defaults()


def break_down(*_args: Any, **_more: Any) -> Any:
    raise ValueError(f"what is known of {MARKED}")


def send(scene: Scene, post: Post, monkeypatch: pytest.MonkeyPatch) -> str:
    """Messages that a provider takes, does not answer, breaks at, and that cannot be written; the path of the first link."""
    for field, value in MARKED.items():
        setattr(scene.patient, field, value)
    scene.patient.save()
    visit = book(scene.calendar, scene.patient)
    post.email.answers.append(Unclear(detail="no answer"))
    post.at(NOW + timedelta(minutes=1))
    post.sms.always = ValueError(f"refused: {MARKED}")
    post.at(NOW + timedelta(hours=5))
    book(scene.calendar, scene.patient, start=visit.start + timedelta(days=1))
    with monkeypatch.context() as broken:
        broken.setattr(renderer, "write", break_down)
        post.at(NOW + timedelta(hours=6))
    uuid = Message.objects.filter(visit=visit, kind=Kind.DETAILS).earliest("id").uuid
    return urlsplit(tokens.links(uuid, Kind.DETAILS, Channel.EMAIL, image=False).open).path


def ask(client: Client, scene: Scene, path: str, monkeypatch: pytest.MonkeyPatch, request_id: str) -> None:
    """Pages and API: what goes well, what leads nowhere, what is wrongly asked, and what breaks."""
    client.raise_request_exception = False
    made = api_access.create_key(
        practice=scene.practice, name="Program", scopes=list(api_access.Scope), actor=ACTOR, now=NOW
    )
    api = {"authorization": f"Bearer {made.secret}"}
    for address in (path, f"/{MARKED['email']}", f"{path}/cancel?who={MARKED['last_name']}", f"/api/{MARKED['phone']}"):
        client.get(address)
    client.get("/api/v1/patients", {"phone": MARKED["phone"]}, headers=api)
    client.post("/api/v1/patients", json.dumps(MARKED | {"email": 7}), content_type="application/json", headers=api)
    monkeypatch.setattr(visit_confirmed, "confirm", break_down)
    answer = client.post(f"{path}/confirm", {"revision": 1}, headers={"x-request-id": request_id})
    assert answer.status_code == 500
    assert answer["X-Request-ID"] == request_id


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.usefixtures("configured")
def test_whatever_happens_lines_have_ids_and_no_patient(
    form: str,
    scene: Scene,
    post: Post,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    logs.configure("DEBUG", form)
    request_id = str(uuid4())
    path = send(scene, post, monkeypatch)
    ask(client, scene, path, monkeypatch, request_id)

    out, err = capfd.readouterr()
    assert not [line for line in (out + err).splitlines() if any(trace in line for trace in TRACES)]
    assert path not in err
    assert "break_down" in err, "where it broke is told"
    failed = next(line for line in err.splitlines() if "request_failed" in line)
    assert request_id in failed
    if form == "json":
        lines = [json.loads(line) for line in err.splitlines()]
        assert {"event", "level", "timestamp", "logger"} <= set.intersection(*(set(line) for line in lines))
        assert any(line.get("practice") == scene.practice.pk for line in lines)
        assert [line["route"] for line in lines if line["event"] == "request_failed"] == ["patient:confirm"]


@pytest.mark.parametrize("given", ["", "jan.kowalski@example.org", "+48609987654", "48609987654", "a" * 65, "x\ny"])
def test_a_name_given_to_a_request_that_could_be_somebodys_is_not_taken(client: Client, given: str) -> None:
    answer = client.get("/healthz", headers={"x-request-id": given})
    assert answer["X-Request-ID"] != given
    assert len(answer["X-Request-ID"]) == 36
