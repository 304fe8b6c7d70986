from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assignment", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE assignment_booking ADD COLUMN tomorrow integer",
            "ALTER TABLE assignment_booking DROP COLUMN tomorrow",
        )
    ]
