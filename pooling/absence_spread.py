"""How even the hours would be if the plan of an absence were carried out, to the last digit.

The ledger is read once more, as it would be with the leave and without the bookings that move,
and these are added as they would be bound: so the figure is the one that the run reports.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from assignment.engine.accounts import load_ledger
from assignment.engine.facts import Facts
from assignment.engine.members import Supposed
from assignment.engine.pipeline import Choice
from assignment.engine.presence import Interval
from assignment.enums import AssignmentState, Outcome
from assignment.ledger import spread_of_hours
from assignment.models import Assignment, Interpreter
from assignment.policy_values import PolicyValues
from assignment.snapshot import read_snapshot


def spread_with(
    choices: Iterable[Choice],
    *,
    person: Interpreter,
    leave: Interval,
    facts: Facts,
    policy: PolicyValues,
) -> float:
    """Return the spread once these choices, of bookings that the person has, are carried out.

    What finds nobody is handed back, so that whoever was to do it with them is free as well.
    Three to eight queries.
    """
    moving = [row for row in choices if row.outcome in (Outcome.ASSIGN, Outcome.STOP)]
    with read_snapshot():
        work = Assignment.objects.filter(
            booking_id__in=[row.request.id for row in moving], state=AssignmentState.ACTIVE
        )
        rows = list(work.order_by().values_list("pk", "booking_id", "interpreter_id"))
        ledger = load_ledger(
            window_start=facts.window_start,
            policy=policy,
            people=lambda: facts.people,
            supposed=Supposed(
                person_id=person.pk, leave=leave, gone=tuple(pk for pk, _, _ in rows)
            ),
        )
    others: dict[int, list[int]] = defaultdict(list)
    for _, booking_id, person_id in rows:
        if booking_id is not None and person_id != person.pk:
            others[booking_id].append(person_id)
    then = replace(
        facts, accounts=ledger.accounts, presence=ledger.presence, work={}, dr_history=[]
    )
    _bind(moving, facts=then, others=others)
    return spread_of_hours(then)


def _bind(choices: Sequence[Choice], *, facts: Facts, others: Mapping[int, Sequence[int]]) -> None:
    """Count what finds somebody, with those who have the other places of it."""
    for choice in choices:
        if choice.outcome != Outcome.ASSIGN:
            continue
        beside = others.get(choice.request.id, ())
        facts.add(
            choice.request,
            person_ids=(*choice.chosen, *beside),
            eligible={*choice.eligible, *beside},
        )
