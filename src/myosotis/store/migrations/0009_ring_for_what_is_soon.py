"""On PostgreSQL only what is due soon wakes the dispatchers when it is planned (docs/adr/0072).

A commit that notifies waits for every other one that does, until it is on the disk. What is due later than half a minute
from now is found in time by the look that a dispatcher takes every five seconds anyway.
"""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION store_message_planned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM changed WHERE status = 'planned'{soon}) THEN
        PERFORM pg_notify('myosotis_planned', '');
    END IF;
    RETURN NULL;
END
$$
"""
SOON = " AND (TG_OP <> 'INSERT' OR due_at < created_at + interval '30 seconds')"


def ring_for_what_is_soon(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":  # SQLite counts its commits itself (PRAGMA data_version)
        schema_editor.execute(FUNCTION.format(soon=SOON))


def ring_for_all(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FUNCTION.format(soon=""))


class Migration(migrations.Migration):
    dependencies = [("store", "0008_rations")]

    operations = [migrations.RunPython(ring_for_what_is_soon, ring_for_all)]
