"""Whether the database is built as the code needs it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import connection

from assignment.guarantees import guarantees_of
from monitoring import schema
from monitoring.audits.finding import Examined, Wrong
from pooling.schedules import WANTED


def the_database_refuses_what_it_must(_: dt.datetime) -> Examined:
    """All triggers and constraints of ``assignment.guarantees`` stand."""
    return _examined(schema.missing_guarantees(), checked=len(guarantees_of(connection)))


def all_constraints_stand(_: dt.datetime) -> Examined:
    """All named constraints of the models stand."""
    missing = (issue for issue in schema.missing_objects() if issue.kind == "constraint")
    return _examined(missing, checked=schema.count_objects("constraints"))


def all_indexes_stand(_: dt.datetime) -> Examined:
    """All named indexes of the models stand."""
    missing = (issue for issue in schema.missing_objects() if issue.kind == "index")
    return _examined(missing, checked=schema.count_objects("indexes"))


def the_clock_is_set(_: dt.datetime) -> Examined:
    """Each schedule has exactly one right row."""
    return _examined(schema.schedule_issues(), checked=len(WANTED))


def _examined(issues: Iterable[schema.Issue], *, checked: int) -> Examined:
    return Examined(
        checked=checked,
        wrong=tuple(
            Wrong(thing=f"{issue.kind} {issue.name}", message=issue.message) for issue in issues
        ),
    )
