"""Is it right, is it healthy, put it right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.admin import apps as admin_apps
from django.contrib.admin import checks as admin_checks
from django.core import checks


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


class InterpoolAdminConfig(admin_apps.SimpleAdminConfig):
    """The stock admin with the pool dashboard as its index.

    Its pages are found by whoever needs them, the addresses and the checks: commands and workers
    start in two thirds of the time without.
    """

    default = False
    default_site = "monitoring.site.InterpoolSite"

    def ready(self) -> None:
        """Check the admin with all its pages."""
        checks.register(admin_checks.check_dependencies, checks.Tags.admin)
        checks.register(check_all_pages, checks.Tags.admin)


def check_all_pages(
    app_configs: Sequence[AppConfig] | None = None, **options: Any
) -> Sequence[checks.CheckMessage]:
    """Find the pages, and check them."""
    admin.autodiscover()
    return admin_checks.check_admin_app(app_configs, **options)
