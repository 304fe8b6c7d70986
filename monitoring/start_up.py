"""What is looked at whenever a worker starts: the schema and the schedules.

A table, column, constraint or trigger that is missing puts claiming on hold, and the hold goes
when it is back; wrong schedule rows are put right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.apps import apps
from django.db import transaction

from assignment.audit import SCHEDULE, Actor, Entry, record
from assignment.policies import lock_policy
from monitoring.schema import SchemaReport, check_schema
from pooling import holds
from pooling.schedules import (
    disable_harmful_schedules,
    harmful_schedules,
    install_schedules,
    wrong_schedules,
)

CLAIMS_NEED = ("assignment", "pooling")
"""The apps without whose tables, columns, constraints and triggers nothing may be claimed."""
BLOCKING = frozenset({"column", "constraint", "guarantee"})
NAMED = 3


def check_at_start() -> SchemaReport:
    """Write: set or lift the hold as the schema asks for, and put the schedules right."""
    report = check_schema()
    hold_or_lift(report, actor=SCHEDULE)
    repair_schedules(actor=SCHEDULE)
    return report


def hold_or_lift(report: SchemaReport, *, actor: Actor) -> None:
    """Write: put claiming on hold for what is missing; lift that hold when nothing is."""
    problem = what_is_missing(report)
    if problem:
        holds.set_hold(holds.Cause.SCHEMA, reason=problem, actor=actor)
    else:
        holds.lift(holds.Cause.SCHEMA, reason="The schema check is green again.", actor=actor)


def schema_is_wrong() -> str:
    """Return what is missing now that claims need, or nothing."""
    return what_is_missing(check_schema())


def what_is_missing(report: SchemaReport) -> str:
    """Return what of a report claims cannot do without, in a sentence; or nothing."""
    names = list(_blocking(report))
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"The database lacks {', '.join(names[:NAMED])}{more}."


def repair_schedules(*, actor: Actor) -> tuple[str, ...]:
    """Write: exactly one right row of each schedule, none that stops them; one event each.

    Returns the names of what was put right.
    """
    if not wrong_schedules() and not harmful_schedules():
        return ()
    with transaction.atomic():
        lock_policy()  # two workers that start at once must not make two rows each
        mended = (*install_schedules(), *disable_harmful_schedules())
        _record_mended(mended, actor=actor)
    return mended


def _record_mended(mended: Sequence[str], *, actor: Actor) -> None:
    record(
        (
            Entry(
                action="repair",
                object_type="schedule",
                object_ref=name[:100],
                reason="Its row was missing, doubled or wrong.",
            )
            for name in mended
        ),
        actor=actor,
    )


def _blocking(report: SchemaReport) -> Iterator[str]:
    needed = {
        model._meta.db_table
        for label in CLAIMS_NEED
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    }
    yield from (f"the table {name}" for name in report.missing_tables if name in needed)
    yield from (
        f"the {issue.kind} {issue.name}" for issue in report.issues if issue.kind in BLOCKING
    )
