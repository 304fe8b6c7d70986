"""No double booking, whatever code writes: promise 1 of the product."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from assignment.models import Assignment, Booking, Interpreter
from tests.factories.bookings import AssignmentFactory, BookingFactory, after
from tests.factories.people import InterpreterFactory

pytestmark = pytest.mark.django_db

COLUMNS = (
    "interpreter_id, booking_id, position, starts_at, ends_at, lane_from, lane_to, state, by_hand,"
    " created_at"
)


@pytest.fixture
def busy() -> Assignment:
    """Somebody at work from 06:00 to 07:00 tomorrow."""
    return AssignmentFactory.create()


def spare(row: Assignment, **times: Any) -> Assignment:
    """Unsaved work of the same person for another booking, half an hour later."""
    values = {"starts_at": after(days=1, minutes=30), "ends_at": after(days=1, minutes=90)}
    return Assignment(
        interpreter=row.interpreter, booking=BookingFactory.create(), **values | times
    )


def free(row: Assignment) -> Assignment:
    """Saved work of the same person at another time."""
    later = {"starts_at": after(days=2), "ends_at": after(days=2, hours=1)}
    stored = spare(row, **later)
    stored.save()
    return stored


def text(instant: dt.datetime) -> str:
    """An instant as SQL text that both databases read as UTC."""
    return f"{instant:%Y-%m-%d %H:%M:%S}" + ("+00" if connection.vendor == "postgresql" else "")


def insert(row: Assignment, *, verb: str = "INSERT", ending: str = "") -> None:
    """Write the row by SQL of our own."""
    values = (row.interpreter_id, row.booking_id, 1, text(row.starts_at), text(row.ends_at), 0, 99)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{verb} INTO assignment_assignment ({COLUMNS})"
            f" VALUES (%s, %s, %s, %s, %s, %s, %s, 'active', false, %s) {ending}",
            (*values, text(row.starts_at)),
        )


def change(row: Assignment, *, verb: str = "UPDATE") -> None:
    """Move the row onto the work that there is, by SQL of our own."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{verb} assignment_assignment SET starts_at = %s, ends_at = %s WHERE id = %s",
            (text(after(days=1, minutes=59)), text(after(days=1, hours=2)), row.pk),
        )


def save_moved(row: Assignment) -> None:
    """Move the row through the model."""
    row.starts_at, row.ends_at = after(days=1, minutes=59), after(days=1, hours=2)
    row.save()


def update_moved(row: Assignment) -> None:
    """Move the row through a queryset."""
    Assignment.objects.filter(pk=row.pk).update(
        starts_at=after(days=1, minutes=59), ends_at=after(days=1, hours=2)
    )


ANYWHERE: dict[str, Callable[[Assignment], object]] = {
    "save": lambda busy: spare(busy).save(),
    "bulk_create": lambda busy: Assignment.objects.bulk_create([spare(busy)]),
    "raw insert": lambda busy: insert(spare(busy)),
    "save an update": lambda busy: save_moved(free(busy)),
    "queryset update": lambda busy: update_moved(free(busy)),
    "raw update": lambda busy: change(free(busy)),
}
SQLITE: dict[str, Callable[[Assignment], object]] = {
    f"{verb.lower()} or {what.lower()}": use
    for what in ("REPLACE", "IGNORE", "FAIL")
    for verb, use in (
        ("INSERT", lambda busy, what=what: insert(spare(busy), verb=f"INSERT OR {what}")),
        ("UPDATE", lambda busy, what=what: change(free(busy), verb=f"UPDATE OR {what}")),
    )
}


@pytest.mark.parametrize("path", ANYWHERE)
def test_an_overlap_is_refused_through_every_path(busy: Assignment, path: str) -> None:
    with pytest.raises(IntegrityError, match="no_double_booking"), transaction.atomic():
        ANYWHERE[path](busy)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("path", SQLITE)
def test_no_conflict_clause_of_sqlite_gets_round_it(busy: Assignment, path: str) -> None:
    with pytest.raises(IntegrityError, match="no_double_booking"), transaction.atomic():
        SQLITE[path](busy)

    assert Assignment.objects.filter(pk=busy.pk, starts_at=after(days=1)).exists()


@pytest.mark.postgres_only
def test_on_conflict_do_nothing_writes_nothing(busy: Assignment) -> None:
    insert(spare(busy), ending="ON CONFLICT DO NOTHING")

    assert list(Assignment.objects.values_list("pk", flat=True)) == [busy.pk]


