"""When is it decided, and with what effect."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PoolingConfig(AppConfig):
    """Middle floor: imports assignment."""

    name = "pooling"
    verbose_name = "Pooling"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Create the schedules and groups after every migrate."""
        from pooling import after_migrate, checks  # noqa: F401 - registers the checks

        post_migrate.connect(
            after_migrate.install, sender=self, dispatch_uid="pooling.after_migrate"
        )
