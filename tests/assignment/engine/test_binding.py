"""The re-check under the locks: every hard rule is asked again on the facts as they are now."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from assignment.engine.binding import (
    Binding,
    bind,
    end_assignments,
    lock_active,
    lock_people,
    locked_facts,
    note_bound,
    recheck,
)
from assignment.engine.request import Request
from assignment.enums import AssignmentState
from assignment.models import Assignment, Operation
from assignment.policy_values import PolicyValues
from tests.assignment.engine.values import (
    BALANCE,
    NORMAL,
    after,
    dr,
    facts,
    needs,
    person,
    request,
    work,
)
from tests.factories.bookings import NOW, AssignmentFactory, BookingFactory, approved
from tests.factories.people import InterpreterFactory, LeaveFactory

AWAY = ((after(days=1), after(days=2)),)


def binding(asked: Request, *, overridden: bool = False) -> Binding:
    """P1 for a booking."""
    return Binding(request=asked, chosen=(1,), dr_overridden=overridden)


def problem(
    asked: Request, known: Any, policy: PolicyValues = NORMAL, *, overridden: bool = False
) -> str:
    """What stands against P1 now."""
    return recheck(binding(asked, overridden=overridden), facts=known, policy=policy)


@pytest.mark.parametrize(
    ("fields", "asked", "sentence"),
    [
        ({}, {}, ""),
        ({"active": False}, {}, "P1 is now not active."),
        ({"team_id": 2}, {"needs": needs(team_id=1)}, "P1 is now in another team."),
        ({}, {"needs": needs(tenant_id=1)}, "P1 is now of another tenant."),
        ({"languages": frozenset({"ja"})}, {}, "P1 is now without the languages."),
        ({}, {"needs": needs(skills=("court",))}, "P1 is now without the skills."),
        ({"hours": "Sun 08:00-09:00"}, {}, "P1 is now outside their working hours."),
        ({"leave": AWAY}, {}, "P1 is now on leave."),
        ({"daily_minutes_cap": 59}, {}, "P1 is now over their day's minutes."),
        ({"weekly_minutes_cap": 59}, {}, "P1 is now over their week's minutes."),
        ({}, {"excluded": frozenset({1})}, "P1 is now excluded by the booking."),
        ({}, {"owner": "Ms Sato"}, "P1 is now not wanted by the owner."),
        ({}, {"declined": frozenset({1})}, "P1 is now declined already."),
        ({}, {"pinned": (2,)}, "P1 is now not the pinned one."),
    ],
)
def test_recheck_asks_every_rule_again(
    fields: dict[str, Any], asked: dict[str, Any], sentence: str
) -> None:
    known = facts(person("P1", **fields), do_not_send={"Ms Sato": frozenset({1})})

    assert problem(request(**asked), known) == sentence


@pytest.mark.parametrize(
    ("hours", "buffer", "sentence"),
    [
        (0, 0, "P1 is now busy with other work."),
        (1, 0, ""),
        (1, 15, "P1 is now too close to other work."),
    ],
)
def test_recheck_asks_for_other_work_again(hours: float, buffer: int, sentence: str) -> None:
    known = facts(person("P1"), busy={"P1": [work("B7", start=after(days=1, hours=hours))]})

    assert problem(request(buffer=dt.timedelta(minutes=buffer)), known) == sentence


def test_recheck_passes_over_soft_rules_and_the_gap() -> None:
    policy = replace(NORMAL, soft_rules=frozenset({"daily_minutes"}))
    known = facts(person("P1", daily_minutes_cap=0), person("P2"), hours={"P1": 90})

    assert problem(request(), known, policy) == ""


def test_recheck_notices_that_the_person_is_gone() -> None:
    assert problem(request(), facts(person("P2"))) == "The interpreter is gone."


@pytest.mark.parametrize(
    ("policy", "fields", "overridden", "sentence"),
    [
        (BALANCE, {}, False, "P1 now served the DR before."),
        (BALANCE, {}, True, ""),
        (BALANCE, {"pinned": (1,)}, False, ""),
        (NORMAL, {}, False, ""),
    ],
)
def test_recheck_asks_the_hard_dr_rule_again(
    policy: PolicyValues, fields: dict[str, Any], overridden: bool, sentence: str
) -> None:
    known = facts(person("P1"), drs=[dr("B90", "P1", start=after())])
    asked = request(meeting_type="DR", **fields)

    assert problem(asked, known, policy, overridden=overridden) == sentence


MONDAY = dt.datetime(2026, 11, 30, 0, 30, tzinfo=dt.UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("person_has", "other", "buffer", "sentence"),
    [
        ({}, (-23.5, 24), 0, "P1 is now busy with other work."),
        ({}, (-35, 23.5), 719, "P1 is now too close to other work."),
        ({}, (12.9, 1), 719, "P1 is now too close to other work."),
        ({"daily_minutes_cap": 90}, (23, 0.4), 0, ""),
        ({"daily_minutes_cap": 90}, (22, 1), 0, "P1 is now over their day's minutes."),
        ({"weekly_minutes_cap": 90}, (166, 1), 0, "P1 is now over their week's minutes."),
        ({"weekly_minutes_cap": 90}, (-2, 1), 0, ""),
    ],
)
def test_recheck_reads_other_work_as_far_as_a_rule_looks(
    person_has: dict[str, int], other: tuple[float, float], buffer: int, sentence: str
) -> None:
    # What begins the hours after (or before) half past midnight of a Monday, and how long it is.
    who = InterpreterFactory(ref="P1", **person_has)
    start = MONDAY + dt.timedelta(hours=other[0])
    approved(who, starts_at=start, ends_at=start + dt.timedelta(hours=other[1]))
    asked = request("B99", start=MONDAY, buffer=dt.timedelta(minutes=buffer))
    row = Binding(request=asked, chosen=(who.pk,), dr_overridden=False)

    with transaction.atomic():
        known = locked_facts([row], policy=NORMAL, now=NOW)

    assert recheck(row, facts=known, policy=NORMAL) == sentence


def test_recheck_sees_what_was_bound_before_in_the_same_transaction() -> None:
    known = facts(person("P1"))
    note_bound(binding(request("B1")), facts=known)

    assert problem(request("B2"), known) == "P1 is now busy with other work."
    assert problem(request("B2", start=after(days=1, hours=1)), known) == ""


def test_recheck_sees_a_dr_bound_before_in_the_same_transaction() -> None:
    known = facts(person("P1"))
    note_bound(binding(request("B1", meeting_type="DR")), facts=known)

    following = request("B2", meeting_type="DR", start=after(days=2))
    assert problem(following, known, BALANCE) == "P1 now served the DR before."


@pytest.mark.django_db
def test_locked_facts_tell_of_the_chosen_alone() -> None:
    chosen, _ = InterpreterFactory(), InterpreterFactory()
    LeaveFactory(interpreter=chosen, starts_at=after(days=1), ends_at=after(days=2))
    row = Binding(request=request(), chosen=(chosen.pk,), dr_overridden=False)

    found = locked_facts([row], policy=NORMAL, now=NOW)

    assert [who.id for who in found.people] == [chosen.pk]
    assert recheck(row, facts=found, policy=NORMAL) == f"{chosen.ref} is now on leave."


@pytest.mark.django_db
def test_people_are_locked_in_ascending_id() -> None:
    people = [row.pk for row in InterpreterFactory.create_batch(3)]

    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        lock_people([people[2], people[0], people[2], people[1]])

    (statement,) = (row["sql"] for row in queries)
    assert ",".join(map(str, people)) in statement
    assert "ORDER BY 1 ASC" in statement
    assert ("FOR UPDATE" in statement) is (connection.vendor == "postgresql")


@pytest.mark.django_db
def test_bind_writes_one_row_a_position() -> None:
    people = InterpreterFactory.create_batch(2)
    booking = BookingFactory(interpreters_needed=3)
    AssignmentFactory(booking=booking, position=2)
    operation = Operation.objects.create(key="k", kind="test", business_now=NOW, actor="test")
    asked = request(id=booking.pk, positions=(1, 3))
    chosen = tuple(row.pk for row in people)

    bind([Binding(request=asked, chosen=chosen, dr_overridden=False)], operation=operation)

    rows = Assignment.objects.filter(operation=operation).order_by("position")
    assert [
        (row.position, row.interpreter_id, row.starts_at, row.ends_at, row.state, row.by_hand)
        for row in rows
    ] == [
        (1, chosen[0], asked.starts_at, asked.ends_at, "active", False),
        (3, chosen[1], asked.starts_at, asked.ends_at, "active", False),
    ]


@pytest.mark.django_db
def test_bind_writes_nothing_when_one_row_overlaps() -> None:
    free, busy = InterpreterFactory.create_batch(2)
    AssignmentFactory(interpreter=busy, booking=BookingFactory(starts_at=after(days=1)))
    operation = Operation.objects.create(key="k", kind="test", business_now=NOW, actor="test")
    rows = [
        Binding(request=request(id=BookingFactory().pk), chosen=(who.pk,), dr_overridden=False)
        for who in (free, busy)
    ]

    with pytest.raises(IntegrityError), transaction.atomic():
        bind(rows, operation=operation)

    assert not Assignment.objects.filter(operation=operation).exists()


@pytest.mark.django_db
def test_end_assignments_ends_the_active_ones_alone() -> None:
    booking = BookingFactory(interpreters_needed=3)
    for position, state in ((1, "active"), (2, "completed"), (3, "active")):
        AssignmentFactory(booking=booking, position=position, state=state)
    other = AssignmentFactory(booking=BookingFactory())

    assert [row.position for row in lock_active(booking)] == [1, 3]
    assert end_assignments([booking], state=AssignmentState.WITHDRAWN) == 2

    states = Assignment.objects.filter(booking=booking).order_by("position")
    assert [row.state for row in states] == ["withdrawn", "completed", "withdrawn"]
    other.refresh_from_db()
    assert other.state == "active"
