"""Who gets it: people, bookings, rules, decisions and bindings."""

from __future__ import annotations

from django.apps import AppConfig
from django.db import connection
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class AssignmentConfig(AppConfig):
    """Ground floor: imports neither pooling nor monitoring."""

    name = "assignment"
    verbose_name = "Assignment"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Install the guarantees and the first policy after every migrate; read instants fast."""
        from assignment import after_migrate

        if connection.vendor == "postgresql":  # its driver takes long to load
            from assignment import instants

            connection_created.connect(instants.read_in_utc, dispatch_uid="assignment.read_in_utc")
        post_migrate.connect(
            after_migrate.install, sender=self, dispatch_uid="assignment.after_migrate"
        )
