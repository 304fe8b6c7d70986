"""Reading what the dashboard shows; nothing here knows of requests or pages."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Count, QuerySet, Value
from django.urls import reverse

from assignment.enums import Mode, PoolStatus, Reason
from assignment.ledger import Fairness, fairness
from assignment.models import Assignment, Booking, Session, Team
from assignment.policies import current_policy
from assignment.policy_values import PolicyValues
from monitoring.fairness_chart import charts
from monitoring.models import Heartbeat
from monitoring.turn_keeping import turn_keeping
from pooling.admin.filters import today
from pooling.admin.session_filters import STAGES
from pooling.admin.waiting import cure_of
from pooling.deadlines import urgency_level
from pooling.models import Run
from pooling.slices import slice_filter
from pooling.timing import next_sweep

Teams = frozenset[int] | None

SILENT_AFTER = dt.timedelta(seconds=90)
LISTED = 8
IN_POOL = ("waiting", "ready", "due", "processing", "failed", "overdue")
TILES = (
    # name, label, list, query, what it means, alarm
    (
        "ungated",
        "Not gated",
        "assignment_booking",
        "pool=ungated",
        "New bookings; the next tick puts them into the pool",
        "",
    ),
    (
        "waiting",
        "Waiting",
        "pooling_poolentry",
        "pool=waiting",
        "In the pool, their deadline is still to come",
        "",
    ),
    (
        "due",
        "Due",
        "pooling_poolentry",
        "pool=due",
        "Their deadline has come; the next tick or sweep decides them",
        "",
    ),
    (
        "processing",
        "Processing",
        "pooling_poolentry",
        "pool=processing",
        "Being decided at this moment",
        "",
    ),
    (
        "overdue",
        "Overdue",
        "pooling_poolentry",
        "pool=overdue",
        "Due for longer than it should take",
        "warn",
    ),
    (
        "failed",
        "Failed",
        "pooling_poolentry",
        "pool=failed",
        "Given up after repeated errors",
        "bad",
    ),
    (
        "escalated",
        "Escalated",
        "pooling_attention",
        "pool=escalated",
        "Handed over with a reason",
        "bad",
    ),
    (
        "assigned",
        "Assigned today",
        "assignment_assignment",
        "made=today",
        "Assignments that runs made since midnight",
        "good",
    ),
    (
        "queued",
        "Sessions waiting",
        "assignment_session",
        "stage=queued",
        "Requests for an interpreter now, for whom nobody is free yet",
        "warn",
    ),
    (
        "held",
        "Sessions now",
        "assignment_session",
        "stage=held",
        "Sessions that an interpreter was given or has accepted",
        "good",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Alert:
    """Something that a person should know: how bad, what, and where to look."""

    level: str
    text: str
    address: str = ""


def read_board(*, now: dt.datetime, teams: Teams) -> dict[str, Any]:
    """Return tiles, deadlines, runs, needs-a-person, fairness, alerts. 13 queries.

    ``teams``: ids that the numbers and lists are limited to; None = all.
    """
    policy = current_policy()
    bookings = limited(Booking.objects.order_by(), "team", teams)
    numbers = count_slices(bookings, now=now, mode=policy.mode, teams=teams)
    runs = list(Run.objects.select_related("operation").order_by("-pk")[:LISTED])
    worker_seen = Heartbeat.objects.order_by("-at").values_list("at", flat=True).first()
    standing = fairness(now=now, policy=policy)
    turns = turn_keeping()
    found = alerts(numbers, worker_seen=worker_seen, standing=standing, now=now)
    if turns.warning:
        found.append(Alert(level=turns.level, text=turns.warning))
    return {
        "tiles": tiles(numbers),
        "mode": Mode(policy.mode).label,
        "policy": policy,
        "next_sweep": next_sweep(now),
        "worker_seen": worker_seen,
        "worker_alive": alive(worker_seen, now=now),
        "deadlines": next_deadlines(bookings, now=now),
        "attention": attention(bookings, now=now, policy=policy),
        "running": [run for run in runs if run.state != Run.State.DONE],
        "runs": [run for run in runs if run.state == Run.State.DONE][:5],
        "fairness": charts(standing, teams=team_names(teams)),
        "spread": standing.spread,
        "turns": turns.name,
        "window": policy.weighting.fairness_window_days,
        "alerts": found,
        "now": now.replace(second=0, microsecond=0),
    }


def limited(rows: QuerySet[Any], path: str, teams: Teams) -> QuerySet[Any]:
    """Keep the rows of the teams."""
    return rows if teams is None else rows.filter(**{f"{path}__in": teams})


def team_names(teams: Teams) -> frozenset[str] | None:
    """Return the names of the teams; None = all of them."""
    return (
        None
        if teams is None
        else frozenset(Team.objects.filter(pk__in=teams).values_list("name", flat=True))
    )


def count_slices(
    bookings: QuerySet[Booking], *, now: dt.datetime, mode: str, teams: Teams
) -> dict[str, int]:
    """Return how many rows each tile's list shows: two queries, each count over an index."""
    pooled = bookings.filter(pool_status__isnull=False)
    counts: dict[str, int] = pooled.aggregate(
        **{name: Count("pk", filter=slice_filter(name, now=now, mode=mode)) for name in IN_POOL}
    )
    made = Assignment.objects.order_by().filter(created_at__gte=today(), operation__isnull=False)
    others: dict[str, QuerySet[Any]] = {
        name: bookings.filter(slice_filter(name, now=now, mode=mode))
        for name in ("ungated", "escalated")
    }
    others["assigned"] = limited(made, "interpreter__team", teams)
    others |= {
        name: limited(Session.objects.order_by().filter(STAGES[name]), "team", teams)
        for name in ("queued", "held")
    }
    first, *more = (
        rows.values_list(Value(name, output_field=CharField())).annotate(Count("pk"))
        for name, rows in others.items()
    )
    return counts | dict.fromkeys(others, 0) | dict(first.union(*more, all=True))


