"""What must stand after every migrate; idempotent."""

from __future__ import annotations

from typing import Any

from django.db import connections

from assignment import guarantees
from assignment.policies import ensure_policy


def install(*, using: str, **_: Any) -> None:
    """Install the guarantees, and the first policy when the table is there and empty."""
    connection = connections[using]
    guarantees.install(connection)
    if "assignment_policy" in connection.introspection.table_names():
        ensure_policy(using=using)
