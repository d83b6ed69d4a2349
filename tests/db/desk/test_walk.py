"""Every page of the desk, asked signed out, in each role, and for what is another's (docs/rules.md 7.7).

A new page is walked by itself; what its address names must be known below, or the test fails.
"""

import ast
import re
from collections.abc import Iterator
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest
from django.test import Client
from django.urls import URLPattern

import myosotis.web.desk as desk_package
from myosotis.domain.words import Role
from myosotis.store.models import Calendar, Doctor, Practice
from tests.db.desk import everything
from tests.db.desk.conftest import browser_of, make_staff
from tests.db.make import Scene, make_practice
from tests.db.test_routes import OUTSIDE_ROLES, view_name
from tests.db.web.letters import Hand

FOREIGN: Final = 990_001
MARK: Final = "Tajemnica"
OWN: Final = 880_001
OWN_MARK: Final = "Własne"
NOT_IDS: Final = {
    "begins": "2027-03-10T09:00",
    "channel": "email",
    "day": "2027-03-10",
    "ends": "2027-03-10T10:00",
    "kind": "reminder",
    "language": "pl",
    "mark": "none",
    "name": "calls",
    "purpose": "commercial",
    "result": "reached",
    "state": "yes",
    "was": "xxxxxx0",
    "wish": "confirm",
}
"""What addresses name that is no row: a word that is allowed there."""
NOT_ALLOWED: Final = HTTPStatus.METHOD_NOT_ALLOWED


def desk_pages() -> list[tuple[str, URLPattern]]:
    """The address and the pattern of every page that declares roles."""
    found = []
    for prefix, pattern in with_prefix(import_module("myosotis.site.urls").urlpatterns, "/"):
        name = view_name(pattern)
        if name.startswith("myosotis.web.desk.") and name not in OUTSIDE_ROLES:
            found.append((prefix, pattern))
    return found


def with_prefix(patterns: Any, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield here, pattern
        else:
            yield from with_prefix(pattern.url_patterns, here)


PAGES: Final = desk_pages()
PARAMETER: Final = re.compile(r"<(?:\w+:)?(\w+)>")


def names_a_row(address: str) -> bool:
    return any(name not in NOT_IDS for name in PARAMETER.findall(address))


def with_ids(address: str, pk: int) -> str:
    return PARAMETER.sub(lambda found: str(NOT_IDS.get(found[1], pk)), address)


def asked_for() -> set[str]:
    """Every name that a page of the desk looks up in a form or a query, and every field of its forms."""
    names: set[str] = set()
    for path in Path(desk_package.__path__[0]).rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        names |= set(re.findall(r"(?:GET|POST)(?:\.getlist|\.get)?[(\[]\"(\w+)\"", source))
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef) and any("Form" in ast.unparse(base) for base in node.bases):
                fields = (one for one in node.body if isinstance(one, ast.Assign | ast.AnnAssign))
                targets = (one.target if isinstance(one, ast.AnnAssign) else one.targets[0] for one in fields)
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


@pytest.fixture
def foreign(scene: Scene, hand: Hand) -> Practice:
    """Another practice with a row in every table."""
    stranger = make_staff(make_practice(name=f"{MARK} obok"), Role.OWNER, email=f"{MARK.lower()}@example.org")
    stranger.name = MARK
    stranger.save()
    return everything.fill(MARK, FOREIGN, stranger)


@pytest.fixture
def own(scene: Scene, foreign: Practice) -> Practice:
    """The practice that is worked in, with a row in every table."""
    user = make_staff(scene.practice, Role.OWNER, email="wlasne@example.org")
    return everything.fill(OWN_MARK, OWN, user)


def client_in(practice: Practice, role: Role, doctor: Doctor | None = None) -> Client:
    return browser_of(make_staff(practice, role, doctor=doctor))


def ask(client: Client, method: str, address: str, fields: dict[str, str], *, piece: bool = False) -> Any:
    headers = {"HX-Request": "true", "HX-Target": "drawer-body"} if piece else {}
    return (
        client.get(address, fields, headers=headers)
        if method == "GET"
        else client.post(address, fields, headers=headers)
    )


