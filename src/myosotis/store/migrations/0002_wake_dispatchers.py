"""On PostgreSQL a commit that leaves something planned wakes the dispatchers, whoever wrote it (docs/rules.md 7.3)."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION store_message_planned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM changed WHERE status = 'planned') THEN
        PERFORM pg_notify('myosotis_planned', '');
    END IF;
    RETURN NULL;
END
$$
"""
TRIGGER = """
CREATE TRIGGER store_message_planned_{event} AFTER {event} ON store_message
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION store_message_planned()
"""


def create(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return  # SQLite counts its commits itself (PRAGMA data_version)
    schema_editor.execute(FUNCTION)
    for event in ("insert", "update"):
        schema_editor.execute(TRIGGER.format(event=event))


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for event in ("insert", "update"):
            schema_editor.execute(f"DROP TRIGGER store_message_planned_{event} ON store_message")
        schema_editor.execute("DROP FUNCTION store_message_planned()")


class Migration(migrations.Migration):
    dependencies = [("store", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
