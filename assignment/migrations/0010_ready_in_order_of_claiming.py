"""Ready entries come from the index in the order in which they are claimed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assignment", "0009_quick_numbers_and_claims"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="booking",
            name="idx_pool_ready",
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                condition=models.Q(("pool_status__isnull", False)),
                fields=["pool_status", "pool_deadline_time", "pool_entry_time", "ref"],
                name="idx_pool_ready",
            ),
        ),
    ]
