"""Statements that PostgreSQL keeps ready: with a session of one's own, and not behind a pooler; the same answers on both."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from myosotis.domain.words import Party
from myosotis.store import prepared, single
from myosotis.store.models import AuditEntry, Practice, VisitLog
from myosotis.store.prepared import Place, Statement
from myosotis.store.question import Question, together
from tests.db.apart.pooler import BINARY, pooled
from tests.db.make import NOW, book, make_calendar, make_patient, make_practice

pytestmark = pytest.mark.django_db

NAMES = Question(lambda ids: Practice.objects.filter(id__in=[ids]).order_by("id").values_list("name"))
AGE = Question(
    lambda ids, since: Practice.objects.filter(created_at__gt=since, id__in=[ids], name__contains="%s").values_list(
        "id"
    ),
    instants=1,
)

postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite keeps statements by itself")


def _known() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'myosotis%%'")
        return {name for (name,) in cursor.fetchall()}


def test_lists_of_any_length_and_what_looks_like_a_mark() -> None:
    one, other = make_practice(name="A %s b"), make_practice(name="Second")
    before = datetime(2020, 1, 1, tzinfo=UTC)
    assert NAMES.ask([one.pk]) == [("A %s b",)]
    assert NAMES.ask([one.pk, other.pk]) == [("A %s b",), ("Second",)]
    assert NAMES.ask([]) == []
    assert AGE.ask([one.pk, other.pk], at=[before]) == [(one.pk,)]


def test_asked_together_each_gets_its_own_answer() -> None:
    one, other = make_practice(name="First"), make_practice(name="Second")
    before = datetime(2020, 1, 1, tzinfo=UTC)
    answers = together(NAMES.of([other.pk]), AGE.of([one.pk], at=[before]), NAMES.of([one.pk]), NAMES.of([other.pk]))
    assert answers == [[("Second",)], [], [("First",)], [("Second",)]]


@postgresql
def test_together_is_one_trip() -> None:
    practice = make_practice()
    with CaptureQueriesContext(connection) as trips:
        together(NAMES.of([practice.pk]), NAMES.of([practice.pk, 0]))
    assert len(trips) == 1


@postgresql
def test_a_statement_is_read_once() -> None:
    practice = make_practice(name="First")
    NAMES.ask([practice.pk])
    known = _known()
    with CaptureQueriesContext(connection) as trips:
        assert NAMES.ask([practice.pk]) == [("First",)]
    assert [trip["sql"].split(" ")[0] for trip in trips] == ["EXECUTE"]
    assert _known() == known != set()


@postgresql
@pytest.mark.django_db(transaction=True)
def test_it_stays_known_after_a_rollback() -> None:
    practice = make_practice(name="First")
    with transaction.atomic():
        NAMES.ask([practice.pk])
        transaction.set_rollback(True)
    assert NAMES.ask([practice.pk]) == [("First",)]


@postgresql
@pytest.mark.django_db(transaction=True)
def test_a_migration_that_changes_the_answer_fails_once() -> None:
    """Plans are made anew by the server itself; only what has other types now is refused, and then prepared anew."""
    shelf = Statement("SELECT * FROM shelf WHERE label = %s", (Place(0),))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE shelf (label text)")
        try:
            cursor.execute("INSERT INTO shelf VALUES ('a')")
            assert prepared.run((shelf, ["a"])) == [[("a",)]]
            cursor.execute("ALTER TABLE shelf ADD COLUMN depth integer")
            with pytest.raises(DatabaseError, match="cached plan"):
                prepared.run((shelf, ["a"]))
            assert prepared.run((shelf, ["a"])) == [[("a", None)]]
        finally:
            cursor.execute("DROP TABLE shelf")


@postgresql
@pytest.mark.skipif(BINARY is None, reason="no PgBouncer on this machine")
@pytest.mark.django_db(transaction=True)
def test_behind_a_pooler_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    practice = make_practice(name="First")
    at = connection.settings_dict
    server = {"host": at["HOST"], "server": str(at["PORT"]), "database": at["NAME"]}
    with pooled(server, {at["USER"]: at["PASSWORD"]}) as port:
        connections.close_all()
        monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        monkeypatch.setitem(connection.settings_dict, "PORT", port)
        answers = [together(NAMES.of([practice.pk]), NAMES.of([practice.pk, 0])) for _ in range(2)]
        known = _known()
        connections.close_all()
    monkeypatch.undo()
    assert answers == [[[("First",)], [("First",)]]] * 2
    assert known == set()


def test_single_rows_get_their_keys_and_keep_what_they_say() -> None:
    practice = make_practice()
    visit = book(make_calendar(practice), make_patient(practice))
    entry = AuditEntry(practice_id=visit.practice_id, at=NOW, actor="system", action="x", object_type="visit")
    line = VisitLog(
        practice_id=visit.practice_id, visit=visit, at=NOW, what="moved", by=Party.PRACTICE, via="desk", revision=2,
        before={"start": "ł'\"%s\\"},
    )  # fmt: skip
    single.add(entry, line)
    assert AuditEntry.objects.get(id=entry.pk).at == NOW
    kept = VisitLog.objects.get(id=line.pk)
    assert (kept.before, kept.visit_id, kept.old_start) == ({"start": "ł'\"%s\\"}, visit.pk, None)
    line.what = "changed"
    line.save()
    assert VisitLog.objects.filter(visit=visit, what="changed").count() == 1
