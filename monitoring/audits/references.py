"""Whether every row that a row refers to is there; restores and replicas can lose some."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Exists, ForeignKey, Model, OuterRef

from monitoring.audits.finding import Examined, Wrong

APPS = ("assignment", "pooling")
LISTED = 50
"""Rows that are named for each reference."""


def nothing_refers_to_what_is_gone(_: dt.datetime) -> Examined:
    """Every reference between the tables of the product leads to a row."""
    references = list(_references())
    wrong = [
        Wrong(
            key=key,
            thing=f"{model._meta.verbose_name} {key}",
            message=f"Its {field.verbose_name} is gone: restore that row from a backup, or "
            "cancel what refers to it.",
        )
        for model, field in references
        for key in _dangling(model, field)
    ]
    return Examined(checked=len(references), wrong=tuple(wrong))


def _references() -> Iterator[tuple[type[Model], ForeignKey[Any, Any]]]:
    for label in APPS:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            if not model._meta.proxy:
                yield from (
                    (model, field)
                    for field in model._meta.local_fields
                    if isinstance(field, ForeignKey)
                )


def _dangling(model: type[Model], field: ForeignKey[Any, Any]) -> list[int]:
    target = {field.target_field.attname: OuterRef(field.attname)}
    there = field.related_model._base_manager.filter(**target)
    rows = model._base_manager.filter(**{f"{field.attname}__isnull": False})
    found = rows.filter(~Exists(there)).order_by("pk")
    return list(found.values_list("pk", flat=True)[:LISTED])
