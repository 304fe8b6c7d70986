"""Reading what the dashboard shows; nothing here knows of requests or pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any

from django.db.models import CharField, Count, QuerySet, Value
from django.urls import reverse

from assignment.engine.drift import FAVOURED
from assignment.enums import BookingState, Mode, PoolStatus, Reason
from assignment.ledger import Fairness
from assignment.ledger_drift import DriftAlarm
from assignment.models import Assignment, Booking, Session
from assignment.policy_values import PolicyValues
from assignment.prepared import Prepared
from assignment.wording import counted
from monitoring.board_signs import fairness_and_drift, policy_and_signs
from monitoring.board_tiles import SESSIONS, SLICES, TILES
from monitoring.fairness_chart import charts
from monitoring.turn_keeping import turn_keeping
from pooling import holds
from pooling.admin.filters import made_since, today
from pooling.admin.session_filters import STAGES
from pooling.admin.waiting import cure_of
from pooling.deadlines import urgency_level
from pooling.models import Run
from pooling.pool import state_of
from pooling.slices import slice_filter
from pooling.timing import next_sweep

Teams = frozenset[int] | None

SILENT_AFTER = dt.timedelta(seconds=90)
LISTED = 8


@dataclass(frozen=True, kw_only=True)
class Alert:
    """Something that a person should know: how bad, what, and where to look."""

    level: str
    text: str
    address: str = ""
    link: str = "Show them"


def read_board(
    *, now: dt.datetime, teams: Teams, names: frozenset[str] | None = None
) -> dict[str, Any]:
    """Return tiles, deadlines, runs, needs-a-person, fairness, alerts.

    Six queries (two more for a new policy, one a minute for the drift); one or two more while
    people are away, up to three by equal share of opportunity, one while claims are on hold.

    ``teams``: ids that the numbers and lists are limited to, ``names`` what they are called;
    None = all.
    """
    policy, worker_seen, on_hold = policy_and_signs()
    bookings = limited(Booking.objects.order_by(), "team", teams)
    numbers = count_slices(now=now, mode=policy.mode, teams=teams)
    runs = list(Run.objects.select_related("operation").order_by("-pk")[:LISTED])
    standing, drift = fairness_and_drift(now=now, policy=policy)
    turns = turn_keeping()
    return {
        "tiles": tiles(numbers),
        "mode": Mode(policy.mode).label,
        "policy": policy,
        "next_sweep": next_sweep(now),
        "worker_seen": worker_seen,
        "worker_alive": alive(worker_seen, now=now),
        **next_and_attention(bookings, now=now, policy=policy),
        "running": [run for run in runs if run.state != Run.State.DONE],
        "runs": [run for run in runs if run.state == Run.State.DONE][:5],
        "fairness": charts(standing, teams=names),
        "fair_share": standing.definition,
        "spread": standing.spread,
        "turns": turns.name,
        "window": policy.weighting.fairness_window_days,
        "alerts": [
            *(hold_alerts() if on_hold else ()),
            *alerts(numbers, worker_seen=worker_seen, standing=standing, now=now),
            *([Alert(level=turns.level, text=turns.warning)] if turns.warning else []),
            *(drift_alert(row) for row in drift if names is None or row.team in names),
        ],
        "now": now.replace(second=0, microsecond=0),
    }


def limited(rows: QuerySet[Any], path: str, teams: Teams) -> QuerySet[Any]:
    """Keep the rows of the teams."""
    return rows if teams is None else rows.filter(**{f"{path}__in": teams})


def count_slices(*, now: dt.datetime, mode: str, teams: Teams) -> dict[str, int]:
    """Return how many rows each tile's list shows: one query, each count over an index."""
    found = _slices(mode, teams).rows(now, today())
    return dict.fromkeys((*SLICES, "assigned", *SESSIONS), 0) | dict(found)


@lru_cache(maxsize=100)
def _slices(mode: str, teams: Teams) -> Prepared:
    """Return the query of ``count_slices``, of this moment and of work that runs gave since."""

    def counts(now: dt.datetime, since: dt.datetime) -> QuerySet[Any, Any]:
        bookings = limited(Booking.objects.order_by(), "team", teams)
        counted: dict[str, QuerySet[Any]] = {
            name: bookings.filter(slice_filter(name, now=now, mode=mode)) for name in SLICES
        }
        made = Assignment.objects.order_by().filter(made_since(since))
        counted["assigned"] = limited(made, "interpreter__team", teams)
        for name in SESSIONS:
            rows = Session.objects.order_by().filter(STAGES[name])
            counted[name] = limited(rows, "team", teams)
        first, *more = (
            rows.values_list(Value(name, output_field=CharField())).annotate(count=Count("*"))
            for name, rows in counted.items()
        )
        found: QuerySet[Any, Any] = first.union(*more, all=True)
        return found

    return Prepared(counts)


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


