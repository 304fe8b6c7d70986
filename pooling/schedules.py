"""The schedules that must exist; made after every migrate, idempotent."""

from __future__ import annotations

import ast
import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule

from pooling.timing import next_sweep

SWEEP = "interpool.sweep"
TICK = "interpool.tick"
SESSIONS = "interpool.sessions"

OWN_TASKS = ("assignment.tasks.", "pooling.tasks.", "monitoring.tasks.")

WANTED = {
    SWEEP: {"func": "pooling.tasks.sweep", "schedule_type": Schedule.DAILY},
    TICK: {"func": "pooling.tasks.tick", "schedule_type": Schedule.MINUTES, "minutes": 1},
    SESSIONS: {
        "func": "assignment.tasks.keep_sessions",
        "schedule_type": Schedule.MINUTES,
        "minutes": 1,
    },
}

LONGEST_WAIT = {
    SWEEP: dt.timedelta(hours=26),
    TICK: dt.timedelta(minutes=5),
    SESSIONS: dt.timedelta(minutes=5),
}


def install_schedules(*, using: str = "default") -> tuple[str, ...]:
    """Write: leave exactly one right row of each schedule; return the names made anew.

    django-q2 has no unique name, and one malformed row stops all schedules: a row of ours
    that is not as it must be is replaced.
    """
    with transaction.atomic(using=using):
        made = wrong_schedules(using=using)
        for name in made:
            Schedule.objects.using(using).filter(name=name).delete()
            Schedule.objects.using(using).create(
                name=name, next_run=_first_run(name), repeats=-1, **WANTED[name]
            )
    return made


def harmful_schedules() -> tuple[Schedule, ...]:
    """Return the rows that are not ours and that stop all schedules, or call foreign code."""
    foreign = Schedule.objects.exclude(name__in=WANTED).exclude(repeats=0)
    return tuple(row for row in foreign if not _is_harmless(row))


def disable_harmful_schedules() -> tuple[str, ...]:
    """Write: let the harmful rows run no more; return their names.

    They stay in the table, to be looked at; django-q2 passes over what has no repeats left.
    """
    harmful = harmful_schedules()
    Schedule.objects.filter(pk__in=[row.pk for row in harmful]).update(repeats=0)
    return tuple(row.name or f"schedule {row.pk}" for row in harmful)


def _is_harmless(row: Schedule) -> bool:
    """Tell whether a foreign row calls a task of the product, with arguments that can be read."""
    try:
        ast.literal_eval(row.args or "()")
        row.calculate_next_run()
    except Exception:  # whatever is wrong with it would stop the scheduler too
        return False
    return row.func.startswith(OWN_TASKS) and not row.hook


def wrong_schedules(*, using: str = "default") -> tuple[str, ...]:
    """Return the names of the schedules whose row is missing, doubled or not as it must be."""
    wrong = []
    for name, wanted in WANTED.items():
        rows = list(Schedule.objects.using(using).filter(name=name))
        if len(rows) != 1 or not _is_right(rows[0], wanted):
            wrong.append(name)
    return tuple(wrong)


def _is_right(row: Schedule, wanted: dict[str, object]) -> bool:
    same = all(getattr(row, field) == value for field, value in wanted.items())
    plain = not row.args and not row.kwargs and not row.hook and not row.cluster
    plain = plain and not row.intended_date_kwarg and row.repeats == -1
    return same and plain and _is_on_time(row)


def _is_on_time(row: Schedule) -> bool:
    """Tell whether its next run comes soon, and the sweep's at its hour."""
    if row.next_run is None or row.next_run > timezone.now() + LONGEST_WAIT[row.name]:
        return False
    return row.name != SWEEP or _local_time(row.next_run) == settings.SWEEP_TIME


def _first_run(name: str) -> dt.datetime:
    now = timezone.now()
    return next_sweep(now) if name == SWEEP else now


def _local_time(instant: dt.datetime) -> dt.time:
    return timezone.localtime(instant).time().replace(microsecond=0)
