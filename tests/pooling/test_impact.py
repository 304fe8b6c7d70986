"""The one re-dating: what a policy would do to entries, exactly."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from assignment.policies import DEFAULT
from pooling.impact import Impact, Pooled, impact, redate
from tests.pooling.entries import NOW, in_days, pooled

URGENT = replace(DEFAULT, mode="URGENT")
BALANCE = replace(DEFAULT, mode="BALANCE")


def entry(
    *,
    start: float,
    deadline: float,
    meeting_type: str = "General",
    status: str = "waiting",
    number: int = 1,
) -> Pooled:
    """An entry that starts, and must be decided, so many days after NOW."""
    return Pooled(
        id=number,
        ref=f"B-{number:03}",
        meeting_type=meeting_type,
        starts_at=in_days(start),
        status=status,
        deadline=in_days(deadline),
    )


def one(row: Pooled, *, mode: str) -> tuple[str, float]:
    """What becomes of one entry: the change, and its deadline in days after NOW."""
    (found,) = redate([row], policy=replace(DEFAULT, mode=mode), now=NOW).rows
    return found.change, (found.deadline - NOW) / dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("row", "mode", "expected"),
    [
        # General: lead 8 in BALANCE, 10 in NORMAL, 14 in URGENT
        (entry(start=20, deadline=10), "NORMAL", ("left", 10)),
        (entry(start=20, deadline=10), "BALANCE", ("redated", 12)),
        (entry(start=20, deadline=10), "URGENT", ("redated", 6)),
        (entry(start=14, deadline=4), "URGENT", ("immediate", 0)),
        (entry(start=12, deadline=2), "URGENT", ("immediate", -2)),
        (entry(start=10, deadline=0), "NORMAL", ("immediate", 0)),
        (entry(start=9, deadline=-1), "BALANCE", ("redated", 1)),
        (entry(start=0, deadline=-10), "BALANCE", ("escalated", -8)),
        (entry(start=-1, deadline=-11), "URGENT", ("escalated", -15)),
    ],
)
def test_what_becomes_of_a_waiting_entry(
    row: Pooled, mode: str, expected: tuple[str, float]
) -> None:
    assert one(row, mode=mode) == expected


def test_a_switch_to_urgent_never_moves_a_deadline_later() -> None:
    # VIP in BALANCE has 8 days of lead, in URGENT only 7.
    assert one(entry(start=20, deadline=12, meeting_type="VIP"), mode="URGENT") == ("left", 12)
    assert one(entry(start=20, deadline=12, meeting_type="VIP"), mode="NORMAL") == ("redated", 13)


@pytest.mark.parametrize("status", ["ready", "processing", "failed"])
def test_entries_that_do_not_wait_are_left(status: str) -> None:
    assert one(entry(start=12, deadline=2, status=status), mode="URGENT") == ("left", 2)


def test_a_deadline_before_all_time_is_an_error_of_that_entry_alone() -> None:
    ancient = replace(entry(start=0, deadline=0), starts_at=dt.datetime(1, 1, 2, tzinfo=dt.UTC))

    found = redate([ancient, entry(start=20, deadline=10, number=2)], policy=URGENT, now=NOW)

    assert [row.change for row in found.rows] == ["error", "redated"]


@pytest.mark.parametrize(
    ("affected", "level"),
    [(0, "none"), (1, "low"), (4, "low"), (5, "medium"), (14, "medium"), (15, "high")],
)
def test_level_by_affected(affected: int, level: str) -> None:
    rows = [entry(start=20, deadline=10, number=number) for number in range(affected)]
    rows += [entry(start=20, deadline=10, status="ready", number=99)] * 20

    assert redate(rows, policy=URGENT, now=NOW).level == level


def test_counts_add_up_to_the_pool() -> None:
    rows = [
        entry(start=20, deadline=10, number=1),
        entry(start=12, deadline=2, number=2),
        entry(start=-1, deadline=-11, number=3),
        entry(start=12, deadline=2, number=4, status="processing"),
        entry(start=20, deadline=6, number=5),
    ]

    found = redate(rows, policy=URGENT, now=NOW)

    assert found.counts == {
        "pooled": 5,
        "affected": 3,
        "immediate": 1,
        "redated": 1,
        "escalated": 1,
        "errors": 0,
        "left": 2,
    }
    assert [row["booking"] for row in found.listed(most=1)] == ["B-001", "B-002", "B-003", "B-004"]


def test_the_digest_is_that_of_the_affected_set() -> None:
    rows = [entry(start=20, deadline=10, number=1), entry(start=30, deadline=20, number=2)]
    left = entry(start=12, deadline=2, number=3, status="ready")

    digest = redate(rows, policy=URGENT, now=NOW).digest

    assert redate([*rows, left], policy=URGENT, now=NOW).digest == digest
    assert redate(rows[:1], policy=URGENT, now=NOW).digest != digest
    assert redate(rows, policy=BALANCE, now=NOW).digest != digest


@pytest.mark.django_db
def test_impact_reads_the_live_pool_in_order_of_refs() -> None:
    pooled("B-2", start=20, deadline=13)
    pooled("B-1", start=20, deadline=13, status="processing")
    pooled("B-3", start=20, deadline=13, meeting_type="DR")

    found = impact(URGENT, now=NOW)

    assert [(row.entry.ref, row.change, row.deadline) for row in found.rows] == [
        ("B-1", "left", in_days(13)),
        ("B-2", "left", in_days(13)),
        ("B-3", "redated", in_days(6)),
    ]


def test_an_empty_pool_is_not_affected() -> None:
    assert Impact(rows=()).level == "none"
