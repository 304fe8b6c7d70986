"""Whether what is kept as JSON has its shape; the database itself tells, row by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.apps import apps
from django.db import connection
from django.db.models import CharField, F, Func, Model, Q

from assignment.models.fields import ShapedField
from monitoring.audits.finding import Examined, Wrong

APPS = ("assignment", "pooling")
NAMED = 100
"""So many rows of a column are named; the first ones are mended first."""


def stored_json_has_its_shape(_: dt.datetime) -> Examined:
    """Every JSON column holds what the code expects, not what counts as empty instead."""
    checked, wrong = 0, []
    for model, field in shaped_columns():
        rows = model._base_manager.all()
        checked += rows.count()
        for key in misshapen(model, field):
            wrong.append(
                Wrong(
                    key=key,
                    thing=f"{model._meta.verbose_name} {key}",
                    message=f"Its “{field.verbose_name}” has not the right shape and counts as "
                    "empty: restore it from a backup.",
                )
            )
    return Examined(checked=checked, wrong=tuple(wrong))


def shaped_columns() -> Iterator[tuple[type[Model], ShapedField]]:
    """Every column of one shape, by model."""
    for label in APPS:
        for model in apps.get_app_config(label).get_models():
            if not model._meta.proxy:
                fields = model._meta.local_fields
                yield from ((model, field) for field in fields if isinstance(field, ShapedField))


def misshapen(model: type[Model], field: ShapedField) -> list[int]:
    """The first ids of the rows in which the column has another JSON type."""
    function = "jsonb_typeof" if connection.vendor == "postgresql" else "json_type"
    kind = Func(F(field.attname), function=function, output_field=CharField())
    right = Q(json_kind=field.json_type) | (Q(json_kind="null") if field.null else Q())
    rows = (
        model._base_manager.annotate(json_kind=kind).filter(json_kind__isnull=False).exclude(right)
    )
    return list(rows.order_by("pk").values_list("pk", flat=True)[:NAMED])
