"""By what a message is found once it left or ended stands beside it, kept alike by the database itself (docs/adr/0067).

SQLite loses these triggers when a migration rebuilds the message table.
"""

from django.db import migrations

COLUMNS = "message_id, practice_id, sent_at, ended_at, provider_id"
ENDED = "{row}.status IN ('cancelled', 'expired', 'failed', 'skipped')"
TRACED = f"({{row}}.sent_at IS NOT NULL OR {{row}}.provider_id <> '' OR {ENDED})"
VALUES = f"""{{row}}.id, {{row}}.practice_id, {{row}}.sent_at,
    CASE WHEN {ENDED} THEN COALESCE({{row}}.finished_at, {{row}}.created_at) END, {{row}}.provider_id"""
KEEP = f"""
INSERT INTO store_messagetrace ({COLUMNS}) SELECT {VALUES} {{source}} WHERE {TRACED}
ON CONFLICT (message_id) DO UPDATE SET sent_at = EXCLUDED.sent_at, ended_at = EXCLUDED.ended_at,
    provider_id = EXCLUDED.provider_id
"""

TRACE = f"""
CREATE FUNCTION store_message_traced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {KEEP.format(row="changed", source="FROM changed")};
    RETURN NULL;
END
$$
"""
FORGET = f"""
CREATE FUNCTION store_message_untraced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM before WHERE {TRACED.format(row="before")}) THEN
        DELETE FROM store_messagetrace WHERE message_id = ANY (ARRAY(
            SELECT id FROM changed WHERE NOT {TRACED.format(row="changed")}
        ));
    END IF;
    RETURN NULL;
END
$$
"""  # noqa: S608 - constants
POSTGRESQL = (
    TRACE,
    """CREATE TRIGGER store_message_traced_insert AFTER INSERT ON store_message
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION store_message_traced()""",
    """CREATE TRIGGER store_message_traced_update AFTER UPDATE ON store_message
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION store_message_traced()""",
    FORGET,
    """CREATE TRIGGER store_message_untraced AFTER UPDATE ON store_message
    REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION store_message_untraced()""",
)
SQLITE = (
    f"""CREATE TRIGGER store_message_traced_insert AFTER INSERT ON store_message WHEN {TRACED.format(row="NEW")}
    BEGIN {KEEP.format(row="NEW", source="")}; END""",
    f"""CREATE TRIGGER store_message_traced_update AFTER UPDATE OF status, sent_at, finished_at, provider_id
    ON store_message WHEN {TRACED.format(row="NEW")}
    BEGIN {KEEP.format(row="NEW", source="")}; END""",
    f"""CREATE TRIGGER store_message_untraced AFTER UPDATE OF status, sent_at, provider_id ON store_message
    WHEN {TRACED.format(row="OLD")} AND NOT {TRACED.format(row="NEW")}
    BEGIN DELETE FROM store_messagetrace WHERE message_id = NEW.id; END""",  # noqa: S608 - constants
)


def create(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    for name in ("traced_insert", "traced_update", "untraced"):
        on = " ON store_message" if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f"DROP TRIGGER store_message_{name}{on}")
    if schema_editor.connection.vendor == "postgresql":
        for name in ("traced", "untraced"):
            schema_editor.execute(f"DROP FUNCTION store_message_{name}()")


class Migration(migrations.Migration):
    dependencies = [("store", "0006_queue")]

    operations = [migrations.RunPython(create, drop)]
