"""What the database itself refuses, on both databases, whatever code writes.

Django's constraints cover what is the same everywhere; here stands what is not: no
overlap of one person's work, sane instants, an append-only audit trail. Installed
idempotently by the first migration and after every migrate, because Django's rebuild of
a table on SQLite drops its triggers silently.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

ASSIGNMENT = "assignment_assignment"
BOOKING = "assignment_booking"
LEAVE = "assignment_leave"
AUDIT = "assignment_auditevent"
DECISION = "assignment_decision"
SESSION = "assignment_session"
SESSION_DECISION = "assignment_sessiondecision"

INSTANTS = {
    ASSIGNMENT: ("starts_at", "ends_at"),
    BOOKING: (
        "starts_at",
        "ends_at",
        "escalated_at",
        "pool_entry_time",
        "pool_deadline_time",
        "pool_lease_until",
        "pool_next_attempt_at",
    ),
    LEAVE: ("starts_at", "ends_at"),
    SESSION: ("requested_at", "assigned_at", "accept_by", "accepted_at", "resolved_at"),
}
AT_MOST_24_HOURS = (ASSIGNMENT, BOOKING)
APPEND_ONLY_TABLES = (AUDIT, DECISION, SESSION_DECISION)


@dataclass(frozen=True, kw_only=True)
class Guarantee:
    """One object of the database: how to see whether it stands, make it, take it away."""

    name: str
    table: str
    create: str
    drop: str


# -- SQLite: triggers ---------------------------------------------------------------------

# One text for each instant, or comparisons of text lie: whole seconds without a fraction,
# others with six digits, midnight at 00:00. What strftime cannot read is NULL, hence the IS NOT
# TRUE below.
INSTANT = (
    "({column} IS NULL OR substr({column}, 12, 2) < '24' AND"
    " ({column} = strftime('%Y-%m-%d %H:%M:%S', {column}) OR"
    " {column} GLOB '????-??-?? ??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]' AND"
    " substr({column}, 20) <> '.000000' AND"
    " substr({column}, 1, 19) = strftime('%Y-%m-%d %H:%M:%S', {column})))"
)
A_DAY_LATER = (
    "strftime('%Y-%m-%d %H:%M:%S', substr(NEW.starts_at, 1, 19), '+1 day')"
    " || substr(NEW.starts_at, 20)"
)


def _trigger(*, name: str, table: str, event: str, body: str) -> Guarantee:
    return Guarantee(
        name=name,
        table=table,
        create=f'CREATE TRIGGER "{name}" {event} ON "{table}" FOR EACH ROW BEGIN {body} END',
        drop=f'DROP TRIGGER IF EXISTS "{name}"',
    )


def _sqlite_overlap(*, name: str, event: str, own_row: str) -> Guarantee:
    body = (
        "SELECT RAISE(ABORT, 'no_double_booking')"  # noqa: S608 - names of our own
        " WHERE NEW.state IN ('active', 'completed') AND EXISTS ("
        f' SELECT 1 FROM "{ASSIGNMENT}" AS other'
        " WHERE other.interpreter_id = NEW.interpreter_id"
        " AND other.state IN ('active', 'completed')"
        " AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at"
        f" AND other.lane_from <= NEW.lane_to AND other.lane_to >= NEW.lane_from{own_row});"
    )
    return _trigger(name=name, table=ASSIGNMENT, event=event, body=body)


def _sqlite_instants(table: str, event: str) -> Guarantee:
    canonical = " AND ".join(INSTANT.format(column=f"NEW.{name}") for name in INSTANTS[table])
    body = f"SELECT RAISE(ABORT, 'instants_canonical') WHERE ({canonical}) IS NOT TRUE;"
    if table in AT_MOST_24_HOURS:
        body += f" SELECT RAISE(ABORT, 'at_most_24_hours') WHERE NEW.ends_at > {A_DAY_LATER};"
    return _trigger(
        name=f"{table}_instants_{event.lower()}", table=table, event=f"BEFORE {event}", body=body
    )


def _sqlite_append_only(table: str, event: str) -> Guarantee:
    # INSERT OR REPLACE deletes the old row without firing its triggers
    when = f' WHERE EXISTS (SELECT 1 FROM "{table}" WHERE id = NEW.id)'  # noqa: S608
    return _trigger(
        name=f"{table}_no_{'replace' if event == 'INSERT' else event.lower()}",
        table=table,
        event=f"BEFORE {event}",
        body=f"SELECT RAISE(ABORT, 'append_only'){when if event == 'INSERT' else ''};",
    )


SQLITE = (
    _sqlite_overlap(name="no_double_booking_insert", event="BEFORE INSERT", own_row=""),
    _sqlite_overlap(
        name="no_double_booking_update",
        event="BEFORE UPDATE OF interpreter_id, starts_at, ends_at, lane_from, lane_to, state",
        own_row=" AND other.id <> OLD.id",
    ),
    *(_sqlite_instants(table, event) for table in INSTANTS for event in ("INSERT", "UPDATE")),
    *(
        _sqlite_append_only(table, event)
        for table in APPEND_ONLY_TABLES
        for event in ("INSERT", "UPDATE", "DELETE")
    ),
    _trigger(
        name=f"{AUDIT}_clock",
        table=AUDIT,
        event="BEFORE INSERT",
        body=(
            "SELECT RAISE(ABORT, 'audit_clock') WHERE"
            " (abs(julianday(NEW.at) - julianday('now')) < 0.00002) IS NOT TRUE;"
        ),
    ),
)

# -- PostgreSQL: constraints and triggers -------------------------------------------------


def _constraint(*, name: str, table: str, definition: str) -> Guarantee:
    return Guarantee(
        name=name,
        table=table,
        create=f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}',
        drop=f'ALTER TABLE IF EXISTS "{table}" DROP CONSTRAINT IF EXISTS "{name}"',
    )


def _postgres_instants(table: str) -> Guarantee:
    checks = [f"isfinite({name})" for name in INSTANTS[table]]
    if table in AT_MOST_24_HOURS:
        checks.append("ends_at <= starts_at + interval '24 hours'")
    return _constraint(
        name=f"{table}_instants", table=table, definition=f"CHECK ({' AND '.join(checks)})"
    )


def _postgres_append_only(table: str) -> tuple[Guarantee, Guarantee]:
    rows, whole = f"{table}_append_only", f"{table}_no_truncate"
    return (
        Guarantee(
            name=rows,
            table=table,
            create=(
                f'CREATE TRIGGER "{rows}" BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW'
                f' EXECUTE FUNCTION interpool_append_only(); ALTER TABLE "{table}"'
                f' ENABLE ALWAYS TRIGGER "{rows}"'
            ),
            drop=f'DROP TRIGGER IF EXISTS "{rows}" ON "{table}"',
        ),
        Guarantee(
            name=whole,
            table=table,
            create=(
                f'CREATE TRIGGER "{whole}" BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT'
                f' EXECUTE FUNCTION interpool_append_only(); ALTER TABLE "{table}"'
                f' ENABLE ALWAYS TRIGGER "{whole}"'
            ),
            drop=f'DROP TRIGGER IF EXISTS "{whole}" ON "{table}"',
        ),
    )


APPEND_ONLY_FUNCTION = """
CREATE OR REPLACE FUNCTION interpool_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append_only: % is never changed', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
AUDIT_CLOCK_FUNCTION = """
CREATE OR REPLACE FUNCTION interpool_audit_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.at := statement_timestamp();
    RETURN NEW;
END $$
"""

