"""What is missing of the schema is named, and created again where that loses nothing."""

from __future__ import annotations

import pytest
from django.db import connection
from django_q.models import Schedule

from assignment.audit import COMMAND
from assignment.guarantees import guarantees_of, install
from assignment.models import Assignment, AuditEvent, Booking
from monitoring.schema import Issue, SchemaReport, check_schema, repair_schema
from tests.factories.bookings import AssignmentFactory, BookingFactory
from tests.factories.people import InterpreterFactory

pytestmark = pytest.mark.django_db(transaction=True)


def named(issues: tuple[Issue, ...]) -> list[tuple[str, str]]:
    """Kind and name of each issue."""
    return [(issue.kind, issue.name) for issue in issues]


def run(*statements: str) -> None:
    """Change the schema by hand."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_a_migrated_database_is_valid() -> None:
    report = check_schema()

    assert report == SchemaReport(missing_tables=(), issues=(), recommendations=())
    assert report.valid


def test_a_missing_index_is_created_again_with_an_event() -> None:
    run("DROP INDEX idx_pool_ready")
    assert named(check_schema().issues) == [("index", "idx_pool_ready")]
    assert check_schema().recommendations == ("Run “manage.py check_schema --repair”.",)

    report = repair_schema(actor=COMMAND)

    assert (report.valid, report.repaired) == (True, ("idx_pool_ready",))
    event = AuditEvent.objects.get(object_type="schema")
    assert (event.object_ref, event.action) == ("idx_pool_ready", "repair")
    assert repair_schema(actor=COMMAND).repaired == ()


def test_every_guarantee_that_is_missing_comes_back() -> None:
    run(*(guarantee.drop for guarantee in guarantees_of(connection)))
    names = [guarantee.name for guarantee in guarantees_of(connection)]
    assert named(check_schema().issues) == [("guarantee", name) for name in names]

    assert repair_schema(actor=COMMAND).repaired == tuple(names)
    assert check_schema().valid


def test_a_missing_constraint_comes_back_with_the_triggers_of_its_table() -> None:
    booking = BookingFactory.create()
    without_constraint("pool_attempts_in_range")
    assert named(check_schema().issues) == [("constraint", "pool_attempts_in_range")]

    assert repair_schema(actor=COMMAND).repaired == ("pool_attempts_in_range",)
    assert check_schema().valid
    assert list(Booking.objects.values_list("ref", flat=True)) == [booking.ref]


def test_a_constraint_that_rows_contradict_is_left_and_said() -> None:
    booking = BookingFactory.create()
    without_constraint("booking_starts_before_it_ends")
    Booking.objects.filter(pk=booking.pk).update(ends_at=booking.starts_at)

    report = repair_schema(actor=COMMAND)

    assert report.repaired == ()
    assert named(report.issues) == [("constraint", "booking_starts_before_it_ends")]
    assert report.recommendations[1].startswith(
        "booking_starts_before_it_ends cannot be created: rows contradict it."
    )
    Booking.objects.filter(pk=booking.pk).delete()
    assert repair_schema(actor=COMMAND).valid


def test_pairs_in_the_way_of_the_exclusion_are_listed() -> None:
    run(*(guarantee.drop for guarantee in guarantees_of(connection)))
    person = InterpreterFactory.create(ref="IN-1")
    for ref in ("B1", "B2"):
        booking = BookingFactory.create(ref=ref, state="approved")
        AssignmentFactory.create(booking=booking, interpreter=person)

    found = check_schema().recommendations

    assert found[1:] == (
        "IN-1 has B1 and B2 at the same time: give one to somebody else. "
        "It stands in the way of no_double_booking.",
    )
    Assignment.objects.all().delete()
    assert repair_schema(actor=COMMAND).valid


def test_a_malformed_schedule_is_made_anew() -> None:
    Schedule.objects.filter(name="interpool.sweep").update(args="(")
    assert named(check_schema().issues) == [("schedule", "interpool.sweep")]

    assert repair_schema(actor=COMMAND).repaired == ("interpool.sweep",)
    assert Schedule.objects.get(name="interpool.sweep").args in (None, "")


def test_a_missing_table_or_column_is_named_and_never_created() -> None:
    run("ALTER TABLE monitoring_heartbeat RENAME TO away")
    try:
        report = repair_schema(actor=COMMAND)
        assert (report.missing_tables, report.repaired) == (("monitoring_heartbeat",), ())
        assert report.recommendations == ("Run “manage.py migrate”.",)
    finally:
        run("ALTER TABLE away RENAME TO monitoring_heartbeat")
    run("ALTER TABLE pooling_plan RENAME COLUMN spread_after TO away")
    try:
        assert named(repair_schema(actor=COMMAND).issues) == [
            ("column", "pooling_plan.spread_after")
        ]
    finally:
        run("ALTER TABLE pooling_plan RENAME COLUMN away TO spread_after")


def without_constraint(name: str) -> None:
    """Take one constraint of the bookings away; on SQLite that means a new table."""
    options = Booking._meta
    whole = options.constraints
    (wanted,) = (row for row in whole if row.name == name)
    options.constraints = [row for row in whole if row is not wanted]
    try:
        with connection.schema_editor() as editor:
            editor.remove_constraint(Booking, wanted)
    finally:
        options.constraints = whole
    install(connection)
