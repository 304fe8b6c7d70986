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


class InterpoolAdminConfig(admin_apps.AdminConfig):
    """The stock admin with the pool dashboard as its index."""

    default = False
    default_site = "monitoring.site.InterpoolSite"
