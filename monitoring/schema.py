"""Whether the database is built as the code needs it, and re-creating what can be.

Indexes, constraints, triggers and schedules are re-created; tables, columns and data never.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.apps import apps
from django.db import DatabaseError, connection, models
from django.db.migrations.executor import MigrationExecutor
from django_q.models import Schedule

from assignment import guarantees
from assignment.audit import Actor, Entry, record
from assignment.clock import database_now
from assignment.models import Assignment
from monitoring.audits.work import nobody_works_twice_at_once
from pooling.schedules import install_schedules, wrong_schedules

APPS = ("assignment", "pooling", "monitoring")
NAMED = re.compile(r'\bCONSTRAINT "([^"]+)"')
MIGRATE = "Run “manage.py migrate”."
"""What to do when a table or a column is missing."""


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One thing that is missing; ``mend`` creates it, None = not by a repair.

    ``kind``: migration, column, guarantee, constraint, index or schedule.
    """

    kind: str
    name: str
    message: str
    mend: Callable[[], None] | None = None


@dataclass(frozen=True, kw_only=True)
class SchemaReport:
    """What is missing, what to do, and what was re-created."""

    missing_tables: tuple[str, ...]
    issues: tuple[Issue, ...]
    recommendations: tuple[str, ...]
    repaired: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Nothing is missing."""
        return not self.missing_tables and not self.issues


def check_schema() -> SchemaReport:
    """Return how the database differs from what the code needs; writes nothing."""
    missing = _missing_tables()
    issues = (
        *_migrations(),
        *_columns(),
        *missing_objects(),
        *missing_guarantees(),
        *(schedule_issues() if Schedule._meta.db_table not in missing else ()),
    )
    return SchemaReport(
        missing_tables=missing,
        issues=issues,
        recommendations=tuple(_recommendations(missing, issues)),
    )


def repair_schema(*, actor: Actor) -> SchemaReport:
    """Write: re-create what can be, one audit event each; return what is left."""
    found = check_schema()
    repaired: list[str] = []
    refused: list[str] = []
    for issue in found.issues:
        if issue.mend is None:
            continue
        try:
            issue.mend()
        except DatabaseError:
            refused.append(
                f"{issue.name} cannot be created: rows contradict it. Run “manage.py "
                "audit_integrity --repair”, put right what is left, then repeat this."
            )
            continue
        reason = f"Re-created the {issue.kind} {issue.name}."
        entry = Entry(
            action="repair", object_type="schema", object_ref=issue.name[:100], reason=reason
        )
        record([entry], actor=actor)
        repaired.append(issue.name)
    left = check_schema()
    return SchemaReport(
        missing_tables=left.missing_tables,
        issues=left.issues,
        recommendations=(*left.recommendations, *refused),
        repaired=tuple(repaired),
    )


def _missing_tables() -> tuple[str, ...]:
    standing = set(connection.introspection.table_names())
    wanted = {model._meta.db_table for model in apps.get_models() if model._meta.managed}
    return tuple(sorted(wanted - standing))


def _migrations() -> Iterator[Issue]:
    executor = MigrationExecutor(connection)
    for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield Issue(
            kind="migration",
            name=f"{migration.app_label}.{migration.name}",
            message="This migration was not applied: run “manage.py migrate”.",
        )


def _own_models() -> Iterator[type[models.Model]]:
    standing = set(connection.introspection.table_names())
    for label in APPS:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            if not model._meta.proxy and model._meta.db_table in standing:
                yield model


def _columns() -> Iterator[Issue]:
    for model in _own_models():
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} LIMIT 0")  # noqa: S608
            standing = {column[0] for column in cursor.description}
        for field in model._meta.local_concrete_fields:
            if field.column not in standing:
                yield Issue(
                    kind="column",
                    name=f"{table}.{field.column}",
                    message="This column is missing: restore the database from a backup.",
                )


def missing_objects() -> Iterator[Issue]:
    """Find the named indexes and constraints of the models that do not stand."""
    for model in _own_models():
        standing = _standing_objects(model._meta.db_table)
        for index in model._meta.indexes:
            if index.name not in standing:
                yield Issue(
                    kind="index",
                    name=index.name,
                    message="This index is missing; questions to the table become slow: run "
                    "“manage.py check_schema --repair”.",
                    mend=_adding(model, index),
                )
        for constraint in model._meta.constraints:
            if constraint.name not in standing:
                yield Issue(
                    kind="constraint",
                    name=constraint.name,
                    message="This constraint is missing; wrong rows are not refused: run "
                    "“manage.py check_schema --repair”.",
                    mend=_adding(model, constraint),
                )


def _standing_objects(table: str) -> set[str]:
    """Return the names of the indexes and constraints of a table.

    SQLite keeps them in the text of the table, which Django takes apart word by word for what it
    tells beside the names: half a second for all tables.
    """
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            return set(connection.introspection.get_constraints(cursor, table))
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name = %s", [table])
        found = dict(cursor.fetchall())
    return {*found, *NAMED.findall(found[table])}


def _adding(
    model: type[models.Model], wanted: models.Index | models.constraints.BaseConstraint
) -> Callable[[], None]:
    def add() -> None:
        with connection.schema_editor() as editor:
            if isinstance(wanted, models.Index):
                editor.add_index(model, wanted)
            else:
                editor.add_constraint(model, wanted)
        if connection.vendor == "sqlite":
            guarantees.install(connection)  # a constraint means a new table, without its triggers

    return add


def missing_guarantees() -> Iterator[Issue]:
    for guarantee in guarantees.missing(connection):
        yield Issue(
            kind="guarantee",
            name=guarantee.name,
            message="The database does not refuse what it must: run “manage.py check_schema "
            "--repair”.",
            mend=partial(guarantees.create, connection, (guarantee,)),
        )


def schedule_issues() -> Iterator[Issue]:
    for name in wrong_schedules():
        yield Issue(
            kind="schedule",
            name=name,
            message="Its row is missing, doubled or wrong; nothing runs by itself: run "
            "“manage.py check_schema --repair”.",
            mend=_install_schedules,
        )


def _install_schedules() -> None:
    install_schedules()


def _recommendations(missing: tuple[str, ...], issues: tuple[Issue, ...]) -> Iterator[str]:
    kinds = {issue.kind for issue in issues}
    if missing or "migration" in kinds:
        yield MIGRATE
    if any(issue.mend for issue in issues):
        yield "Run “manage.py check_schema --repair”."
    if (
        any("no_double_booking" in issue.name for issue in issues)
        and Assignment._meta.db_table not in missing
    ):
        yield from overlaps_in_the_way()


def overlaps_in_the_way() -> tuple[str, ...]:
    """Return a sentence for each overlap that no_double_booking would refuse."""
    return tuple(
        f"{wrong.message} It stands in the way of no_double_booking."
        for wrong in nobody_works_twice_at_once(database_now()).wrong
    )


def count_objects(kind: str) -> int:
    """Return how many named ``indexes`` or ``constraints`` the models ask for."""
    return sum(len(getattr(model._meta, kind)) for model in _own_models())
