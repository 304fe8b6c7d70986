"""The looks of single values, for the templates: the same cells as in the lists."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.contrib.admin.templatetags.admin_list import result_headers
from django.contrib.admin.views.main import ChangeList
from django.utils.safestring import SafeString

from pooling.admin import cells
from pooling.admin.action_words import action_words
from pooling.admin.rows import rows_of
from pooling.admin.run_words import kind_words, result_badges
from pooling.pool import state_of

register = template.Library()
register.filter("badge", cells.badge)
register.filter("moment", cells.moment)
register.filter("moment_to_second", cells.moment_to_second)
register.filter("tags", cells.tags)
register.filter("results", result_badges)
register.filter("kind_words", kind_words)
register.filter("action_words", action_words)
register.filter("state_of", state_of)


@register.filter
def toned(text: str, kind: str) -> SafeString:
    """Return a badge whose colour follows the kind instead of the text."""
    return cells.badge(text, kind=kind)


@register.filter
def distance(value: dt.datetime | None, now: dt.datetime) -> str:
    """Return the time to go or gone; empty without a time."""
    return cells.distance(value, now=now) if value else ""


@register.filter
def signed(hours: float) -> str:
    """Return hours with their sign, such as ``+1.25``; nothing is ``0.00``."""
    text = f"{hours:+.2f}"
    return text[1:] if text[1:] == "0.00" else text.replace("-", "\N{MINUS SIGN}")


@register.filter
def words(name: str) -> str:
    """Return such as ``Process now`` for ``process_now``."""
    return name.replace("_", " ").capitalize()


@register.filter
def change_text(change: Any) -> str:
    """Return one change of an audit event for a person: before and after, or what happened."""
    if isinstance(change, list) and len(change) == 2:
        before, after = (cells.EMPTY if value in (None, "") else value for value in change)
        return f"{before} → {after}"
    if isinstance(change, dict):
        return "; ".join(
            f"{verb} {', '.join(map(str, rows))}" if isinstance(rows, list) else f"{verb} {rows}"
            for verb, rows in change.items()
        )
    return str(change)


@register.filter
def person_of(work: Any) -> str:
    """Return the name of the person of an assignment."""
    return str(work.interpreter)


@register.inclusion_tag("admin/change_list_results.html")
def list_of_rows(cl: ChangeList) -> dict[str, Any]:
    """Show the table of a list, whose rows are written at once."""
    headers = list(result_headers(cl))
    sorted_by = sum(1 for header in headers if header["sortable"] and header["sorted"])
    return {
        "cl": cl,
        "result_headers": headers,
        "num_sorted_fields": sorted_by,
        "rows": rows_of(cl),
    }


@register.simple_tag
def period(start: dt.datetime, end: dt.datetime) -> SafeString:
    """Return day, start and end with the time zone."""
    return cells.period(start, end)
