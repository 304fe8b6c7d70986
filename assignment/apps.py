"""Who gets it: people, bookings, rules, decisions and bindings."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AssignmentConfig(AppConfig):
    """Ground floor: imports neither pooling nor monitoring."""

    name = "assignment"
    verbose_name = "Assignment"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Install the database guarantees and the first policy after every migrate."""
        from assignment import after_migrate

        post_migrate.connect(
            after_migrate.install, sender=self, dispatch_uid="assignment.after_migrate"
        )
