"""The list of bookings that need a person: a proxy, so that it has permissions of its own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (
        ("assignment", "0001_initial"),
        ("pooling", "0001_initial"),
    )

    operations = (
        migrations.CreateModel(
            name="Attention",
            fields=[],
            options={
                "verbose_name": "booking that needs a person",
                "verbose_name_plural": "needs a person",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("assignment.booking",),
        ),
    )
