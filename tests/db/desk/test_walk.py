"""Every page of the desk, asked signed out, in each role, and for what is another's (docs/rules.md 7.7).

A new page is walked by itself; what its address names must be known below, or the test fails.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, path
from pytest_django.fixtures import Settings

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


Pages = Sequence[tuple[str, URLPattern]]
Wrong = tuple[object, ...]


def desk_pages(patterns: Any) -> list[tuple[str, URLPattern]]:
    """The address and the pattern of every page that has to declare roles."""
    found = []
    for prefix, pattern in with_prefix(patterns, "/"):
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


PAGES: Final = desk_pages(import_module("myosotis.site.urls").urlpatterns)
PARAMETER: Final = re.compile(r"<(?:\w+:)?(\w+)>")


def names_a_row(address: str) -> bool:
    return any(name not in NOT_IDS for name in PARAMETER.findall(address))


def with_ids(address: str, pk: int) -> str:
    return PARAMETER.sub(lambda found: str(NOT_IDS.get(found[1], pk)), address)


def asked_for() -> set[str]:
    """Every name that a page of the desk looks up in a form or a query, and every field of its forms."""
    names: set[str] = set()
    for file in Path(desk_package.__path__[0]).rglob("*.py"):
        source = file.read_text(encoding="utf-8")
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
    assert open_to_anybody(PAGES) == []
    assert everything.snapshot(FOREIGN) == before


def open_to_anybody(pages: Pages) -> list[Wrong]:
    """Pages that answer somebody who is not signed in with anything but the way to signing in."""
    wrong: list[Wrong] = []
    for address, _page in pages:
        for method in ("GET", "POST"):
            answer = ask(Client(), method, with_ids(address, FOREIGN), {})
            if answer.status_code not in (HTTPStatus.FOUND, NOT_ALLOWED) or MARK in body(answer):
                wrong.append((method, address, answer.status_code))
    return wrong


@pytest.mark.parametrize("role", list(Role))
def test_each_role_reaches_what_it_may_and_no_more(own: Practice, role: Role) -> None:
    calendar = Calendar.objects.get(pk=OWN)
    client = client_in(own, role, calendar.doctor if role is Role.DOCTOR else None)
    before = everything.snapshot(OWN)
    assert wrong_for(client, role, PAGES) == []
    assert everything.snapshot(OWN) == before


def wrong_for(client: Client, role: Role, pages: Pages) -> list[Wrong]:
    """Pages that a role does not reach though it may, or reaches though it may not."""
    wrong: list[Wrong] = []
    for address, page in pages:
        may = role in roles_of(page)
        methods = ("GET",) if may else ("GET", "POST")
        statuses = {ask(client, method, with_ids(address, OWN), {}).status_code for method in methods}
        if may:
            right = not statuses & {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
        else:
            right = HTTPStatus.FORBIDDEN in statuses and statuses <= {HTTPStatus.FORBIDDEN, NOT_ALLOWED}
        wrong += [] if right else [(role, address, *statuses)]
    return wrong


def test_what_addresses_name_is_known() -> None:
    assert unknown_names(PAGES) == set()


def unknown_names(pages: Pages) -> set[str]:
    """What addresses name besides ids of rows and the words above."""
    named = {name for address, _page in pages for name in PARAMETER.findall(address)}
    return {name for name in named - set(NOT_IDS) if not name.endswith("_id")}


def test_a_page_without_a_door_does_not_pass(own: Practice, settings: Settings) -> None:
    def made(request: HttpRequest, **named: str) -> HttpResponse:
        return HttpResponse("open")

    made.__module__ = "myosotis.web.desk.made"
    site = ModuleType("made_urls")
    pattern = path("desk/made/<slug:colour>", made)
    site.urlpatterns = [pattern, *import_module("myosotis.site.urls").urlpatterns]  # type: ignore[attr-defined] # made here
    settings.ROOT_URLCONF = site
    pages = [page for page in desk_pages(site.urlpatterns) if page[1] is pattern]

    assert [address for address, _page in pages] == ["/desk/made/<slug:colour>"], "the walk comes by"
    assert unknown_names(pages) == {"colour"}
    assert open_to_anybody(pages)
    assert wrong_for(client_in(own, Role.OWNER), Role.OWNER, pages)


@pytest.mark.parametrize("role", [Role.OWNER, Role.DOCTOR])
def test_nothing_of_another_practice_is_readable_or_writable(own: Practice, foreign: Practice, role: Role) -> None:
    """By the address, and by whatever a form or a query can name: the pages of a row of one's own included."""
    client = client_in(own, role, Doctor.objects.get(pk=OWN) if role is Role.DOCTOR else None)
    before = everything.snapshot(FOREIGN)
    everywhere = dict.fromkeys(asked_for(), str(FOREIGN))
    wrong: list[Wrong] = []
    for address, page in PAGES:
        if role not in roles_of(page):
            continue  # refused before anything is looked at: asked in the test of roles
        for method in ("GET", "POST"):
            if names_a_row(address):
                answer = ask(client, method, with_ids(address, FOREIGN), {})
                if answer.status_code not in (HTTPStatus.NOT_FOUND, NOT_ALLOWED) or MARK in body(answer):
                    wrong.append((method, address, answer.status_code))
            answer = ask(client, method, with_ids(address, OWN), everywhere, piece=True)
            if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or MARK in body(answer):
                wrong.append((method, address, answer.status_code, "named in the form"))
    assert wrong == []
    assert everything.snapshot(FOREIGN) == before


def test_a_doctor_reaches_own_calendars_only(own: Practice) -> None:
    colleague = Doctor.objects.create(practice=own, name="Inna Osoba")
    client = client_in(own, Role.DOCTOR, colleague)
    of_cards = {"patient_id"}  # a card is the practice's: every role may look after it
    before = everything.snapshot(OWN)
    wrong: list[Wrong] = []
    for address, page in PAGES:
        named = set(PARAMETER.findall(address)) - set(NOT_IDS)
        if not named or named <= of_cards or Role.DOCTOR not in roles_of(page):
            continue
        for method in ("GET", "POST"):
            answer = ask(client, method, with_ids(address, OWN), {})
            if answer.status_code not in (HTTPStatus.NOT_FOUND, NOT_ALLOWED):
                wrong.append((method, address, answer.status_code))
    assert wrong == []
    assert everything.snapshot(OWN) == before


def roles_of(page: URLPattern) -> tuple[Role, ...]:
    """What the page declares by `staff`; nobody's where it declares nothing, and then the walk fails on it."""
    return getattr(page.callback, "roles", ())
