"""Whatever happens in whatever order: the service stays as the model says, and sound.

``MODEL_EXAMPLES`` asks for more than the suite has time for.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.model.deeds import breaking, claiming, deciding, entering, ruling
from tests.model.walk import Deed
from tests.model.watch import Watch
from tests.model.world import World

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES") or 8)
STEPS = 40
PHASES = (Phase.explicit, Phase.generate)
"""No search for a shorter history: that takes many minutes, and each step names its seed."""
SEEDS = st.integers(0, 999_999)


def one_of(*deeds: Deed) -> st.SearchStrategy[Deed]:
    """A strategy that chooses one of these deeds."""
    return st.sampled_from(deeds)


class Pool(RuleBasedStateMachine):
    """Everybody who works with the pool at once, one deed a step."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.world, self.watch = World(folder=self.folder), Watch()

    @initialize(seed=SEEDS)
    def open(self, seed: int) -> None:
        """A few bookings are there."""
        dice = Random(seed)
        for _ in range(3):
            entering.enter(self.world, dice)

    @rule(
        deed=one_of(entering.enter, entering.enter, entering.enter_wrongly, entering.enter_again),
        seed=SEEDS,
    )
    def let_in(self, deed: Deed, seed: int) -> None:
        """Bookings come in."""
        deed(self.world, Random(seed))

    @rule(
        deed=one_of(
            entering.move,
            entering.gate,
            entering.cancel,
            entering.retry,
            entering.escalate,
            entering.take_from_worker,
            claiming.rescue,
        ),
        seed=SEEDS,
    )
    def handle(self, deed: Deed, seed: int) -> None:
        """Staff change bookings."""
        deed(self.world, Random(seed))

    @rule(deed=one_of(claiming.claim, claiming.claim, claiming.oversleep), seed=SEEDS)
    def claim(self, deed: Deed, seed: int) -> None:
        """A worker takes entries, and perhaps sleeps."""
        deed(self.world, Random(seed))

    @precondition(lambda self: self.world.workers)
    @rule(
        deed=one_of(
            claiming.finish,
            claiming.fail,
            claiming.give_back,
            claiming.renew,
            claiming.die,
            claiming.let_time_pass,
        ),
        seed=SEEDS,
    )
    def work(self, deed: Deed, seed: int) -> None:
        """A worker goes on, or does not."""
        deed(self.world, Random(seed))

    @rule(
        deed=one_of(
            deciding.do_tick,
            deciding.sweep_a_slot,
            deciding.sweep_again,
            deciding.process,
            deciding.override,
            deciding.override_again,
            deciding.undo,
        ),
        seed=SEEDS,
    )
    def decide(self, deed: Deed, seed: int) -> None:
        """A run."""
        deed(self.world, Random(seed))

    @rule(
        deed=one_of(
            ruling.go_on,
            ruling.switch,
            ruling.switch_wrongly,
            ruling.go_on_leave,
            ruling.come_back,
            ruling.change_activity,
        ),
        seed=SEEDS,
    )
    def change(self, deed: Deed, seed: int) -> None:
        """The clock, the policy or the people change."""
        deed(self.world, Random(seed))

    @rule(
        deed=one_of(
            breaking.kill_a_run,
            breaking.kill_a_change,
            breaking.refuse_the_trail,
            breaking.spoil_and_repair,
        ),
        seed=SEEDS,
    )
    def hurt(self, deed: Deed, seed: int) -> None:
        """Something breaks."""
        deed(self.world, Random(seed))

    @invariant()
    def all_is_well(self) -> None:
        """The book, the trail, the numbers, the audits and the invariants agree."""
        self.watch.look(self.world)


# who dies in the middle of reading leaves a cursor to the collector
@pytest.mark.filterwarnings("ignore:.*ServerSideCursor:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:.*ServerSideCursor:ResourceWarning")
@pytest.mark.django_db(transaction=True)
def test_whatever_happens_the_pool_is_as_the_model_says(tmp_path: Path) -> None:
    machine: type[RuleBasedStateMachine] = type("Pool", (Pool,), {"folder": tmp_path})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=True,
            deadline=None,
            database=None,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )
