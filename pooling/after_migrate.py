"""Schedules and groups, made after every migrate; idempotent."""

from __future__ import annotations

from typing import Any

from django.db import connections

from pooling.groups import install_groups
from pooling.schedules import install_schedules


def install(*, using: str, **_: Any) -> None:
    """Create what is missing."""
    tables = connections[using].introspection.table_names()
    if "auth_permission" in tables:
        install_groups(using=using)
    if "django_q_schedule" in tables:
        install_schedules(using=using)
