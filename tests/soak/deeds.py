"""What the processes of a soak do; each deed returns what it was told that it has done."""

from __future__ import annotations

import csv
import datetime as dt
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from assignment.audit import COMMAND
from assignment.engine import binding
from assignment.models import Booking, Interpreter, Leave
from assignment.policies import current_policy
from pooling import entries
from pooling.changes import bookings_changed, cancel_bookings
from pooling.emergency import key_of_preview, preview_emergency, process_emergency
from pooling.imports import import_bookings
from pooling.models import Plan, PlanRow, Run
from pooling.plans import apply_plan
from pooling.policy_switch import apply_policy
from pooling.processing import preview_entries, process_entries
from pooling.sweep import sweep
from pooling.tick import tick
from pooling.undo import undo_run

COLUMNS = ("ref", "title", "meeting_type", "starts_at", "ends_at", "languages")
HOUR = dt.timedelta(hours=1)
MODES = ("BALANCE", "NORMAL", "URGENT")
Facts = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Doer:
    """One process: its name, its dice, its folder, and the seconds since all began."""

    name: str
    dice: random.Random
    folder: Path
    began: float

    def slot(self, seconds: int) -> int:
        """A number that all processes share for so many seconds."""
        return int((timezone.now().timestamp() - self.began) // seconds)

    def some_bookings(self, count: int, **fields: Any) -> list[Booking]:
        """Some bookings of those that start after now."""
        rows = Booking.objects.filter(starts_at__gt=timezone.now(), **fields)
        ids = list(rows.values_list("pk", flat=True)[:2_000])
        chosen = self.dice.sample(ids, min(count, len(ids)))
        return list(Booking.objects.filter(pk__in=chosen).order_by("pk"))


def importing(doer: Doer) -> Facts:
    """Import new bookings."""
    first = doer.dice.randrange(10**9)
    refs = [f"S-{doer.name}-{first + number}" for number in range(doer.dice.randint(1, 12))]
    path = _write_csv(doer, [(ref, _some_start(doer)) for ref in refs])
    report = import_bookings(path, now=timezone.now(), actor=COMMAND).report
    return {"refs": refs if report.created == len(refs) else []}


def rescheduling(doer: Doer) -> Facts:
    """Import bookings of before at another time."""
    rows = doer.some_bookings(3, ref__startswith="S-", state__in=("waiting", "approved"))
    path = _write_csv(doer, [(row.ref, _some_start(doer)) for row in rows])
    import_bookings(path, now=timezone.now(), actor=COMMAND)
    return {}


def ticking(doer: Doer) -> Facts:
    """One tick."""
    report = tick(now=timezone.now(), actor=COMMAND)
    return {"runs": [report.run] if report.run else []}


def sweeping(doer: Doer) -> Facts:
    """A sweep of a slot that others sweep too."""
    slot = f"soak-{doer.slot(7)}"
    report = sweep(now=timezone.now(), slot=slot, actor=COMMAND)
    return {"runs": [report.run], "key": f"sweep:{slot}"}


def processing(doer: Doer) -> Facts:
    """Process some entries, under a key that others use too."""
    key = f"soak-entries-{doer.slot(3)}-{doer.dice.randrange(3)}"
    ids = [row.pk for row in doer.some_bookings(8, pool_status__isnull=False)]
    run = process_entries(ids, now=timezone.now(), actor=COMMAND, key=key, reason="Soak.")
    return {"runs": [run.pk], "key": key}


def planning(doer: Doer) -> Facts:
    """Look at a plan for some entries, and apply it without one of them."""
    ids = [row.pk for row in doer.some_bookings(8, pool_status__isnull=False)]
    plan = preview_entries(ids, now=timezone.now())
    time.sleep(doer.dice.uniform(0, 0.5))
    done = apply_plan(plan, leave_out=ids[:1], now=timezone.now(), actor=COMMAND, reason="Soak.")
    return {"runs": [done.run.pk], "key": f"apply_plan:{plan.pk}"}


def cancelling(doer: Doer) -> Facts:
    """Cancel one booking."""
    rows = doer.some_bookings(1, state__in=("waiting", "approved"))
    count = cancel_bookings([r.pk for r in rows], now=timezone.now(), actor=COMMAND, reason="Off.")
    return {"cancelled": [row.ref for row in rows] if count == len(rows) else []}


def leaving(doer: Doer) -> Facts:
    """Enter a leave, and check the work that lies in it again, as the page does."""
    people = list(Interpreter.objects.order_by("pk").values_list("pk", flat=True))
    person, start = doer.dice.choice(people), _some_start(doer)
    reason = f"soak {doer.name} {doer.dice.randrange(10**9)}"
    with transaction.atomic():
        binding.lock_people([person])
        Leave.objects.create(
            interpreter_id=person, starts_at=start, ends_at=start + 3 * HOUR, reason=reason
        )
        work = Booking.objects.filter(
            assignments__interpreter=person,
            state="approved",
            starts_at__lt=start + 3 * HOUR,
            ends_at__gt=start,
        )
        ids = list(work.distinct().values_list("pk", flat=True))
        bookings_changed(ids, now=timezone.now(), actor=COMMAND, reason="Leave.")
    return {"leave": reason}


def overriding(doer: Doer) -> Facts:
    """The emergency override: its own plan under a key that others use too, or a preview."""
    key, plan = f"emergency:soak-{doer.slot(20)}", None
    if doer.dice.random() < 0.5:
        plan = Plan.objects.get(pk=preview_emergency(now=timezone.now()).plan or 0)
        key = key_of_preview(plan)
    done = process_emergency(now=timezone.now(), actor=COMMAND, reason="Soak.", key=key, plan=plan)
    return {"runs": [done.report.run], "key": key}


def undoing(doer: Doer) -> Facts:
    """Undo one of the latest runs."""
    done = Run.objects.filter(state=Run.State.DONE, kind__in=(Plan.Kind.SWEEP, Plan.Kind.ENTRIES))
    latest = list(done.select_related("operation").order_by("-pk")[:20])
    if not latest:
        return {}
    run = doer.dice.choice(latest)
    only: list[int] = []
    if doer.dice.random() < 0.5:
        rows = PlanRow.objects.filter(plan__run=run, result="assigned").exclude(chosen=[])
        only = list(rows.values_list("booking_id", flat=True)[:1])
    undone = undo_run(run, now=timezone.now(), actor=COMMAND, reason="Soak.", only=only)
    if undone.run is None:
        return {}
    return {"runs": [undone.run.pk], "key": undone.run.operation.key}


def switching(doer: Doer) -> Facts:
    """Another mode."""
    values = replace(current_policy(), mode=doer.dice.choice(MODES))
    report = apply_policy(
        values, reason="Soak.", now=timezone.now(), actor=COMMAND, acknowledged=None
    )
    return {"version": report.version}


def retrying_failed(doer: Doer) -> Facts:
    """Send what failed or needs a person through the gate again."""
    rows = doer.some_bookings(20, state="waiting", pool_status__isnull=True)
    ids = [row.pk for row in rows]
    entries.retry(ids, now=timezone.now(), actor=COMMAND, reason="Soak.")
    return {}


DEEDS: dict[Callable[[Doer], Facts], int] = {
    importing: 5,
    rescheduling: 3,
    ticking: 6,
    sweeping: 4,
    processing: 8,
    planning: 3,
    cancelling: 2,
    leaving: 2,
    overriding: 1,
    undoing: 2,
    switching: 1,
    retrying_failed: 2,
}
"""Each deed with how often it is chosen."""


def _some_start(doer: Doer) -> dt.datetime:
    """A quarter of an hour in the next three weeks."""
    today = timezone.now().replace(minute=0, second=0, microsecond=0)
    return today + 2 * HOUR + doer.dice.randrange(21 * 24 * 4) * HOUR / 4


def _write_csv(doer: Doer, rows: list[tuple[str, dt.datetime]]) -> Path:
    path = doer.folder / f"{doer.name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for ref, start in rows:
            ends = (start + HOUR).isoformat()
            out.writerow((ref, f"Meeting {ref}", "General", start.isoformat(), ends, "ja;th"))
    return path
