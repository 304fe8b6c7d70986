"""Why X and why not Y, in words, from what was stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assignment.engine.explain import SENTENCES, explain, rederive, sentence
from assignment.engine.reasons import PLAIN
from assignment.engine.record import pack_choice, pack_roster
from assignment.engine.rules import (
    DR_RULE,
    FILLED_RULE,
    GAP_RULE,
    MOMENTARY,
    PLANNED_RULE,
    STANDING,
    STARTED_RULE,
)
from assignment.models import Decision, Interpreter, Roster
from assignment.policies import current_policy
from assignment.policy_values import PolicyValues
from tests.assignment.engine.values import (
    BALANCE,
    NORMAL,
    NOW,
    after,
    decide,
    dr,
    facts,
    person,
    request,
    work,
)
from tests.factories.bookings import BookingFactory
from tests.factories.people import InterpreterFactory

pytestmark = pytest.mark.django_db

FAR = after(days=20)


def stored(asked: Any, known: Any, policy: PolicyValues = NORMAL) -> Decision:
    """The stored decision for the booking B1, read back from the database."""
    choice = decide(asked, known, policy)
    packed = pack_roster(choice.shortlist)
    Roster.objects.create(digest=packed.digest, record=packed.record)
    decision = Decision.objects.create(
        booking=BookingFactory(ref="B1"),
        policy_id=current_policy().id,
        roster_id=packed.digest,
        outcome=choice.outcome,
        reason_code=choice.reason_code,
        reason_text=choice.reason_text,
        record=pack_choice(choice, ordinals=packed.ordinals, policy=policy, now=NOW),
        decided_at=NOW,
        decided_by="Ms Sato",
    )
    return Decision.objects.get(pk=decision.pk)


def test_every_rule_has_a_sentence_and_a_short_form() -> None:
    special = {DR_RULE, GAP_RULE, FILLED_RULE, PLANNED_RULE, STARTED_RULE}
    rules = {*STANDING, *MOMENTARY, *special}

    assert set(SENTENCES) == set(PLAIN) == rules


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        ("active", [], "Is not active, or the team is not."),
        ("languages", ["ja, th"], "Does not have: ja, th."),
        (
            "working_hours",
            ["Tue 13:00", "Tue 14:00", "Asia/Bangkok"],
            "Does not work from Tue 13:00 to Tue 14:00 (Asia/Bangkok).",
        ),
        ("overlap", ["B7", "06:00", "07:00"], "Is busy with B7 from 06:00 to 07:00 UTC."),
        ("daily_minutes", [240, 239], "Would work 240 minutes that day; the cap is 239."),
        (
            "fairness_gap",
            [9.0, 0.0, 5],
            "Has 9.0 h; the least loaded has 0.0 h and the gap may be 5 h.",
        ),
        ("dr_consecutive", ["B90"], "Served the DR before (B90); this mode forbids two in a row."),
        ("of_old", [1], "Rejected by the rule of_old."),
    ],
)
def test_sentence_of_a_rejection(rule: str, values: list[Any], expected: str) -> None:
    assert sentence(rule, values) == expected


def test_explain_answers_for_chosen_outranked_and_rejected() -> None:
    ahead = "Place 1, 0.980 points ahead of the best of the others."
    InterpreterFactory(ref="P1", name="Aiko")
    known = facts(
        person("P1"),
        person("P2"),
        person("P3"),
        person("P4", active=False),
        hours={"P2": 2},
        busy={"P3": [work("B7", start=FAR)]},
    )

    found = explain(stored(request(start=FAR, preferred=frozenset({1})), known))

    assert [
        (row.interpreter, row.name, row.verdict, row.place, row.rule, row.reason, row.score)
        for row in found.candidates
    ] == [
        ("P1", "Aiko", "chosen", 1, "", ahead, 2.0),
        ("P2", "P2", "outranked", 2, "", "Place 2, 0.980 points behind the last chosen.", 1.02),
        ("P3", "P3", "rejected", None, "overlap", BUSY, None),
        ("P4", "P4", "rejected", None, "active", "Is not active, or the team is not.", None),
    ]
    assert found.candidates[1].parts == {
        "fairness": 0.72,
        "urgency": 0.0,
        "lrs": 0.3,
        "dr_penalty": 0.0,
        "preference": 0.0,
        "continuity": 0.0,
        "soft": 0.0,
    }
    assert (found.booking, found.outcome, found.chosen) == ("B1", "assign", ("P1",))
    assert (found.mode, found.by, found.decided_at) == ("NORMAL", "Ms Sato", NOW)
    assert found.tie_break == {"by": "score", "value": 2.0}
    assert (found.policy_version, found.fair_share, found.notes) == (1, "equal outcome", ())


BUSY = "Is busy with B7 from 06:00 to 07:00 UTC."


def test_explain_says_when_the_tie_break_decided() -> None:
    decision = stored(request(start=FAR), facts(person("P1"), person("P2")))

    found = explain(decision)

    # printf 'B1|P1' | sha256sum begins with d0, that of P2 with ae.
    assert [(row.interpreter, row.reason) for row in found.candidates] == [
        ("P2", "Place 1, equal in points; the tie-break decided."),
        ("P1", "Place 2, equal in points; the tie-break decided."),
    ]
    assert found.tie_break == {"by": "hash", "value": "ae50a415b20ca480"}
    assert rederive(decision) == ("P2",)


def test_rederive_uses_pins_deficit_and_idle_time_in_that_order() -> None:
    # Equal scores of 1.5: P1 has the largest deficit (weight 2), P3 is the longest idle.
    people = (person("P1", weight=2.0), person("P2"), person("P3"), person("P4"))
    last = {"P1": after(days=-40), "P2": after(days=-40), "P3": after(days=-50)}
    known = facts(*people, hours={"P4": 5}, last=last)
    asked = request(start=FAR, positions=(1, 2, 3, 4), pinned=(4,))

    assert rederive(stored(asked, known)) == ("P4", "P1", "P3", "P2")


def test_explain_notes_an_overridden_dr_rule() -> None:
    yesterday = dr("B90", "P1", start=after(days=-1))
    known = facts(person("P1"), drs=[yesterday])

    found = explain(stored(request(meeting_type="DR"), known, BALANCE))

    assert found.notes == (
        "OVERRIDDEN: the DR rule after B90 yielded, because too few others remain; "
        "the full penalty of -0.8 counts.",
    )
    assert found.candidates[0].parts["dr_penalty"] == -0.8


@pytest.mark.parametrize(
    ("hours", "note"),
    [
        (8, "The fairness gap was doubled to 10 h: too few passed otherwise."),
        (11, "The fairness gap was dropped: too few passed otherwise."),
    ],
)
def test_explain_notes_the_level_of_the_gap(hours: float, note: str) -> None:
    known = facts(person("P1"), person("P2"), hours={"P2": hours})

    assert explain(stored(request(positions=(1, 2)), known)).notes == (note,)


def test_explain_of_an_escalation_tells_who_could() -> None:
    known = facts(person("P1"), person("P2", active=False))

    found = explain(stored(request(positions=(1, 2)), known))

    assert (found.outcome, found.reason_code, found.chosen) == ("stop", "too_few", ())
    assert [(row.verdict, row.reason) for row in found.candidates] == [
        ("outranked", "Could do it, place 1, but not every position can be filled."),
        ("rejected", "Is not active, or the team is not."),
    ]


def test_explain_of_a_started_meeting_answers_for_everybody() -> None:
    known = facts(person("P1"), person("P2", active=False))

    found = explain(stored(request(start=NOW), known))

    assert [(row.interpreter, row.rule, row.reason) for row in found.candidates] == [
        ("P1", "started", "The meeting had already started."),
        ("P2", "active", "Is not active, or the team is not."),
    ]


def test_explain_does_not_change_when_the_people_do() -> None:
    InterpreterFactory(ref="P1", name="Aiko")
    decision = stored(request(), facts(person("P1")))
    before = explain(decision)

    InterpreterFactory(ref="P2")
    Interpreter.objects.filter(ref="P1").update(active=False, weight=5)

    assert explain(decision) == before
    assert before.chosen == ("P1",)


def test_explain_names_the_share_of_opportunity_and_counts_above_it() -> None:
    known = facts(person("P1"), person("P2"), hours={"P1": 1, "P2": 9}, fair_share="opportunity")
    known.account(1).entitled = 6 * 3_600
    known.account(2).entitled = 4 * 3_600

    found = explain(stored(request(), known, replace(NORMAL, fair_share="opportunity")))

    assert (found.fair_share, found.chosen) == ("equal share of opportunity", ("P1",))
    assert found.candidates[0].values["hours"] == -5.0
    assert found.candidates[1].reason == (
        "Is 5.0 h above the fair share; the least loaded is -5.0 h above it and the gap may be 5 h."
    )
