"""Is it right, is it healthy, put it right."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class MonitoringConfig(AppConfig):
    """Top floor: imports pooling and assignment."""

    default = True
    name = "monitoring"
    verbose_name = "Monitoring"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the tick how to find out whether the schema is right again."""
        from monitoring.start_up import schema_is_wrong
        from pooling.holds import PROBES, Cause

        PROBES[Cause.SCHEMA] = schema_is_wrong


class InterpoolAdminConfig(admin_apps.AdminConfig):
    """The stock admin with the pool dashboard as its index."""

    default = False
    default_site = "monitoring.site.InterpoolSite"
