"""On PostgreSQL the counts of limits are not written ahead: nobody waits for the disk because of them.

After a crash of the database they begin at zero, as they do each minute.
"""

from django.db import migrations


def unlog(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE store_ratecount SET UNLOGGED")


def log(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE store_ratecount SET LOGGED")


class Migration(migrations.Migration):
    dependencies = [("store", "0002_wake_dispatchers")]

    operations = [migrations.RunPython(unlog, log)]
