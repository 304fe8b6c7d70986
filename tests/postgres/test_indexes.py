"""The five indexes of the pool have their names, and the questions to the pool use them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import Min, QuerySet
from pytest_django import DjangoDbBlocker

from assignment.audit import COMMAND
from assignment.clock import database_now
from assignment.models import Assignment, Booking
from pooling.pool import IN_ORDER, takeable
from pooling.sweep import sweep
from tests.factories.bookings import NOW, BookingFactory
from tests.factories.people import InterpreterFactory
from tests.faults.forks import Execute
from tests.standing import standing

pytestmark = pytest.mark.django_db

NAMED = {
    "idx_pool_status",
    "idx_pool_deadline",
    "idx_pool_ready",
    "idx_pool_entry_time",
    "idx_pool_processing",
}
POOLED = Booking.objects.filter(pool_status__isnull=False).order_by()
SORTED = r"Sort|TEMP B-TREE"
OF_STATUS = {"idx_pool_status", "idx_pool_ready", "idx_pool_processing"}


@pytest.fixture(scope="module")
def many(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """6,000 closed bookings, each with its person, and 200 in the pool, one after the other."""
    with standing(fill, blocker=django_db_blocker):
        yield


def fill() -> None:
    """Make these rows, and let the database count them."""
    start = NOW - dt.timedelta(days=400)
    Booking.objects.bulk_create(
        (
            BookingFactory.build(
                ref=f"old-{number}",
                state="completed",
                starts_at=start + dt.timedelta(hours=number),
            )
            for number in range(6_000)
        ),
        batch_size=2_000,
    )
    Booking.objects.bulk_create(
        BookingFactory.build(
            ref=f"pooled-{number}",
            starts_at=NOW + dt.timedelta(days=2, hours=4 * number),
            pool_status=("waiting", "ready", "waiting", "failed")[number % 4],
            pool_entry_time=NOW,
            pool_deadline_time=NOW - dt.timedelta(minutes=number),
        )
        for number in range(200)
    )
    people = InterpreterFactory.create_batch(20)
    Assignment.objects.bulk_create(
        (
            Assignment(
                booking=row,
                interpreter=people[number % 20],
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                state="completed",
            )
            for number, row in enumerate(Booking.objects.filter(state="completed"))
        ),
        batch_size=2_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def plan_of(sql: str, parameters: Any) -> str:
    """The plan that the database makes."""
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql}", parameters)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def indexes_used(sql: str, parameters: tuple[Any, ...]) -> set[str]:
    """The indexes of the plan that the database makes; fails when it reads a whole table."""
    plan = plan_of(sql, parameters)
    assert "Seq Scan" not in plan, plan
    assert not re.search(r"SCAN \w+$", plan, re.MULTILINE), plan
    return set(re.findall(r"\bidx_\w+", plan))


def used_by(rows: QuerySet[Any, Any]) -> set[str]:
    """The indexes that a queryset uses."""
    sql, parameters = rows.query.sql_with_params()
    return indexes_used(sql, parameters)


def test_the_five_indexes_stand_under_their_names() -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Booking._meta.db_table)

    assert {name for name in found if name.startswith("idx_pool")} == NAMED
    assert found["idx_pool_ready"]["columns"] == ["pool_status", *IN_ORDER]
    assert found["idx_pool_processing"]["columns"] == ["pool_status", "pool_entry_time"]


EXPECTED = {
    "the newly due": {"idx_pool_ready", "idx_pool_deadline"},
    "the ready in order": {"idx_pool_ready", "idx_pool_deadline"},
    "the oldest entry": {"idx_pool_entry_time"},
    # SQLite cannot know of a parameter that it is the text that the index leaves out
    "the last errors": {"idx_booking_last_error", "idx_pool_entry_time"},
    "overdue entries": {"idx_pool_deadline"},
    "processing entries": OF_STATUS,
    "not gated yet": {"idx_booking_ungated"},
    "escalated": {"idx_booking_escalated"},
    "approved and over": {"idx_booking_approved_end"},
}


def test_the_questions_to_the_pool_use_an_index(many: None, db: None) -> None:
    rows = Booking.objects
    now, month = NOW - dt.timedelta(minutes=190), NOW - dt.timedelta(days=30)
    questions = {
        "the newly due": rows.filter(pool_status="waiting", pool_deadline_time__lte=now).order_by(
            "pool_deadline_time"
        )[:100],
        "the ready in order": rows.filter(pool_status="ready").order_by("pool_deadline_time")[:20],
        "the oldest entry": POOLED.order_by("pool_entry_time").values("pool_entry_time")[:1],
        "the last errors": POOLED.exclude(pool_last_error="").order_by("-pool_entry_time", "ref")[
            :10
        ],
        "overdue entries": POOLED.filter(pool_deadline_time__lte=now),
        "processing entries": rows.filter(
            pool_status="processing", pool_lease_until__lt=database_now()
        ).order_by("pool_entry_time"),
        "not gated yet": rows.filter(
            state="waiting", pool_status__isnull=True, escalated_at__isnull=True
        ).order_by("starts_at"),
        "escalated": rows.filter(escalated_at__isnull=False).order_by("escalated_at"),
        "approved and over": rows.filter(state="approved", ends_at__lte=month).order_by("ends_at"),
    }
    for question, asked in questions.items():
        used = used_by(asked)
        assert used, question
        assert used <= EXPECTED[question], question
    counts = POOLED.values("pool_status").annotate(oldest=Min("pool_entry_time"))
    assert used_by(counts) <= NAMED
    if connection.vendor == "postgresql":
        assert used_by(questions["the last errors"]) == {"idx_booking_last_error"}
    overlaps = Assignment.objects.overlapping([1], start=NOW, end=NOW + dt.timedelta(hours=1))
    assert used_by(overlaps.order_by()) <= {"idx_assignment_person", "idx_assignment_starts"}


def test_the_next_rows_of_a_plan_are_read_in_order_and_no_others(many: None, db: None) -> None:
    # A sweep asks for them once a chunk: were all open rows read, its cost would grow as n * n.
    Booking.objects.filter(pool_status__isnull=False).update(pool_status="ready")
    plans: list[str] = []

    def look(execute: Execute, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('SELECT "pooling_planrow"."booking_id"'):
            plans.append(plan_of(sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        sweep(now=NOW, slot="2026-11-23", actor=COMMAND)

    assert plans
    for plan in plans:
        assert "idx_plan_row_open" in plan
        assert not re.search(SORTED, plan), plan


def test_what_is_claimed_next_can_be_read_in_order_and_no_others(many: None, db: None) -> None:
    wanted = takeable(now=NOW).order_by(*IN_ORDER)[:20]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # a sort of a few hundred rows costs next to nothing
            cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off")

    plan = plan_of(*wanted.query.sql_with_params())

    assert "idx_pool_ready" in plan
    assert not re.search(SORTED, plan), plan