def body(answer: Any) -> str:
    streamed = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return streamed.decode(errors="replace") + "".join(f"{name}: {value}\n" for name, value in answer.headers.items())


def test_there_is_something_to_walk(own: Practice) -> None:
    assert PAGES
    assert asked_for()
    assert everything.snapshot(FOREIGN) != everything.snapshot(OWN)
    assert all(rows for rows in everything.snapshot(FOREIGN))


def test_signed_out_nothing_answers(foreign: Practice) -> None:
    before = everything.snapshot(FOREIGN)
    for address, _page in PAGES:
        for method in ("GET", "POST"):
            answer = ask(Client(), method, with_ids(address, FOREIGN), {})
            assert answer.status_code in (HTTPStatus.FOUND, NOT_ALLOWED), (method, address)
            assert MARK not in body(answer), (method, address)
    assert everything.snapshot(FOREIGN) == before


@pytest.mark.parametrize("role", list(Role))
def test_each_role_reaches_what_it_may_and_no_more(own: Practice, role: Role) -> None:
    calendar = Calendar.objects.get(pk=OWN)
    client = client_in(own, role, calendar.doctor if role is Role.DOCTOR else None)
    before = everything.snapshot(OWN)
    for address, page in PAGES:
        may = role in page.callback.roles  # type: ignore[attr-defined]
        answers = [ask(client, "GET", with_ids(address, OWN), {})]
        if not may:
            answers.append(ask(client, "POST", with_ids(address, OWN), {}))
            refused = {answer.status_code for answer in answers}
            assert refused <= {HTTPStatus.FORBIDDEN, NOT_ALLOWED}, (address, refused)
            assert HTTPStatus.FORBIDDEN in refused, (address, refused)
        else:
            assert answers[0].status_code not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND), address
            assert answers[0].status_code < HTTPStatus.INTERNAL_SERVER_ERROR, address
    unchanged = [(was, now) for was, now in zip(before, everything.snapshot(OWN), strict=True) if was != now]
    assert unchanged == []


@pytest.mark.parametrize("role", [Role.OWNER, Role.DOCTOR])
def test_nothing_of_another_practice_is_readable_or_writable(own: Practice, foreign: Practice, role: Role) -> None:
    client = client_in(own, role, Doctor.objects.get(pk=OWN) if role is Role.DOCTOR else None)
    before = everything.snapshot(FOREIGN)
    everywhere = dict.fromkeys(asked_for(), str(FOREIGN))
    for address, _page in PAGES:
        for method, piece in (("GET", False), ("GET", True), ("POST", False)):
            if names_a_row(address):
                answer = ask(client, method, with_ids(address, FOREIGN), {}, piece=piece)
                refused = (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN, NOT_ALLOWED)
                assert answer.status_code in refused, (method, address, answer.status_code)
                assert MARK not in body(answer), (method, address)
            answer = ask(client, method, with_ids(address, OWN), everywhere, piece=piece)
            assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, (method, address)
            assert MARK not in body(answer), (method, address)
    assert everything.snapshot(FOREIGN) == before


def test_a_doctor_reaches_own_calendars_only(own: Practice) -> None:
    colleague = Doctor.objects.create(practice=own, name="Inna Osoba")
    client = client_in(own, Role.DOCTOR, colleague)
    of_cards = {"patient_id"}  # a card is the practice's: every role may look after it
    before = everything.snapshot(OWN)
    for address, page in PAGES:
        named = set(PARAMETER.findall(address)) - set(NOT_IDS)
        if not named or named <= of_cards or Role.DOCTOR not in page.callback.roles:  # type: ignore[attr-defined]
            continue
        for method in ("GET", "POST"):
            answer = ask(client, method, with_ids(address, OWN), {})
            assert answer.status_code in (HTTPStatus.NOT_FOUND, NOT_ALLOWED), (method, address, answer.status_code)
    assert everything.snapshot(OWN) == before
