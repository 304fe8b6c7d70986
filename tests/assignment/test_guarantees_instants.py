"""What the database itself refuses in a row: bad instants, half a pool entry, no lease."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from assignment.models import Assignment, Booking, Leave
from tests.factories.bookings import NOW, AssignmentFactory, BookingFactory, ReadyFactory, after
from tests.factories.people import LeaveFactory

pytestmark = pytest.mark.django_db


def put(row: Model, **values: str | None) -> None:
    """Write these texts into the row as they are, by SQL of our own."""
    table, columns = row._meta.db_table, ", ".join(f"{name} = %s" for name in values)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {columns} WHERE id = %s",  # noqa: S608 - names of our own
            (*values.values(), row.pk),
        )


def assert_refused(row: Model, **values: str | None) -> None:
    """The database refuses these texts in this row."""
    with pytest.raises(IntegrityError):
        put(row, **values)


@pytest.fixture(params=["booking", "assignment"])
def timed(request: pytest.FixtureRequest) -> Model:
    """A row with a start and an end: tomorrow from 06:00 to 07:00."""
    row: Model = (
        BookingFactory.create() if request.param == "booking" else AssignmentFactory.create()
    )
    return row


@pytest.mark.parametrize(
    "end",
    ["2026-11-24 06:00:00", "2026-11-24 05:59:59", "2026-11-25 06:00:00.000001", None],
    ids=["equal", "before", "more than 24 hours", "none"],
)
def test_a_length_must_be_above_0_and_at_most_24_hours(timed: Model, end: str | None) -> None:
    assert_refused(timed, ends_at=utc(end))


def test_24_hours_are_allowed(timed: Model) -> None:
    put(timed, ends_at=utc("2026-11-25 06:00:00"))
    put(timed, starts_at=utc("2026-11-24 06:00:00.000001"), ends_at=utc("2026-11-25 06:00:00"))


def utc(text: str | None) -> str | None:
    """The text, with an offset where the database wants one."""
    return f"{text}+00" if text and connection.vendor == "postgresql" else text


@pytest.mark.postgres_only
@pytest.mark.parametrize(
    "values",
    [
        {"ends_at": "infinity"},
        {"starts_at": "-infinity"},
        {"starts_at": "infinity", "ends_at": "infinity"},
        {"starts_at": "-infinity", "ends_at": "-infinity"},
    ],
)
def test_infinity_is_refused(timed: Model, values: dict[str, str]) -> None:
    assert_refused(timed, **values)


@pytest.mark.postgres_only
@pytest.mark.parametrize(
    "column",
    [
        "pool_entry_time",
        "pool_deadline_time",
        "pool_next_attempt_at",
        "pool_lease_until",
        "escalated_at",
    ],
)
def test_infinity_is_refused_in_every_instant_of_a_booking(column: str) -> None:
    extra: dict[str, str] = {}
    row = BookingFactory.create() if column == "escalated_at" else ReadyFactory.create()
    if column == "pool_lease_until":
        extra = {"pool_status": "processing", "pool_claimed_by": "x"}
    if column == "escalated_at":
        extra = {"escalation_code": "by_hand"}
    assert_refused(row, **{column: "-infinity"}, **extra)


def test_a_leave_is_finite_and_has_a_length() -> None:
    leave = LeaveFactory.create(starts_at=after(days=1), ends_at=after(days=90))

    assert_refused(leave, ends_at=utc("2026-11-24 06:00:00"))
    for text in ("infinity", "never"):
        if connection.vendor == "sqlite" or text == "infinity":
            assert_refused(leave, ends_at=text)
    assert Leave.objects.get().ends_at == after(days=90)


WRONG_TEXTS = [
    "2026-11-24T06:30:00",
    "2026-11-24 06:30",
    "2026-11-24 06:30:00+02:00",
    "2026-11-24 06:30:00Z",
    "2026-11-24 24:00:00",
    "2026-11-24 06:30:60",
    "2026-11-31 06:30:00",
    "2026-11-24",
    " 2026-11-24 06:30:00",
    "2026-11-24 06:30:00 ",
    "2026-11-24 06:30:00.",
    "2026-11-24 06:30:00.5",
    "2026-11-24 06:30:00.500",
    "2026-11-24 06:30:00.000000",
    "2026-11-24 06:30:00.5000000",
    "2026-11-24 06:30:00.50000x",
    "now",
    "tomorrow",
    "",
    "infinity",
    "\uff12\uff10\uff12\uff16-11-24 06:30:00",
]


@pytest.mark.sqlite_only
@pytest.mark.parametrize("text", WRONG_TEXTS)
def test_only_the_canonical_text_of_an_instant_is_stored(timed: Model, text: str) -> None:
    assert_refused(timed, starts_at=text)
    assert_refused(timed, ends_at=text)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("value", ["2461369.5", "1795502400", "x'323032362d31312d3234'"])
def test_a_number_or_bytes_are_no_instant(timed: Model, value: str) -> None:
    table = timed._meta.db_table
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET starts_at = {value}")  # noqa: S608 - our own values


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    "column",
    ["pool_entry_time", "pool_deadline_time", "pool_next_attempt_at", "pool_lease_until"],
)
def test_the_instants_of_the_pool_are_canonical_too(column: str) -> None:
    row = ReadyFactory.create()
    extra = {"pool_status": "processing", "pool_claimed_by": "x"} if "lease" in column else {}
    assert_refused(row, **{column: "2026-11-20T06:00:00"}, **extra)
    assert_refused(row, **{column: "soon"}, **extra)
    put(row, **{column: "2026-11-20 06:00:00.123456"}, **extra)


@pytest.mark.sqlite_only
def test_a_wrong_text_is_refused_on_insert() -> None:
    row = BookingFactory.create()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO assignment_assignment (interpreter_id, booking_id, position, starts_at,"
            " ends_at, lane_from, lane_to, state, by_hand, created_at) VALUES"
            " (1, %s, 1, 'monday', 'tuesday', 0, 99, 'active', false, '2026-11-24 06:00:00')",
            [row.pk],
        )


def test_microseconds_and_other_zones_are_stored_as_the_same_instant() -> None:
    tokyo = dt.timezone(dt.timedelta(hours=9))
    start = dt.datetime(2026, 11, 24, 15, 0, 0, 1, tzinfo=tokyo)
    row = BookingFactory.create(starts_at=start)

    assert Booking.objects.get(pk=row.pk).starts_at == after(days=1) + dt.timedelta(microseconds=1)


POOLED = {
    "pool_status": "ready",
    "pool_entry_time": NOW,
    "pool_deadline_time": NOW,
}


@pytest.mark.parametrize(
    "fields",
    [
        *({name: value} for name, value in POOLED.items()),
        *({key: POOLED[key] for key in POOLED if key != name} for name in POOLED),
        {"pool_next_attempt_at": NOW},
        {"pool_processing_attempts": 1},
        {"pool_claimed_by": "x"},
        {"pool_lease_until": NOW},
        {**POOLED, "pool_status": "unknown"},
        {**POOLED, "pool_status": ""},
        {**POOLED, "state": "approved"},
        {**POOLED, "escalated_at": NOW, "escalation_code": "by_hand"},
        {**POOLED, "pool_deadline_time": after(days=1, minutes=1)},
        {**POOLED, "pool_processing_attempts": -1},
        {**POOLED, "pool_processing_attempts": 1001},
        {**POOLED, "pool_status": "processing"},
        {**POOLED, "pool_status": "processing", "pool_lease_until": NOW},
        {**POOLED, "pool_status": "processing", "pool_claimed_by": "x"},
        {**POOLED, "pool_lease_until": NOW},
        {**POOLED, "pool_claimed_by": "x"},
        {"escalated_at": NOW},
        {"escalation_code": "by_hand"},
        {"escalated_at": NOW, "escalation_code": "by_hand", "state": "approved"},
        {"state": "unknown"},
        {"meeting_type": "Lunch"},
        {"meeting_type": "DR"},
        {"dr_type": "DR-I"},
        {"other_type": "A talk"},
        {"interpreters_needed": 0},
    ],
)
def test_a_row_that_contradicts_itself_is_refused(fields: dict[str, Any]) -> None:
    row = BookingFactory.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.filter(pk=row.pk).update(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        POOLED,
        {**POOLED, "pool_status": "waiting"},
        {**POOLED, "pool_status": "failed"},
        {
            **POOLED,
            "pool_status": "processing",
            "pool_lease_until": NOW,
            "pool_claimed_by": "x",
            "pool_processing_attempts": 1,
        },
        {**POOLED, "pool_next_attempt_at": NOW, "pool_processing_attempts": 1},
        {"escalated_at": NOW, "escalation_code": "by_hand"},
        {"meeting_type": "DR", "dr_type": "Other", "other_type": "A talk"},
    ],
)
def test_every_true_state_is_allowed(fields: dict[str, Any]) -> None:
    row = BookingFactory.create()

    assert Booking.objects.filter(pk=row.pk).update(**fields) == 1


@pytest.mark.parametrize("lanes", [(-1, 5), (0, 100), (6, 5)])
def test_lanes_lie_between_0_and_99(lanes: tuple[int, int]) -> None:
    row = AssignmentFactory.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(pk=row.pk).update(lane_from=lanes[0], lane_to=lanes[1])
