"""The audit trail and the decisions are written once, under the database's clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from assignment.audit import COMMAND, Entry, record
from assignment.clock import database_now
from assignment.models import AuditEvent, Decision, Policy
from tests.factories.bookings import NOW, BookingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> AuditEvent:
    """A stored event."""
    entry = Entry(action="note", object_type="booking", object_ref="BK-1", reason="Why not.")
    record([entry], actor=COMMAND)
    return AuditEvent.objects.get()


@pytest.fixture
def decision() -> Decision:
    """A stored decision."""
    return Decision.objects.create(
        booking=BookingFactory.create(),
        policy=Policy.objects.get(),
        outcome="stop",
        record=b"",
        decided_at=NOW,
        decided_by="test",
    )


def run(sql: str) -> None:
    """Execute a statement in a savepoint of its own."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


CHANGES: dict[str, Callable[[Model], object]] = {
    "save": lambda row: row.save(),
    "queryset update": lambda row: type(row)._default_manager.update(id=99),
    "bulk_update": lambda row: type(row)._default_manager.bulk_update([row], ["policy_version"]),
    "delete": lambda row: row.delete(),
    "queryset delete": lambda row: type(row)._default_manager.all().delete(),
    "raw update": lambda row: run(f"UPDATE {row._meta.db_table} SET id = 99"),  # noqa: S608
    "raw delete": lambda row: run(f"DELETE FROM {row._meta.db_table}"),  # noqa: S608
}


@pytest.mark.parametrize("path", CHANGES)
def test_an_event_is_never_changed(event: AuditEvent, path: str) -> None:
    with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
        CHANGES[path](event)

    assert AuditEvent.objects.get().reason == "Why not."


@pytest.mark.parametrize("path", sorted(set(CHANGES) - {"bulk_update"}))
def test_a_decision_is_never_changed(decision: Decision, path: str) -> None:
    with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
        CHANGES[path](decision)

    assert Decision.objects.get().outcome == "stop"


@pytest.mark.sqlite_only
def test_insert_or_replace_does_not_replace_an_event(event: AuditEvent) -> None:
    for clause in ("OR REPLACE", "OR IGNORE"):
        with pytest.raises(IntegrityError, match="append_only"):
            run(
                f"INSERT {clause} INTO assignment_auditevent"  # noqa: S608
                " SELECT * FROM assignment_auditevent"
            )


@pytest.mark.postgres_only
@pytest.mark.parametrize("table", ["assignment_auditevent", "assignment_decision"])
def test_truncate_is_refused(table: str) -> None:
    with pytest.raises(IntegrityError, match="append_only"):
        run(f"TRUNCATE {table}")
    with pytest.raises(IntegrityError, match="append_only"):
        run(f"TRUNCATE {table} CASCADE")


@pytest.mark.postgres_only
def test_a_session_that_fires_no_triggers_changes_nothing(event: AuditEvent) -> None:
    run("SET LOCAL session_replication_role = replica")
    for sql in ("UPDATE assignment_auditevent SET actor = 'x'", "TRUNCATE assignment_auditevent"):
        with pytest.raises(IntegrityError, match="append_only"):
            run(sql)


def test_the_time_of_an_event_is_that_of_the_database(event: AuditEvent) -> None:
    assert abs(database_now() - event.at) < dt.timedelta(seconds=5)


@pytest.mark.parametrize("years", [-10, 10])
def test_nobody_dates_an_event_back_or_forward(event: AuditEvent, years: int) -> None:
    wished = database_now() + dt.timedelta(days=365 * years)
    fake = AuditEvent(
        at=wished, actor_kind="user", actor="x", action="x", object_type="x", reason="x"
    )
    if connection.vendor == "sqlite":
        with pytest.raises(IntegrityError, match="audit_clock"), transaction.atomic():
            fake.save()
        assert AuditEvent.objects.count() == 1
        return
    fake.save()
    assert abs(database_now() - AuditEvent.objects.get(pk=fake.pk).at) < dt.timedelta(seconds=5)


def test_an_event_needs_a_reason() -> None:
    entry = Entry(action="note", object_type="booking", object_ref="BK-1", reason="")
    with pytest.raises(IntegrityError), transaction.atomic():
        record([entry], actor=COMMAND)
