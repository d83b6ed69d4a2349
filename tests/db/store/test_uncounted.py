"""Before PostgreSQL has counted its rows (a new installation, the minute after an import), no booking, no change of a visit
and no claim reads a whole table.

The server itself says how it carried out every statement, those of triggers and foreign keys too (`auto_explain`, by the
notices of the session): how many rows of which table it looked at. No clock is involved.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import psycopg
import pytest
from django.db import DatabaseError, connection

from myosotis.domain.words import Kind, Party, Via
from myosotis.flows import visit_booked, visit_cancelled, visit_moved
from myosotis.ops.benchmark import due
from myosotis.store import facts
from myosotis.store.models import Practice
from myosotis.store.queue import feed
from myosotis.store.queue.claim import claim
from tests.db.make import ACTOR, NOW, hours

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite plans without counting"),
]

MANY: Final = 5000
"""Patients, visits and messages that nobody has counted."""
FEW: Final = 300
"""Of any table a statement may look at so many rows."""
OFTEN: Final = 8
"""More often than PostgreSQL plans a statement anew before it keeps a plan."""
FIRST_COUNTED: Final = 60
"""Rows at which autovacuum counts a table for the first time."""
LATER: Final = NOW + hours(24 * 300)
EXPLAIN: Final = {
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_nested_statements": "on",
    "auto_explain.log_format": "json",
    "auto_explain.log_level": "notice",
}


@pytest.fixture(autouse=True)
def new_installation(db: None) -> None:
    """Tables without pages or figures, settings as docs/database.md has them, and a server that explains by itself."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE store_practice CASCADE")  # what tests before this one rolled back has left its pages
        cursor.execute("SET LOCAL random_page_cost = 1.1")
        try:
            cursor.execute("LOAD 'auto_explain'")
        except DatabaseError as error:
            pytest.skip(f"this server cannot explain by itself: {error}")


@contextmanager
def looked_at() -> Iterator[Counter[str]]:
    """By table: at how many rows the statement looked that looked at most of them."""
    most: Counter[str] = Counter()

    def note(notice: psycopg.errors.Diagnostic) -> None:
        _duration, explained, plan = (notice.message_primary or "").partition("plan:\n")
        if explained:
            for table, rows in _rows(json.loads(plan)["Plan"]).items():
                most[table] = max(most[table], rows)

    with connection.cursor() as cursor:
        for name, value in EXPLAIN.items():
            cursor.execute(f"SET LOCAL {name} = '{value}'")
        connection.connection.add_notice_handler(note)
        try:
            yield most
        finally:
            connection.connection.remove_notice_handler(note)
            cursor.execute("SET LOCAL auto_explain.log_min_duration = -1")


def _rows(plan: dict[str, Any]) -> Counter[str]:
    """By table: the rows that a plan and all below it looked at."""
    rows: Counter[str] = Counter()
    if "Relation Name" in plan and plan["Node Type"] != "ModifyTable":
        refused = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        rows[plan["Relation Name"]] = round((plan["Actual Rows"] + refused) * plan["Actual Loops"])
    for below in plan.get("Plans", ()):
        rows += _rows(below)
    return rows


def too_many(most: Counter[str]) -> dict[str, int]:
    assert most["store_visit"], "nothing was explained"
    return {table: rows for table, rows in most.items() if rows > FEW}


Deeds = list[Callable[[], object]]
Choose = Callable[[Practice], Deeds]
"""Of some kind, as often as `OFTEN`; with what they need to know at hand."""


def bookings(practice: Practice) -> Deeds:
    calendars = practice.calendars.order_by("pk").values_list("pk", flat=True)[:OFTEN]
    patients = practice.patients.order_by("pk").values_list("pk", flat=True)[:OFTEN]
    return [
        partial(
            visit_booked.book, practice=practice, calendar_id=calendar_id, patient_id=patient_id, start=LATER,
            by=Party.PRACTICE, via=Via.DESK, actor=ACTOR, now=NOW,
        )
        for calendar_id, patient_id in zip(calendars, patients, strict=True)
    ]  # fmt: skip


def changes(practice: Practice) -> Deeds:
    """Visits are moved, then given up."""
    said: dict[str, Any] = {"practice": practice, "by": Party.PRACTICE, "via": Via.DESK, "actor": ACTOR, "now": NOW}
    visits = practice.visits.order_by("pk")[:OFTEN]
    moves = [
        partial(visit_moved.move, visit_id=visit.pk, start=LATER + (visit.start - NOW), **said) for visit in visits
    ]
    return [*moves, *(partial(visit_cancelled.cancel, visit_id=visit.pk, **said) for visit in visits)]


def claims(_practice: Practice) -> Deeds:
    return [claim_and_look] * OFTEN


def claim_and_look() -> None:
    """As a dispatcher does: once in turns, once the longest due."""
    taken = [one for turns in (True, False) for one in claim(worker="w", now=NOW, limit=3, in_turns=turns)]
    visits = [one.visit_id for one in taken if one.visit_id is not None]
    assert len(visits) == 6, "there was something to claim"
    mine = {one.id: one.attempts for one in taken}
    facts.look(visits, NOW, mine=mine, later_for=visits)
    facts.look(visits, NOW, mine=mine, later_for=visits, kinds_of={key: {Kind.REMINDER} for key in visits})


def small(choose: Choose, rows: int, *, counted: bool) -> None:
    """The beginning of an installation, whose plans the connection keeps."""
    practice = due.make(rows, NOW)
    feed.refill(NOW)
    if counted:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    for deed in choose(practice):
        deed()


def grown(choose: Choose) -> Counter[str]:
    """What is looked at once there are many rows, that nobody has counted."""
    practice = due.make(MANY, NOW)
    feed.refill(NOW)
    deeds = choose(practice)
    with looked_at() as most:
        for deed in deeds:
            deed()
    return most


@pytest.mark.parametrize("choose", [bookings, changes, claims])
def test_by_a_connection_that_is_new(choose: Choose) -> None:
    assert too_many(grown(choose)) == {}


@pytest.mark.parametrize("choose", [bookings, changes])
def test_by_plans_kept_since_the_first_rows_were_counted(choose: Choose) -> None:
    """Not so the last look: by lists of visits it goes on as it began, until they are counted again (within a minute)."""
    small(choose, FIRST_COUNTED, counted=True)
    assert too_many(grown(choose)) == {}


@pytest.mark.parametrize("choose", [bookings, changes])
def test_by_plans_kept_since_there_was_next_to_nothing(choose: Choose) -> None:
    small(choose, OFTEN, counted=False)
    assert too_many(grown(choose)) == {}
