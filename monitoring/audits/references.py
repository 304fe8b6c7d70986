"""Whether every row that a row refers to is there; restores and replicas can lose some."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection
from django.db.models import Exists, ForeignKey, Model, OuterRef

from monitoring.audits.finding import Examined, Wrong

APPS = ("assignment", "pooling")
LISTED = 50
"""Rows that are named for each reference."""


class _Question(NamedTuple):
    """A reference, and the statement that finds the rows whose target is gone."""

    model: type[Model]
    field: ForeignKey[Any, Any]
    sql: str
    values: tuple[Any, ...]


def nothing_refers_to_what_is_gone(_: dt.datetime) -> Examined:
    """Every reference between the tables of the product leads to a row."""
    questions = _questions()
    wrong = [
        Wrong(
            key=key,
            thing=f"{each.model._meta.verbose_name} {key}",
            message=f"Its {each.field.verbose_name} is gone: restore that row from a backup, or "
            "cancel what refers to it.",
        )
        for each in questions
        for key in _answer(each)
    ]
    return Examined(checked=len(questions), wrong=tuple(wrong))


@cache
def _questions() -> tuple[_Question, ...]:
    """Made once in a process: making them takes far longer than an answer to all of them."""
    return tuple(_question(model, field) for model, field in _references())


def _references() -> Iterator[tuple[type[Model], ForeignKey[Any, Any]]]:
    for label in APPS:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            if not model._meta.proxy:
                yield from (
                    (model, field)
                    for field in model._meta.local_fields
                    if isinstance(field, ForeignKey)
                )


def _question(model: type[Model], field: ForeignKey[Any, Any]) -> _Question:
    target = {field.target_field.attname: OuterRef(field.attname)}
    there = field.related_model._base_manager.filter(**target)
    rows = model._base_manager.filter(**{f"{field.attname}__isnull": False})
    found = rows.filter(~Exists(there)).order_by("pk").values_list("pk", flat=True)[:LISTED]
    return _Question(model, field, *found.query.sql_with_params())


def _answer(question: _Question) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(question.sql, question.values)
        return [key for (key,) in cursor.fetchall()]
