"""The looks of single values, for the templates: the same cells as in the lists."""

from __future__ import annotations

import datetime as dt

from django import template
from django.utils.safestring import SafeString

from pooling.admin import cells
from pooling.admin.runs import result_badges
from pooling.pool import state_of

register = template.Library()
register.filter("badge", cells.badge)
register.filter("moment", cells.moment)
register.filter("tags", cells.tags)
register.filter("results", result_badges)
register.filter("state_of", state_of)


@register.filter
def distance(value: dt.datetime | None, now: dt.datetime) -> str:
    """Return the time to go or gone; empty without a time."""
    return cells.distance(value, now=now) if value else ""


@register.simple_tag
def period(start: dt.datetime, end: dt.datetime) -> SafeString:
    """Return day, start and end with the time zone."""
    return cells.period(start, end)
