"""Whom each strategy prefers, how equals are told apart, and that the record gives it back."""

from __future__ import annotations

import pytest

from assignment.engine.record import unpack
from assignment.engine.sessions.explain import rederived_session
from assignment.engine.sessions.pipeline import decide
from assignment.engine.sessions.record import pack_session_choice
from assignment.engine.sessions.strategies import FIGURES, PERIODS
from assignment.engine.sessions.values import Situation
from assignment.enums import Period, Strategy
from tests.assignment.engine.sessions.values import Turns, call, chat, member, situation

PEOPLE = (
    member("A", busy=(chat("x"),), assigned=1, deficit=0.5),
    member("B", assigned=4, deficit=-2.0),
    member("C", assigned=2, deficit=2.0),
)


def picked(found: Situation, turns: Turns) -> str:
    """The ref of the chosen one, which its record must give back."""
    choice = decide(call(), situation=found, turns=turns)
    assert choice.selection is not None
    ref = choice.selection.chosen.person.ref
    assert rederived_session(unpack(pack_session_choice(choice, situation=found))) == ref
    return ref


@pytest.mark.parametrize(
    ("strategy", "chosen"),
    [("least_assigned", "A"), ("hybrid", "C"), ("fair", "C")],
)
def test_the_best_figure_wins_without_a_turn(strategy: str, chosen: str) -> None:
    turns = Turns()

    assert picked(situation(*PEOPLE, strategy=strategy), turns) == chosen
    assert turns.asked == []


def test_equals_take_turns() -> None:
    turns = Turns(1)

    assert picked(situation(*PEOPLE, strategy="least_active"), turns) == "C"  # B and C have none
    assert turns.asked == [("team:1", 2)]


@pytest.mark.parametrize(("index", "chosen"), [(0, "A"), (1, "B"), (2, "C")])
def test_round_robin_takes_a_turn_among_all_by_ref(index: int, chosen: str) -> None:
    assert picked(situation(*PEOPLE), Turns(index)) == chosen


def test_round_robin_counts_even_when_only_one_can() -> None:
    turns = Turns(0)

    assert picked(situation(member("A"), member("B", status="away")), turns) == "A"
    assert turns.asked == [("team:1", 1)]


def test_every_strategy_and_period_is_known() -> None:
    assert set(FIGURES) == set(Strategy)
    assert set(PERIODS) == set(Period)
