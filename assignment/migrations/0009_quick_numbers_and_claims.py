"""The last errors by an index of their own, and an audit clock that is called only when needed."""

from django.db import migrations, models

from assignment import guarantees


def install_audit_clock_anew(apps, schema_editor):
    """Drop the trigger, so that it is made as it is now."""
    connection = schema_editor.connection
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(guarantees.AUDIT_CLOCK.drop)
        guarantees.install(connection)


class Migration(migrations.Migration):
    dependencies = [
        ("assignment", "0008_work_of_sessions"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                models.OrderBy(models.F("pool_entry_time"), descending=True),
                models.F("ref"),
                condition=models.Q(
                    ("pool_status__isnull", False),
                    models.Q(("pool_last_error", ""), _negated=True),
                ),
                name="idx_booking_last_error",
            ),
        ),
        migrations.RunPython(install_audit_clock_anew, migrations.RunPython.noop, elidable=False),
    ]
