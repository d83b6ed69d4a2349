"""The check of migrations stops what would hold a table that is in use (docs/upgrading.md)."""

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader

from tests.unit.test_locks_and_vendored import script

check = script("check_migrations")


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("CREATE INDEX i ON store_visit (start);", "require-concurrent-index-creation"),
        ("ALTER TABLE store_visit ADD COLUMN x integer NOT NULL;", "adding-required-field"),
        ("ALTER TABLE store_visit ADD COLUMN x uuid DEFAULT gen_random_uuid();", "adding-field-with-default"),
        ("ALTER TABLE store_visit ALTER COLUMN x TYPE text;", "changing-column-type"),
        ("ALTER TABLE store_visit ALTER COLUMN x SET NOT NULL;", "adding-not-nullable-field"),
        ("ALTER TABLE store_visit ADD CONSTRAINT c CHECK (x > 1);", "constraint-missing-not-valid"),
        ("ALTER TABLE store_visit ADD CONSTRAINT u UNIQUE (x);", "disallowed-unique-constraint"),
        ("ALTER TABLE store_visit RENAME COLUMN x TO y;", "renaming-column"),
    ],
)
def test_what_locks_or_breaks_is_named(sql: str, rule: str) -> None:
    assert rule in check.complaints(sql)


@pytest.mark.parametrize(
    ("sql", "atomic"),
    [
        ("CREATE INDEX CONCURRENTLY i ON store_visit (start);", False),
        ("ALTER TABLE store_visit ADD COLUMN x integer;", True),
        ("ALTER TABLE store_visit ADD COLUMN x integer DEFAULT 0 NOT NULL;", True),
        ("ALTER TABLE store_visit ADD CONSTRAINT c CHECK (x > 1) NOT VALID;", True),
    ],
)
def test_what_is_quick_passes(sql: str, atomic: bool) -> None:
    assert check.complaints(sql, atomic=atomic) == ""


def test_an_index_of_a_migration_is_found() -> None:
    """As Django would write it for PostgreSQL."""

    class Later(migrations.Migration):
        operations = [migrations.AddIndex("visit", models.Index(fields=["start"], name="later"))]

    loader = MigrationLoader(None)
    last = max(name for label, name in loader.graph.nodes if label == "store")
    migration = Later(last, "store")
    assert "require-concurrent-index-creation" in check.complaints(check.written(migration, loader, check.database()))
