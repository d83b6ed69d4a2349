"""On PostgreSQL a booking rings for dispatchers only where something is due before they look again by themselves."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from myosotis.dispatch.waker import CHANNEL
from myosotis.domain.words import Party, Via
from myosotis.store.models import Message
from tests.db.make import NOW, book, make_calendar, make_patient, make_practice

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite counts its commits"),
]


@pytest.fixture
def listener(transactional_db: None) -> Iterator[psycopg.Connection]:
    at = connection.settings_dict
    with psycopg.connect(
        host=at["HOST"], port=at["PORT"], dbname=at["NAME"], user=at["USER"], password=at["PASSWORD"], autocommit=True
    ) as listening:
        listening.execute(f"LISTEN {CHANNEL}")
        yield listening


def rung(listener: psycopg.Connection) -> int:
    """How often the bell rang; what was committed before this question is answered is told with its answer."""
    listener.execute("SELECT true")
    return len(list(listener.notifies(timeout=0)))


def test_what_staff_book_is_due_after_the_undo_time_and_found_by_then(listener: psycopg.Connection) -> None:
    practice = make_practice()
    visit = book(make_calendar(practice), make_patient(practice))
    assert rung(listener) == 0
    Message.objects.filter(visit=visit, kind="details", channel="email").update(due_at=NOW)
    assert rung(listener) == 1


def test_what_a_patient_books_is_due_at_once(listener: psycopg.Connection) -> None:
    practice = make_practice()
    book(make_calendar(practice), make_patient(practice), by=Party.PATIENT, via=Via.API)
    assert rung(listener) == 1