def next_and_attention(
    bookings: QuerySet[Booking], *, now: dt.datetime, policy: PolicyValues
) -> dict[str, list[dict[str, Any]]]:
    """Return what must be decided next and what needs a person: one query for both lists."""
    handed_over, failed, absent = (
        slice_filter(name, now=now, mode=policy.mode)
        for name in ("escalated", "failed", "on_leave")
    )
    soon = bookings.filter(
        pool_status__isnull=False, pool_status__in=(PoolStatus.WAITING, PoolStatus.READY)
    ).order_by("pool_deadline_time", "pool_entry_time", "ref")
    first = bookings.filter(handed_over | failed).order_by("starts_at", "ref")
    left = bookings.filter(absent).order_by("starts_at", "ref")
    parts = [
        Booking.objects.filter(pk__in=rows.values("pk")[:LISTED])
        .select_related("cure__interpreter")
        .order_by()
        for rows in (soon, first, left)
    ]
    rows = list(parts[0].union(*parts[1:], all=True))
    return {
        "deadlines": next_deadlines(rows, now=now),
        "attention": attention(rows)[:LISTED],
    }


def next_deadlines(rows: Sequence[Booking], *, now: dt.datetime) -> list[dict[str, Any]]:
    """Return the waiting and ready entries, soonest deadline first, with urgency level."""
    found = [
        (row.pool_deadline_time, row.pool_entry_time, row.ref, row)
        for row in rows
        if row.pool_status in (PoolStatus.WAITING, PoolStatus.READY)
    ]
    return [
        {"booking": row, "level": urgency_level(until, now=now)}
        for until, _, _, row in sorted(found, key=itemgetter(0, 1, 2))
        if until
    ]


def attention(rows: Sequence[Booking]) -> list[dict[str, Any]]:
    """Return what needs a person, soonest meeting first, with the reason in words."""
    found = [row for row in rows if row.pool_status in (None, PoolStatus.FAILED)]
    return [
        {
            "booking": row,
            "kind": "on leave" if row.state == BookingState.APPROVED else state_of(row),
            "why": _why(row),
            "text": "" if row.pool_status else row.escalation_text,
            "cure": cure_of(row),
        }
        for row in sorted(found, key=attrgetter("starts_at", "ref"))
    ]


def _why(row: Booking) -> str:
    if row.state == BookingState.APPROVED:
        return "its interpreter is on leave then"
    return row.pool_last_error if row.pool_status else str(Reason(row.escalation_code).label)


def alive(seen: dt.datetime | None, *, now: dt.datetime) -> bool:
    """Whether a worker gave a sign of life lately."""
    return seen is not None and now - seen <= SILENT_AFTER


def hold_alerts() -> list[Alert]:
    """Return why nothing is claimed, and what to do."""
    page = reverse("admin:claim_hold")
    return [
        Alert(level="bad", text=holds.sentence(hold), address=page, link="Open")
        for hold in holds.standing()
    ]


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
        entries_failed = counted(numbers["failed"], "entry", "entries")
        wait = "waits" if numbers["failed"] == 1 else "wait"
        text = f"{entries_failed} failed and {wait} for a person."
        found.append(Alert(level="bad", text=text, address=f"{entries}?pool=failed"))
    if numbers["overdue"]:
        text = f"{counted(numbers['overdue'], 'entry is', 'entries are')} overdue."
        found.append(Alert(level="warn", text=text, address=f"{entries}?pool=overdue"))
    if numbers["on_leave"]:
        text = f"Bookings whose interpreter is on leave then: {numbers['on_leave']}."
        address = f"{reverse('admin:pooling_attention_changelist')}?pool=on_leave"
        found.append(Alert(level="warn", text=text, address=address))
    if numbers["no_desk"]:
        waiting = counted(numbers["no_desk"], "session waits", "sessions wait")
        text = f"{waiting} for a desk: nobody is asked before their team, or tenant, has one."
        address = f"{reverse('admin:assignment_session_changelist')}?stage=no_desk"
        found.append(Alert(level="warn", text=text, address=address))
    if not standing.rows:
        address = reverse("admin:assignment_interpreter_changelist")
        text = "There are no active interpreters yet: add some, or import a file."
        found.append(Alert(level="warn", text=text, address=address))
    return found


def drift_alert(alarm: DriftAlarm) -> Alert:
    """Return what a drift means, and where to look."""
    more = "more" if alarm.direction == FAVOURED else "less"
    return Alert(
        level="warn",
        text=f"Drift: {alarm.name} gets {more} work than a fair share, again and again "
        f"({counted(alarm.bookings, 'booking', 'bookings')}).",
        address=reverse("admin:fairness_person", args=(alarm.id,)),
    )