def tiles(numbers: dict[str, int]) -> list[dict[str, Any]]:
    """Return the numbers with the address of the list that holds exactly their rows."""
    return [
        {
            "name": name,
            "label": label,
            "count": numbers[name],
            "address": f"{reverse(f'admin:{page}_changelist')}?{query}",
            "help": meaning,
            "tone": alarm if numbers[name] else "",
        }
        for name, label, page, query, meaning, alarm in TILES
    ]


def next_deadlines(bookings: QuerySet[Booking], *, now: dt.datetime) -> list[dict[str, Any]]:
    """Return the entries that must be decided next, with urgency level."""
    rows = bookings.filter(
        pool_status__isnull=False, pool_status__in=(PoolStatus.WAITING, PoolStatus.READY)
    ).order_by("pool_deadline_time", "pool_entry_time", "ref")[:LISTED]
    return [
        {"booking": row, "level": urgency_level(row.pool_deadline_time, now=now)}
        for row in rows
        if row.pool_deadline_time
    ]


def attention(
    bookings: QuerySet[Booking], *, now: dt.datetime, policy: PolicyValues
) -> list[dict[str, Any]]:
    """Return what needs a person, soonest meeting first, with the reason in words."""
    rows = bookings.filter(slice_filter("person", now=now, mode=policy.mode))
    return [
        {
            "booking": row,
            "kind": "failed" if row.pool_status else "escalated",
            "why": row.pool_last_error if row.pool_status else Reason(row.escalation_code).label,
            "text": "" if row.pool_status else row.escalation_text,
            "cure": cure_of(row),
        }
        for row in rows.select_related("cure__interpreter").order_by("starts_at", "ref")[:LISTED]
    ]


def alive(seen: dt.datetime | None, *, now: dt.datetime) -> bool:
    """Whether a worker gave a sign of life lately."""
    return seen is not None and now - seen <= SILENT_AFTER


def alerts(
    numbers: dict[str, int],
    *,
    worker_seen: dt.datetime | None,
    standing: Fairness,
    now: dt.datetime,
) -> list[Alert]:
    """Return what is wrong now, worst first."""
    found = []
    if not alive(worker_seen, now=now):
        found.append(
            Alert(
                level="bad",
                text="No worker is running: nothing is decided by itself. Start it with “make "
                "run”, or start your own supervisor.",
            )
        )
    entries = reverse("admin:pooling_poolentry_changelist")
    if numbers["failed"]:
        text = f"{numbers['failed']} entries failed and wait for a person."
        found.append(Alert(level="bad", text=text, address=f"{entries}?pool=failed"))
    if numbers["overdue"]:
        text = f"{numbers['overdue']} entries are overdue."
        found.append(Alert(level="warn", text=text, address=f"{entries}?pool=overdue"))
    if not standing.rows:
        address = reverse("admin:assignment_interpreter_changelist")
        text = "There are no active interpreters yet: add some, or import a file."
        found.append(Alert(level="warn", text=text, address=address))
    return found
