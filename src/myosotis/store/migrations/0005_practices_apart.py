"""On PostgreSQL every table with a practice shows and takes rows of a practice in reach only (docs/database.md).

The tables come from the models as they stand here; a later model gets its lock by a migration of its own that calls the
same functions. Whoever owns the tables is not bound.
"""

from django.db import migrations

from myosotis.store.apart import policies


def lock(apps, schema_editor):
    policies.run(policies.lock(policies.columns(apps)), schema_editor)


def unlock(apps, schema_editor):
    policies.run(policies.unlock(policies.columns(apps)), schema_editor)


class Migration(migrations.Migration):
    dependencies = [("store", "0004_audit_stays")]

    operations = [migrations.RunPython(lock, unlock)]
