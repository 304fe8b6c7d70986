"""What a booking went through, as the audit trail tells it."""

from __future__ import annotations

import hashlib
from typing import Any

from django.apps import apps
from django.db import connection

from assignment.models import AuditEvent, Booking

POOL_COLUMNS = tuple(
    field.name for field in Booking._meta.concrete_fields if field.name.startswith("pool_")
)
Step = tuple[str, str, str]


def steps(booking: Booking) -> list[Step]:
    """Action, from and to of each event of the booking, oldest first."""
    rows = AuditEvent.objects.filter(object_type="booking", object_ref=booking.ref)
    return list(rows.order_by("pk").values_list("action", "from_state", "to_state"))


def columns(booking: Booking, *names: str) -> dict[str, Any]:
    """The columns as they are stored now; all of the pool without names."""
    return dict(Booking.objects.filter(pk=booking.pk).values(*(names or POOL_COLUMNS)).get())


def digest(*, without: tuple[str, ...] = ()) -> str:
    """A digest of every row of every table of the product."""
    text = []
    with connection.cursor() as cursor:
        for label in ("assignment", "pooling"):
            for model in apps.get_app_config(label).get_models():
                table = model._meta.db_table
                if model._meta.proxy or table in without:
                    continue
                cursor.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - our own name
                text.append((table, cursor.fetchall()))
    return hashlib.sha256(repr(sorted(text)).encode()).hexdigest()
