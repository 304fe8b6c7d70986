"""What a sweep or tick reports: the JSON of 3-interfaces, and a readable table."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from assignment.enums import FairShare, Outcome, Reason, Result
from assignment.ledger import active_people
from assignment.models import Booking, Interpreter
from pooling.models import Plan, PlanRow, Run
from pooling.timing import next_sweep

PREVIEW_RESULT = {Outcome.ASSIGN: Result.ASSIGNED, Outcome.STOP: Result.ESCALATED}


@dataclass(frozen=True, kw_only=True)
class EntryReport:
    """One booking of a run: its result, who, why, and seconds spent on it."""

    booking: str
    result: str
    interpreters: tuple[str, ...]
    reason: str
    reason_code: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """A run, or (``run`` None) a preview or a tick that had nothing to do."""

    mode: str
    run: int | None = None
    plan: int | None = None
    entries: tuple[EntryReport, ...] = ()
    system_load: float = 0.0
    fair_share: str = ""
    spread_before: float | None = None
    spread_after: float | None = None
    bound: dict[str, Any] | None = None
    seconds: float = 0.0
    next_run: dt.datetime | None = None
    repeated: bool = False
    steps: dict[str, int] = field(default_factory=dict)

    def count(self, result: str) -> int:
        """Return how many entries had this result."""
        return sum(entry.result == result for entry in self.entries)

    def as_json(self) -> dict[str, Any]:
        """Return the keys of 3-interfaces; entries sorted by booking."""
        return {
            "run": self.run,
            "plan": self.plan,
            "mode": self.mode,
            "processed": len(self.entries),
            **{result: self.count(result) for result in Result.values},
            "system_load": self.system_load,
            "fairness": {
                "definition": self.fair_share,
                "before": self.spread_before,
                "after": self.spread_after,
            },
            "bound": self.bound,
            "seconds": self.seconds,
            "next_run": self.next_run,
            "repeated": self.repeated,
            "entries": [
                {
                    "booking": entry.booking,
                    "result": entry.result,
                    "interpreters": list(entry.interpreters),
                    "reason": entry.reason,
                    "seconds": entry.seconds,
                }
                for entry in self.entries
            ],
            **self.steps,
        }

    def as_text(self) -> str:
        """Return the table that a person reads."""
        codes = Counter(
            str(Reason(entry.reason_code).label)
            for entry in self.entries
            if entry.result == Result.ESCALATED and entry.reason_code
        )
        rows = [
            ("mode", self.mode),
            *((name, str(count)) for name, count in self.steps.items()),
            ("processed", str(len(self.entries))),
            *((name, str(self.count(name))) for name in Result.values),
            *((f"  because {reason}", str(count)) for reason, count in codes.most_common()),
            *([("fair share", self.fair_share)] if self.fair_share else []),
            ("fairness before", _hours(self.spread_before)),
            ("fairness after", _hours(self.spread_after)),
            *_bound_rows(self.bound),
            ("entries in the pool per interpreter", f"{self.system_load:.2f}"),
            ("seconds", f"{self.seconds:.2f}"),
        ]
        width = max(len(name) for name, _ in rows)
        title = f"Run {self.run}" if self.run else f"Preview, plan {self.plan}"
        if not self.run and not self.plan:
            title = "Nothing was due"
        if self.repeated:
            title += " (this slot was done before; this is its stored result)"
        lines = [title, "-" * len(title)]
        return "\n".join([*lines, *(f"{name:<{width}}  {value}" for name, value in rows)])


def report_of(run: Run, *, repeated: bool, now: dt.datetime) -> RunReport:
    """Return the stored result of a finished run."""
    plan = Plan.objects.select_related("policy").get(run=run)
    result = run.operation.result or {}
    return RunReport(
        run=run.pk,
        plan=plan.pk,
        mode=plan.policy.mode,
        entries=_entries(plan),
        system_load=result.get("system_load", 0.0),
        fair_share=str(FairShare(plan.policy.fair_share).label),
        spread_before=plan.spread_before,
        bound=plan.joint,
        spread_after=result.get("fairness", {}).get("after"),
        seconds=run.seconds,
        next_run=next_sweep(now),
        repeated=repeated,
    )


def system_load(*, people: int) -> float:
    """Return pool entries per active interpreter, as they are now."""
    pooled = Booking.objects.filter(pool_status__isnull=False).count()
    return round(pooled / people, 4) if people else 0.0


def preview_of(plan: Plan, *, now: dt.datetime, seconds: float) -> RunReport:
    """Return what a stored plan proposes, before anything was applied."""
    return RunReport(
        plan=plan.pk,
        mode=plan.policy.mode,
        entries=_entries(plan),
        system_load=system_load(people=active_people().count()),
        fair_share=str(FairShare(plan.policy.fair_share).label),
        spread_before=plan.spread_before,
        bound=plan.joint,
        spread_after=plan.spread_after,
        seconds=round(seconds, 3),
        next_run=next_sweep(now),
    )


def _entries(plan: Plan) -> tuple[EntryReport, ...]:
    """Return the rows of a plan by booking; a large one is read as columns, not as objects."""
    refs = dict(Interpreter.objects.order_by().values_list("pk", "ref"))
    columns = ("booking__ref", "result", "result_reason", "seconds", "outcome", "chosen")
    rows = plan.rows.order_by("booking__ref").values_list(*columns, "reason_code", "reason_text")
    return tuple(
        EntryReport(
            booking=ref,
            result=result or _predicted(outcome, reason_code=code),
            interpreters=tuple(sorted(refs[key] for key in _given(result, chosen))),
            reason=reason or text,
            reason_code=code,
            seconds=seconds,
        )
        for ref, result, reason, seconds, outcome, chosen, code, text in rows.iterator()
    )


def given(row: PlanRow) -> list[int]:
    """Return who was (or would be) given; nobody for a row that stayed as it was."""
    return _given(row.result, row.chosen)


def _given(result: str, chosen: list[int]) -> list[int]:
    return [] if result == Result.POOLED else chosen


def _predicted(outcome: str, *, reason_code: str) -> str:
    if reason_code == Reason.CORRUPT:
        return Result.FAILED
    return PREVIEW_RESULT.get(Outcome(outcome), Result.POOLED)


def _hours(spread: float | None) -> str:
    return "-" if spread is None else f"{spread:.2f} h standard deviation"


def evenness(joint: dict[str, Any] | None) -> str:
    """Return how far the squared deviations of a joint decision may be from the least ones."""
    if joint is None:
        return ""
    return "proven the best" if joint["proven"] else f"at most {joint['gap']:.2%} above the best"


def _bound_rows(bound: dict[str, Any] | None) -> list[tuple[str, str]]:
    if bound is None:
        return []
    return [
        ("decided together", str(bound["together"])),
        ("squared deviations", evenness(bound)),
    ]
