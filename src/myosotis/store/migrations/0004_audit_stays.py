"""The database guards the audit log: no entry is changed, and none removed before 24 months (docs/rules.md 6).

The age is told from the log itself, by the newest entry of the practice, so no clock is read here: to remove an entry
early one would have to leave a later one, which stays. The entries of a practice that is gone may go with it.
Whoever may change the tables' structure can take the guard away; SQLite loses it when a migration rebuilds the table.
"""

from django.db import migrations

SQLITE = {
    "changed": """
        CREATE TRIGGER store_auditentry_changed BEFORE UPDATE ON store_auditentry
        BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END
    """,
    "replaced": """
        CREATE TRIGGER store_auditentry_replaced BEFORE INSERT ON store_auditentry
        WHEN EXISTS (SELECT 1 FROM store_auditentry WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END
    """,
    "removed": """
        CREATE TRIGGER store_auditentry_removed BEFORE DELETE ON store_auditentry
        WHEN EXISTS (SELECT 1 FROM store_practice WHERE id = OLD.practice_id)
        AND julianday((SELECT max(at) FROM store_auditentry WHERE practice_id = OLD.practice_id))
            - julianday(OLD.at) <= 730
        BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END
    """,
}
FUNCTION = """
CREATE FUNCTION store_auditentry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND (
        NOT EXISTS (SELECT 1 FROM store_practice WHERE id = OLD.practice_id)
        OR (SELECT max(at) FROM store_auditentry WHERE practice_id = OLD.practice_id) - OLD.at > interval '730 days'
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log is only added to';
END
$$
"""
TRIGGER = """
CREATE TRIGGER store_auditentry_stays BEFORE UPDATE OR DELETE ON store_auditentry
FOR EACH ROW EXECUTE FUNCTION store_auditentry_stays()
"""


def create(apps, schema_editor):
    statements = [FUNCTION, TRIGGER] if schema_editor.connection.vendor == "postgresql" else SQLITE.values()
    for statement in statements:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER store_auditentry_stays ON store_auditentry")
        schema_editor.execute("DROP FUNCTION store_auditentry_stays()")
        return
    for name in SQLITE:
        schema_editor.execute(f"DROP TRIGGER store_auditentry_{name}")


class Migration(migrations.Migration):
    dependencies = [("store", "0003_counts_unlogged")]

    operations = [migrations.RunPython(create, drop)]
