"""No page of the desk asks the database more often because there is more to show."""

from http import HTTPStatus
from typing import Final

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from myosotis.domain.words import Role
from tests.db.desk import everything
from tests.db.desk.conftest import browser_of, make_staff
from tests.db.desk.test_walk import NOT_ALLOWED, OWN, OWN_MARK, PAGES, with_ids
from tests.db.make import Scene
from tests.db.web.letters import Hand

MOST: Final = 40
"""Questions of one page. Moving a visit asks most, then today's page: it is seven pages in one."""


def asked(client: Client) -> dict[str, int]:
    """How often each page that answers a GET asks the database."""
    counts = {}
    for address, _page in PAGES:
        client.get(with_ids(address, OWN))  # what is noted once, or kept in memory
        with CaptureQueriesContext(connection) as questions:
            answer = client.get(with_ids(address, OWN))
        if answer.status_code != NOT_ALLOWED:
            assert answer.status_code in (HTTPStatus.OK, HTTPStatus.FOUND), address
            counts[address] = len(questions)
    return counts


def test_no_page_asks_more_often_when_there_is_more_to_show(scene: Scene, hand: Hand) -> None:
    user = make_staff(scene.practice, Role.OWNER, email="wlasne@example.org")
    practice = everything.fill(OWN_MARK, OWN, user)
    client = browser_of(make_staff(practice, Role.OWNER))
    everything.more(OWN_MARK, practice, user, range(OWN + 1, OWN + 3))
    few = asked(client)
    everything.more(OWN_MARK, practice, user, range(OWN + 10_000, OWN + 10_006))
    many = asked(client)
    assert {page: (few[page], many[page]) for page in few if many[page] > few[page]} == {}
    assert {page: count for page, count in many.items() if count > MOST} == {}
