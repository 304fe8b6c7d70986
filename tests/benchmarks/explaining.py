"""What the explanations of a joint decision cost against the decision itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from time import perf_counter

from assignment.engine.joint import solve
from assignment.engine.jointly import JointDecision, decide_jointly
from assignment.engine.loading import load_facts, load_requests
from assignment.engine.record import PackedRoster, pack_choice, pack_roster
from assignment.engine.request import Needs, Request, canonical_order
from assignment.engine.together import put_together
from assignment.enums import Mode
from assignment.models import Booking
from assignment.policies import current_policy
from assignment.policy_values import PolicyValues
from tests.benchmarks.filling import NOW, add_people, write_due
from tests.benchmarks.options import Options
from tests.benchmarks.table import Row

TASKS, PEOPLE = 2_000, 200
RUNS = 3


def measure(options: Options) -> Iterator[Row]:
    """Yield the time of all verdicts, packed, against the time of putting together and solving."""
    tasks = options.size(TASKS, least=100)
    add_people(PEOPLE)
    write_due(tasks)
    policy = replace(current_policy(), mode=Mode.BALANCE)
    requests = load_requests(Booking.objects.select_related("team"))
    times = [_times(requests, policy=policy) for _ in range(RUNS)]
    deciding = median(first for first, _ in times)
    telling = median(second for _, second in times)
    yield Row(
        what=f"verdicts on all {PEOPLE} people of {tasks:,} tasks, deciding them jointly",
        ours=1000 * telling,
        reference=1000 * deciding,
        ratio=telling / deciding,
        target="< 1x",
        holds=telling < deciding,
        runs=RUNS,
    )


def _times(requests: tuple[Request, ...], *, policy: PolicyValues) -> tuple[float, float]:
    """Return seconds of deciding, and of telling: what the whole takes longer, and packing."""
    window = policy.weighting.fairness_window_days
    facts = load_facts(requests, now=NOW, window_days=window)
    due = sorted(requests, key=canonical_order)
    began = perf_counter()
    whole = put_together(due, facts=facts.copy(), policy=policy, now=NOW)
    seed = f"{policy.version}|{'|'.join(row.request.ref for row in whole.asked)}"
    alone = solve(whole.problem, seed=seed)
    deciding = perf_counter() - began
    began = perf_counter()
    decided = decide_jointly(requests, facts=facts, policy=policy, now=NOW)
    _pack(decided, policy=policy)
    together = perf_counter() - began
    if decided.solution.owner != alone.owner:
        raise ValueError("the two decisions differ")
    return deciding, together - deciding


def _pack(decided: JointDecision, *, policy: PolicyValues) -> None:
    """Pack every verdict; equal needs share one roster, as in a plan."""
    rosters: dict[Needs, PackedRoster] = {}
    for choice in decided.choices:
        needs = choice.request.needs
        if needs not in rosters:
            rosters[needs] = pack_roster(choice.shortlist)
        pack_choice(choice, ordinals=rosters[needs].ordinals, policy=policy, now=NOW)
