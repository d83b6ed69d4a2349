"""The rate of an account is shared by all dispatchers (docs/adr/0076)."""

from django.db import migrations, models


def unlog(apps, schema_editor):
    """After a crash of the database nothing is taken of any rate: nobody waits for the disk because of it."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE store_ration SET UNLOGGED")


class Migration(migrations.Migration):
    dependencies = [("store", "0007_traces")]

    operations = [
        migrations.CreateModel(
            name="Ration",
            fields=[
                ("account", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("taken_until", models.FloatField()),
            ],
        ),
        migrations.RunPython(unlog, migrations.RunPython.noop),
    ]
