"""How single values look: badges, moments with their time zone, links. Everything is escaped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache

from django.db.models import Model
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

EMPTY = "\N{EN DASH}"
KEPT = 5_000
"""Moments that a process keeps as they look: a list is shown again after everything done to it."""
TONES = {
    # where a booking is in its life
    "waiting": "info",
    "approved": "good",
    "completed": "plain",
    "cancelled": "plain",
    # pool
    "ready": "warn",
    "processing": "busy",
    "failed": "bad",
    "escalated": "bad",
    "on leave": "warn",
    "not gated yet": "plain",
    # results, outcomes, verdicts
    "assigned": "good",
    "assign": "good",
    "chosen": "good",
    "pooled": "info",
    "stop": "bad",
    "error": "bad",
    "outranked": "info",
    "rejected": "plain",
    "skip": "plain",
    "wait": "info",
    # sessions, presence
    "unassigned": "warn",
    "accepted": "good",
    "resolved": "plain",
    "online": "good",
    "away": "warn",
    "offline": "plain",
    # urgency
    "CRITICAL": "bad",
    "HIGH": "warn",
    "MEDIUM": "info",
    "LOW": "plain",
    # assignments, runs
    "active": "good",
    "withdrawn": "warn",
    "taken back": "warn",
    "planning": "busy",
    "applying": "busy",
    "done": "plain",
    # named people
    "pinned": "warn",
    "preferred": "info",
    "excluded": "bad",
    "declined": "plain",
}
WORDS = {"ungated": "not gated yet"}
"""States whose name in the code is not what people call them."""


@lru_cache(maxsize=1_000, typed=True)  # a text that is safe is another one than its equal
def badge(text: str, *, kind: str = "") -> SafeString:
    """Return a small label; its colour follows ``kind`` (or the text), the text always stands."""
    text = WORDS.get(text, text)
    return format_html(
        '<span class="badge badge-{}">{}</span>', TONES.get(kind or text, "plain"), text
    )


def moment(value: dt.datetime | None) -> SafeString | str:
    """Return day and time in the display time zone, which stands beside."""
    if value is None:
        return EMPTY
    zone = timezone.get_current_timezone()
    return _moment(value, zone=zone, this_year=dt.datetime.now(zone).year)


@lru_cache(maxsize=KEPT)
def _moment(value: dt.datetime, *, zone: dt.tzinfo, this_year: int) -> SafeString:
    local = value.astimezone(zone)
    return _time(local, clock=_clock(local), this_year=this_year)


def moment_to_second(value: dt.datetime) -> SafeString:
    """Return the same with seconds, for limits that are seconds away, and for the audit trail."""
    zone = timezone.get_current_timezone()
    local = value.astimezone(zone)
    return _time(local, clock=f"{local:%H:%M:%S}", this_year=dt.datetime.now(zone).year)


def _time(local: dt.datetime, *, clock: str, this_year: int) -> SafeString:
    return format_html(
        '<time datetime="{}"><span class="day">{},</span> '
        '<span class="clock">{} <span class="zone">{}</span></span></time>',
        local.astimezone(dt.UTC).isoformat(),
        _day(local, this_year=this_year),
        clock,
        _zone(local),
    )


def moment_text(value: dt.datetime) -> str:
    """Return the same as ``moment`` as plain text, for sentences."""
    zone = timezone.get_current_timezone()
    local = value.astimezone(zone)
    day = _day(local, this_year=dt.datetime.now(zone).year)
    return f"{day}, {_clock(local)} {_zone(local)}"


def period(start: dt.datetime, end: dt.datetime) -> SafeString:
    """Return day, start and end; the end names its day when it is another one."""
    zone = timezone.get_current_timezone()
    return _period(start, end, zone=zone, this_year=dt.datetime.now(zone).year)


@lru_cache(maxsize=KEPT)
def _period(start: dt.datetime, end: dt.datetime, *, zone: dt.tzinfo, this_year: int) -> SafeString:
    first, last = start.astimezone(zone), end.astimezone(zone)
    same_day = first.date() == last.date()
    return format_html(
        '<time datetime="{}"><span class="day">{},</span> '
        '<span class="clock">{} &ndash; {} <span class="zone">{}</span></span></time>',
        start.astimezone(dt.UTC).isoformat(),
        _day(first, this_year=this_year),
        _clock(first),
        _clock(last) if same_day else f"{_day(last, this_year=this_year)}, {_clock(last)}",
        _zone(first),
    )


def _day(local: dt.datetime, *, this_year: int) -> str:
    """Return such as ``Tue 24 Nov``, with the year when it is not this one."""
    return _day_text(local.date(), with_year=local.year != this_year)


@lru_cache(maxsize=1_000)
def _day_text(day: dt.date, *, with_year: bool) -> str:
    """Return a day in words, which a list needs again in most of its rows."""
    return f"{day:%a} {day.day} {day:%b}" + (f" {day:%Y}" if with_year else "")


def _clock(local: dt.datetime) -> str:
    """Return the time of day, such as ``14:00``."""
    return f"{local.hour:02}:{local.minute:02}"


def _zone(local: dt.datetime) -> str:
    """Return the short name of the time zone, such as CET or UTC+07."""
    name = local.tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name


def distance(value: dt.datetime, *, now: dt.datetime) -> str:
    """Return the time to go or gone, such as ``in 3 h 20 min`` or ``2 d 4 h ago``."""
    minutes = round(abs((value - now).total_seconds()) / 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        text = f"{days} d {hours} h" if hours else f"{days} d"
    elif hours:
        text = f"{hours} h {rest} min" if rest else f"{hours} h"
    else:
        text = f"{rest} min"
    if not minutes:
        return "now"
    return f"in {text}" if value > now else f"{text} ago"


def hours_text(seconds: float) -> str:
    """Return a length in hours with one decimal, such as ``1.5 h``."""
    return f"{seconds / 3600:.1f} h"


def link(item: Model, text: object = None) -> SafeString:
    """Return a link to the admin page of an object."""
    text = item if text is None else text
    return format_html('<a href="{}">{}</a>', address_of(type(item), item.pk), text)


def address_of(model: type[Model], key: int) -> str:
    """Return the address of the admin page of an object."""
    before, after = _around_key(model, get_script_prefix())
    return f"{before}{key}{after}"


@lru_cache(maxsize=100)
def _around_key(model: type[Model], _: str) -> tuple[str, str]:
    """Return what stands around a key; Django looks an address up as long as it renders a cell."""
    meta = model._meta
    before, _, after = reverse(
        f"admin:{meta.app_label}_{meta.model_name}_change", args=(0,)
    ).rpartition("0")
    return before, after


def links(items: Iterable[Model]) -> SafeString | str:
    """Return links with commas between, or a dash."""
    return format_html_join(", ", "{}", ((link(item),) for item in items)) or EMPTY


def tags(values: Iterable[str]) -> SafeString | str:
    """Return short tags such as languages, or a dash."""
    return format_html_join(" ", '<span class="tag">{}</span>', ((tag,) for tag in values)) or EMPTY
