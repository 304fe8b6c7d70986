"""The schedules that must exist; made after every migrate, idempotent."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule

from pooling.timing import next_sweep

SWEEP = "interpool.sweep"
TICK = "interpool.tick"
SESSIONS = "interpool.sessions"

WANTED = {
    SWEEP: {"func": "pooling.tasks.sweep", "schedule_type": Schedule.DAILY},
    TICK: {"func": "pooling.tasks.tick", "schedule_type": Schedule.MINUTES, "minutes": 1},
    SESSIONS: {
        "func": "assignment.tasks.keep_sessions",
        "schedule_type": Schedule.MINUTES,
        "minutes": 1,
    },
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
    on_time = row.name != SWEEP or _local_time(row.next_run) == settings.SWEEP_TIME
    return same and plain and on_time and row.repeats == -1


def _first_run(name: str) -> dt.datetime:
    now = timezone.now()
    return next_sweep(now) if name == SWEEP else now


def _local_time(instant: dt.datetime | None) -> dt.time | None:
    return timezone.localtime(instant).time().replace(microsecond=0) if instant else None