@pytest.mark.postgres_only
def test_a_replica_that_fires_no_triggers_still_refuses(busy: Assignment) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    with pytest.raises(IntegrityError, match="no_double_booking"), transaction.atomic():
        insert(spare(busy))


@pytest.mark.parametrize(
    ("start", "end"), [(-60, 0), (60, 120)], ids=["ends as it starts", "starts as it ends"]
)
def test_back_to_back_is_allowed(busy: Assignment, start: int, end: int) -> None:
    times = {"starts_at": after(days=1, minutes=start), "ends_at": after(days=1, minutes=end)}
    spare(busy, **times).save()

    assert Assignment.objects.count() == 2


@pytest.mark.parametrize(
    ("start", "end"),
    [(-60, 1), (59, 120), (0, 60), (10, 20), (-10, 70)],
    ids=["the first minute", "the last minute", "equal", "inside", "around"],
)
def test_a_minute_is_enough_to_overlap(busy: Assignment, start: int, end: int) -> None:
    times = {"starts_at": after(days=1, minutes=start), "ends_at": after(days=1, minutes=end)}
    with pytest.raises(IntegrityError, match="no_double_booking"), transaction.atomic():
        spare(busy, **times).save()


def test_a_microsecond_is_enough_to_overlap(busy: Assignment) -> None:
    end = busy.ends_at - dt.timedelta(microseconds=1)
    with pytest.raises(IntegrityError, match="no_double_booking"), transaction.atomic():
        spare(busy, starts_at=end).save()


def test_somebody_else_may_work_at_the_same_time(busy: Assignment) -> None:
    row = spare(busy)
    row.interpreter = InterpreterFactory.create()
    row.save()

    assert Assignment.objects.count() == 2


@pytest.mark.parametrize(
    ("lanes", "fits"),
    [((1, 99), True), ((0, 0), False), ((0, 99), False), ((5, 5), True)],
)
def test_lanes_that_do_not_touch_are_allowed(lanes: tuple[int, int], fits: bool) -> None:
    first = AssignmentFactory.create(lane_from=0, lane_to=0)
    second = spare(first)
    second.lane_from, second.lane_to = lanes
    if fits:
        second.save()
        return
    with pytest.raises(IntegrityError, match="no_double_booking"), transaction.atomic():
        second.save()


@pytest.mark.parametrize(
    ("state", "blocks"),
    [("active", True), ("completed", True), ("cancelled", False), ("withdrawn", False)],
)
def test_what_ended_early_does_not_block(busy: Assignment, state: str, blocks: bool) -> None:
    Assignment.objects.update(state=state)
    if not blocks:
        spare(busy).save()
        return
    with pytest.raises(IntegrityError, match="no_double_booking"), transaction.atomic():
        spare(busy).save()


def test_a_cancelled_row_cannot_come_back_over_other_work(busy: Assignment) -> None:
    Assignment.objects.update(state="cancelled")
    spare(busy).save()
    with pytest.raises(IntegrityError, match="no_double_booking"), transaction.atomic():
        Assignment.objects.filter(pk=busy.pk).update(state="active")


@pytest.mark.parametrize("field", ["interpreter", "lane_from"])
def test_another_person_or_lane_is_checked_as_well(busy: Assignment, field: str) -> None:
    other = spare(busy)
    if field == "interpreter":
        other.interpreter = InterpreterFactory.create()
    else:
        Assignment.objects.filter(pk=busy.pk).update(lane_to=0)
        other.lane_from = 1
    other.save()
    moved = {"interpreter": busy.interpreter} if field == "interpreter" else {"lane_from": 0}
    with pytest.raises(IntegrityError, match="no_double_booking"), transaction.atomic():
        Assignment.objects.filter(pk=other.pk).update(**moved)


@pytest.mark.parametrize("column", ["position", "interpreter"])
def test_a_position_and_a_person_stand_once_in_a_booking(busy: Assignment, column: str) -> None:
    row = Assignment(
        booking=busy.booking,
        interpreter=InterpreterFactory.create() if column == "position" else busy.interpreter,
        position=1 if column == "position" else 2,
        starts_at=after(days=3),
        ends_at=after(days=3, hours=1),
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
    Assignment.objects.update(state="withdrawn")
    row.save()


@pytest.mark.parametrize("model", [Interpreter, Booking])
def test_people_and_bookings_with_work_cannot_be_deleted(
    busy: Assignment, model: type[Model]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        delete_all(model)

    assert model._default_manager.count() == 1


def delete_all(model: type[Model]) -> None:
    """Delete past Django's own protection."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of our own
    connection.check_constraints()
