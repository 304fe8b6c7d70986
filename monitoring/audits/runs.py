"""Whether the counts of finished runs are those of their rows."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from django.db.models import Count

from assignment.enums import Result
from monitoring.audits.finding import Examined, Wrong
from pooling.models import PlanRow, Run


def runs_count_what_they_did(_: dt.datetime) -> Examined:
    """A finished run has a result for every row, and counts that are true."""
    results: dict[int, dict[str, int]] = defaultdict(dict)
    rows = PlanRow.objects.filter(plan__run__state=Run.State.DONE).order_by()
    for run_id, result, count in rows.values_list("plan__run", "result").annotate(Count("pk")):
        results[run_id][result] = count
    checked = 0
    wrong = []
    done = Run.objects.filter(state=Run.State.DONE).order_by("pk")
    for key, *counts in done.values_list("pk", *Result.values).iterator():
        checked += 1
        told = {name: count for name, count in zip(Result.values, counts, strict=True) if count}
        if told != results[key]:
            message = "Its counts are not those of its rows: count anew."
            by_hand = "" in results[key]
            wrong.append(Wrong(key=key, thing=f"run {key}", message=message, by_hand=by_hand))
    return Examined(checked=checked, wrong=tuple(wrong))