AUDIT_CLOCK = Guarantee(
    name=f"{AUDIT}_clock",
    table=AUDIT,
    # the default of the column is that time already: then there is nothing to call
    create=(
        f'CREATE TRIGGER "{AUDIT}_clock" BEFORE INSERT ON "{AUDIT}" FOR EACH ROW'
        " WHEN (NEW.at IS DISTINCT FROM statement_timestamp())"
        f' EXECUTE FUNCTION interpool_audit_clock(); ALTER TABLE "{AUDIT}"'
        f' ENABLE ALWAYS TRIGGER "{AUDIT}_clock"'
    ),
    drop=f'DROP TRIGGER IF EXISTS "{AUDIT}_clock" ON "{AUDIT}"',
)

POSTGRES = (
    _constraint(
        name="no_double_booking",
        table=ASSIGNMENT,
        definition=(
            "EXCLUDE USING gist (int8range(interpreter_id, interpreter_id, '[]') WITH &&,"
            " int4range(lane_from, lane_to, '[]') WITH &&,"
            " tstzrange(starts_at, ends_at, '[)') WITH &&)"
            " WHERE (state IN ('active', 'completed'))"
        ),
    ),
    *(_postgres_instants(table) for table in INSTANTS),
    *(guarantee for table in APPEND_ONLY_TABLES for guarantee in _postgres_append_only(table)),
    AUDIT_CLOCK,
)

# -- both ---------------------------------------------------------------------------------


def guarantees_of(connection: BaseDatabaseWrapper) -> tuple[Guarantee, ...]:
    """Return the guarantees that this database must hold."""
    return POSTGRES if connection.vendor == "postgresql" else SQLITE


def present(connection: BaseDatabaseWrapper) -> set[str]:
    """Return the names of the triggers and constraints that stand in the database."""
    if connection.vendor == "postgresql":
        query = (
            "SELECT conname FROM pg_constraint WHERE connamespace = current_schema()::regnamespace"
            " UNION SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE relnamespace = current_schema()::regnamespace"
            " AND NOT tgisinternal AND tgenabled <> 'D'"
        )
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {row[0] for row in cursor.fetchall()}


def missing(connection: BaseDatabaseWrapper) -> tuple[Guarantee, ...]:
    """Return the guarantees whose table exists and that do not stand."""
    standing = present(connection)
    tables = set(connection.introspection.table_names())
    return tuple(
        guarantee
        for guarantee in guarantees_of(connection)
        if guarantee.name not in standing and guarantee.table in tables
    )


def install(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """Write: create what is missing; return the names. Idempotent."""
    with transaction.atomic(using=connection.alias):
        wanted = missing(connection)
        create(connection, wanted)
    return tuple(guarantee.name for guarantee in wanted)


def create(connection: BaseDatabaseWrapper, wanted: Iterable[Guarantee]) -> None:
    """Write: create these guarantees, which are missing, and the functions that they call."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(APPEND_ONLY_FUNCTION)
            cursor.execute(AUDIT_CLOCK_FUNCTION)
        for guarantee in wanted:
            cursor.execute(guarantee.create)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Write: drop everything, to go back before the first migration."""
    with connection.cursor() as cursor:
        for guarantee in guarantees_of(connection):
            cursor.execute(guarantee.drop)


def suspend_append_only(connection: BaseDatabaseWrapper) -> None:
    """Write: drop the append-only triggers, so that the owner can flush a test database.

    The next ``install`` (every migrate and flush ends with one) brings them back.
    """
    with connection.cursor() as cursor:
        for guarantee in guarantees_of(connection):
            if guarantee.table in APPEND_ONLY_TABLES:
                cursor.execute(guarantee.drop)
