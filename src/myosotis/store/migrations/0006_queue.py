"""The queue is kept alike with the message table by the database itself, whoever writes (docs/adr/0054).

What is planned or waits and is due before the horizon has an entry; nothing else has. A message whose entry is claimed
is in a dispatcher's hands: an update of its row passes it over, as it would pass over any row that it is not meant for,
until the dispatcher has taken the entry away and records. An update that counts a try is such a record: only who has
taken the claim away knows of it, so nobody looks after the entry once more, row by row. SQLite loses these triggers when a migration rebuilds the table.
"""

from django.db import migrations

WHAT = ("practice_id", "uuid", "subject_type", "subject_id", "visit_id", "patient_id", "revision", "kind", "channel")
HOW = ("status", "due_at", "expires_at", "attempts", "first_tried_at", "sent_at", "detail")
"""Of a claimed entry the claim's own."""
COLUMNS = (*WHAT, *HOW)
KEPT = "CASE WHEN store_queueentry.claimed_at IS NULL THEN EXCLUDED.{0} ELSE store_queueentry.{0} END"
SETS = [f"{column} = EXCLUDED.{column}" for column in WHAT] + [f"{column} = {KEPT.format(column)}" for column in HOW]
AHEAD = "{row}.status IN ('planned', 'waiting')"
NEAR = (
    "COALESCE(COALESCE({row}.due_at, {row}.expires_at) < (SELECT fed_until FROM store_queuehorizon WHERE id = 1), FALSE)"
)
URGENCY = "CASE WHEN {row}.kind = 'reminder' THEN 1 WHEN {row}.kind IN ('review', 'rebook') THEN 2 ELSE 0 END"
ADD = f"""
INSERT INTO store_queueentry (message_id, {", ".join(COLUMNS)}, urgency, claimed_by)
SELECT {{row}}.id, {", ".join(f"{{row}}.{column}" for column in COLUMNS)}, {URGENCY}, '' {{source}}
WHERE {AHEAD} AND {NEAR}
ON CONFLICT (message_id) DO UPDATE SET {", ".join(SETS)}
"""

ADDED = f"""
CREATE FUNCTION store_message_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {ADD.format(row="changed", source="FROM changed")};
    RETURN NULL;
END
$$
"""
CHANGED = f"""
CREATE FUNCTION store_message_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM store_queueentry WHERE message_id = ANY (ARRAY(
        SELECT id FROM changed WHERE NOT ({AHEAD.format(row="changed")} AND {NEAR.format(row="changed")})
    ));
    {ADD.format(row="changed", source="FROM changed")};
    RETURN NULL;
END
$$
"""  # noqa: S608 - constants
IN_HAND = """
CREATE FUNCTION store_message_in_hand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM store_queueentry WHERE message_id = OLD.id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM store_queueentry WHERE message_id = OLD.id AND claimed_at IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$
"""
POSTGRESQL = (
    ADDED,
    """CREATE TRIGGER store_message_added AFTER INSERT ON store_message
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION store_message_added()""",
    CHANGED,
    """CREATE TRIGGER store_message_changed AFTER UPDATE ON store_message
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION store_message_changed()""",
    IN_HAND,
    """CREATE TRIGGER store_message_in_hand BEFORE UPDATE OF status, due_at, expires_at ON store_message
    FOR EACH ROW WHEN (OLD.status = 'planned' AND NEW.attempts <= OLD.attempts AND (OLD.status, OLD.due_at, OLD.expires_at)
    IS DISTINCT FROM (NEW.status, NEW.due_at, NEW.expires_at)) EXECUTE FUNCTION store_message_in_hand()""",
    "ALTER TABLE store_message SET (fillfactor = 60)",
    """ALTER TABLE store_queueentry SET (fillfactor = 60,
    autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0.0, autovacuum_analyze_threshold = 2000)""",
)
SQLITE = (
    f"""CREATE TRIGGER store_message_added AFTER INSERT ON store_message
    WHEN {AHEAD.format(row="NEW")} AND {NEAR.format(row="NEW")}
    BEGIN {ADD.format(row="NEW", source="")}; END""",
    f"""CREATE TRIGGER store_message_changed AFTER UPDATE ON store_message
    WHEN {AHEAD.format(row="NEW")} AND {NEAR.format(row="NEW")}
    BEGIN {ADD.format(row="NEW", source="")}; END""",
    f"""CREATE TRIGGER store_message_ended AFTER UPDATE OF status, due_at, expires_at ON store_message
    WHEN {AHEAD.format(row="OLD")} AND NOT ({AHEAD.format(row="NEW")} AND {NEAR.format(row="NEW")})
    BEGIN DELETE FROM store_queueentry WHERE message_id = NEW.id; END""",  # noqa: S608 - constants
    """CREATE TRIGGER store_message_in_hand BEFORE UPDATE OF status, due_at, expires_at ON store_message
    WHEN OLD.status = 'planned' AND NEW.attempts <= OLD.attempts AND (OLD.status, OLD.due_at, OLD.expires_at)
    IS NOT (NEW.status, NEW.due_at, NEW.expires_at)
    AND EXISTS (SELECT 1 FROM store_queueentry WHERE message_id = OLD.id AND claimed_at IS NOT NULL)
    BEGIN SELECT RAISE(IGNORE); END""",
)


def create(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in ("added", "changed", "in_hand"):
            schema_editor.execute(f"DROP TRIGGER store_message_{name} ON store_message")
            schema_editor.execute(f"DROP FUNCTION store_message_{name}()")
        return
    for name in ("added", "changed", "ended", "in_hand"):
        schema_editor.execute(f"DROP TRIGGER store_message_{name}")


class Migration(migrations.Migration):
    dependencies = [("store", "0005_practices_apart")]

    operations = [migrations.RunPython(create, drop)]
