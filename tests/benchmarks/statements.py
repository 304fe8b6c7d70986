"""Counting statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection


def counted(call: Callable[[], Any]) -> tuple[Any, int]:
    """Return the result of a call, and how many statements it sent."""
    sent: list[str] = []

    def note(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, values, many, context)

    with connection.execute_wrapper(note):
        result = call()
    return result, len(sent)
