"""The engine against a second implementation of 2-rules, on 240 random services."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from assignment.engine.decide import decide_in_order
from assignment.engine.explain import explain, rederive
from assignment.engine.loading import load_facts, load_requests
from assignment.engine.pipeline import Choice
from assignment.engine.record import pack_choice, pack_roster
from assignment.models import Booking, Decision, Interpreter, Roster
from assignment.policies import current_policy
from assignment.policy_values import PolicyValues
from tests.assignment.engine.by_hand import Answer, ByHand
from tests.assignment.engine.instances import NOW, insert, make_instance, moved

pytestmark = pytest.mark.django_db

WEEKS = dt.timedelta(weeks=14)
FEW, MANY = (
    tuple(
        seed if seed % 4 == 0 else pytest.param(seed, marks=pytest.mark.sqlite_only)
        for seed in seeds
    )
    for seeds in (range(1_000, 1_030), range(240))
)
"""Only what is read can differ by the database, and every fourth service reads all there is."""


def decide(
    policy: PolicyValues, *, now: dt.datetime = NOW, order: int | None = None
) -> list[Choice]:
    """The engine's choices for all entries; ``order`` shuffles them before."""
    rows = list(Booking.objects.filter(pool_status="ready").select_related("team").order_by("ref"))
    if order is not None:
        random.Random(order).shuffle(rows)
    requests = load_requests(rows)
    window = policy.weighting.fairness_window_days
    facts = load_facts(requests, now=now, window_days=window, policy=policy)
    return list(decide_in_order(requests, facts=facts, policy=policy, now=now))


def answers(choices: list[Choice]) -> Answer:
    """Chosen refs and reason code by booking."""
    refs = dict(Interpreter.objects.values_list("pk", "ref"))
    return {
        row.request.ref: (tuple(refs[key] for key in row.chosen), row.reason_code)
        for row in choices
    }


def store(choice: Choice, policy: PolicyValues) -> Decision:
    """The stored decision of a choice."""
    packed = pack_roster(choice.shortlist)
    Roster.objects.get_or_create(digest=packed.digest, defaults={"record": packed.record})
    return Decision.objects.create(
        booking_id=choice.request.id,
        policy_id=current_policy().id,
        roster_id=packed.digest,
        outcome=choice.outcome,
        reason_code=choice.reason_code,
        reason_text=choice.reason_text,
        record=pack_choice(choice, ordinals=packed.ordinals, policy=policy, now=NOW),
        decided_at=NOW,
        decided_by="test",
    )


@pytest.mark.parametrize("seed", MANY)
def test_choices_equal_those_of_a_second_implementation(seed: int) -> None:
    made = make_instance(seed)
    insert(made)

    assert answers(decide(made.policy)) == ByHand(made.policy, now=NOW).decide_all()


@pytest.mark.parametrize("seed", FEW)
def test_order_of_input_and_ids_change_nothing(seed: int) -> None:
    made = make_instance(seed)
    insert(made, order=seed)

    expected = ByHand(made.policy, now=NOW).decide_all()
    assert answers(decide(made.policy)) == expected
    assert answers(decide(made.policy, order=seed)) == expected


@pytest.mark.parametrize("seed", FEW)
def test_moving_everything_by_whole_weeks_changes_nothing(seed: int) -> None:
    made = make_instance(seed, zones=False)
    with transaction.atomic():
        insert(made)
        expected = answers(decide(made.policy))
        transaction.set_rollback(True)
    insert(moved(made, WEEKS))

    assert answers(decide(made.policy, now=NOW + WEEKS)) == expected


@pytest.mark.parametrize("seed", FEW)
def test_display_time_zone_changes_nothing(seed: int) -> None:
    made = make_instance(seed)
    insert(made)
    expected = [(row.outcome, row.chosen, row.rejected, row.ranked) for row in decide(made.policy)]

    with override_settings(TIME_ZONE="Pacific/Auckland"), timezone.override("Pacific/Auckland"):
        found = [(row.outcome, row.chosen, row.rejected, row.ranked) for row in decide(made.policy)]

    assert found == expected


@pytest.mark.parametrize("seed", FEW)
def test_everybody_has_one_verdict_and_the_record_makes_the_choice_again(seed: int) -> None:
    made = make_instance(seed)
    insert(made)
    everybody = sorted(Interpreter.objects.values_list("ref", flat=True))

    for choice in decide(made.policy):
        decision = store(choice, made.policy)
        found = explain(decision)
        who = answers([choice])[choice.request.ref][0]
        assert sorted(row.interpreter for row in found.candidates) == everybody
        assert {row.verdict for row in found.candidates} <= {"chosen", "outranked", "rejected"}
        assert found.chosen == rederive(decision) == who
        assert {row.interpreter for row in found.candidates if row.verdict == "chosen"} == set(who)
        assert all((row.rule != "") == (row.verdict == "rejected") for row in found.candidates)
