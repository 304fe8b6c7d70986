"""Schedules and groups, made after every migrate; idempotent."""

from __future__ import annotations

from typing import Any

from django.db import connections

from pooling.groups import install_groups


def install(*, using: str, **_: Any) -> None:
    """Create what is missing."""
    if "auth_permission" in connections[using].introspection.table_names():
        install_groups(using=using)
