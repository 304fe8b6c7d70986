"""What entry by entry leaves uncovered is covered by exchanges inside the plan."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from assignment.engine.decide import decide_in_order
from assignment.engine.exchange import Placed, cover_the_rest, decide_singly
from assignment.engine.facts import Facts
from assignment.engine.jointly import decide_jointly
from assignment.engine.pipeline import Choice
from assignment.engine.request import Request
from assignment.policy_values import PolicyValues
from tests.assignment.engine.values import (
    BALANCE,
    NORMAL,
    NOW,
    URGENT,
    after,
    chosen,
    custom,
    facts,
    number,
    person,
    request,
    verdicts,
)


def speaking(asked: Request, *languages: str) -> Request:
    """The same booking in these languages."""
    return replace(asked, needs=replace(asked.needs, languages=languages))


def plan(
    *requests: Request, known: Facts, policy: PolicyValues = NORMAL
) -> tuple[dict[str, Choice], dict[str, Choice]]:
    """The choices entry by entry, and with exchanges, by booking."""
    before = known.copy()
    alone = list(decide_in_order(requests, facts=known, policy=policy, now=NOW))
    placed = [Placed.of(row) for row in alone]
    changed = cover_the_rest(placed, before=before, facts=known, policy=policy, now=NOW)
    by_ref = {row.request.ref: row for row in alone}
    return by_ref, by_ref | {row.request.ref: row for row in changed.values()}


def two_and_one() -> Facts:
    """P1 speaks both languages and has fewer hours; P2 speaks Japanese alone."""
    return facts(person("P1"), person("P2", languages=frozenset({"ja"})), hours={"P1": 0, "P2": 3})


def test_somebody_hands_over_so_that_one_more_is_covered() -> None:
    known = two_and_one()
    first = speaking(request("B1", deadline=after(days=-2)), "ja")
    second = speaking(request("B2", deadline=after(days=-1)), "th")

    alone, found = plan(first, second, known=known)

    assert [chosen(alone[ref]) for ref in ("B1", "B2")] == [["P1"], []]
    assert [chosen(found[ref]) for ref in ("B1", "B2")] == [["P2"], ["P1"]]
    assert found["B1"].exchanged_for == ("B2",)
    assert found["B2"].exchanged_for == ()
    assert verdicts(found["B1"])["P1"] == ("overlap", ("B2", "06:00", "07:00"))


def test_the_facts_stay_in_step_with_the_exchanged_plan() -> None:
    known = two_and_one()
    before = known.copy()
    plan(
        speaking(request("B1", deadline=after(days=-2)), "ja"),
        speaking(request("B2", deadline=after(days=-1)), "th"),
        known=known,
    )

    assert {key: [row.booking_ref for row in rows] for key, rows in known.work.items()} == {
        1: ["B2"],
        2: ["B1"],
    }
    assert [known.account(key).seconds for key in (1, 2)] == [3600, 4 * 3600]
    assert known.totals.seconds == before.totals.seconds + 2 * 3600
    assert known.account(1).last_start == after(days=1)


def test_nothing_changes_where_all_is_covered_or_nothing_can_help() -> None:
    known = facts(person("P1"))
    asked = [request(f"B{n}", deadline=after(days=-n)) for n in (1, 2)]

    alone, found = plan(*asked, known=known)

    assert found == alone
    assert [chosen(found[ref]) for ref in ("B1", "B2")] == [[], ["P1"]]


def test_a_pinned_booking_never_hands_over() -> None:
    known = two_and_one()
    first = speaking(request("B1", deadline=after(days=-2), pinned=(1,)), "ja")
    second = speaking(request("B2", deadline=after(days=-1)), "th")

    _, found = plan(first, second, known=known)

    assert [chosen(found[ref]) for ref in ("B1", "B2")] == [["P1"], []]


NAMES = [f"P{n}" for n in range(1, 7)]


def busy_hour(seed: int) -> tuple[Facts, list[Request]]:
    """Few people with few languages, and more bookings at once than greedy can place."""
    chance = Random(seed)
    kinds = ("ja", "th", "en", "fr")
    known = facts(
        *(
            person(f"P{n}", languages=frozenset(chance.sample(kinds, 2)), skills=frozenset())
            for n in range(1, 7)
        ),
        hours={f"P{n}": chance.randrange(9) for n in range(1, 7)},
    )
    asked = [
        speaking(
            request(
                f"B{n}",
                start=after(days=1, minutes=30 * chance.randrange(5)),
                hours=chance.choice((0.5, 1, 1.5)),
                deadline=after(days=-1, minutes=-n),
            ),
            chance.choice(kinds),
        )
        for n in range(1, 15)
    ]
    return known, asked


@pytest.mark.parametrize("policy", [NORMAL, URGENT, custom(dr_penalty=-1.5)])
def test_no_mode_covers_less_than_the_joint_decision(policy: PolicyValues) -> None:
    gained = 0
    for seed in range(12):
        known, asked = busy_hour(seed)
        joint = decide_jointly(asked, facts=known.copy(), policy=BALANCE, now=NOW)
        alone, found = plan(*asked, known=known, policy=policy)

        counts = [
            sum(row.outcome == "assign" for row in rows)
            for rows in (alone.values(), found.values(), joint.choices)
        ]
        assert counts[1] >= max(counts[0], counts[2]), seed
        gained += counts[1] - counts[0]
        _assert_nobody_is_doubled(found)
    assert gained > 3


def _assert_nobody_is_doubled(found: dict[str, Choice]) -> None:
    rows = [(who, row.request) for row in found.values() for who in chosen(row)]
    for index, (who, asked) in enumerate(rows):
        for other, beside in rows[index + 1 :]:
            if who == other:
                assert number(asked.ref) != number(beside.ref)
                assert asked.ends_at <= beside.starts_at or beside.ends_at <= asked.starts_at


def test_who_is_busy_is_busy_with_what_they_have_in_the_end() -> None:
    exchanged = told = 0
    for seed in range(12):
        known, asked = busy_hour(seed)
        found = decide_singly(asked, facts=known, policy=NORMAL, now=NOW, keep=lambda row: row)

        exchanged += any(row.exchanged_for for row in found)
        has = {ref: [row.request.ref for row in found if ref in chosen(row)] for ref in NAMES}
        for row in found:
            for ref, (rule, values) in verdicts(row).items():
                if rule == "overlap":
                    assert values[0] in has[ref], (seed, row.request.ref, ref)
                    told += 1
        assert {key: len(rows) for key, rows in known.work.items() if rows} == {
            number(ref): len(rows) for ref, rows in has.items() if rows
        }
    assert exchanged > 3
    assert told > 200


def test_a_dr_given_out_of_turn_stops_no_exchange_of_the_others() -> None:
    known = facts(
        person("P1"),
        person("P2", languages=frozenset({"ja"})),
        person("P3", languages=frozenset({"zh"})),
        hours={"P1": 0, "P2": 3, "P3": 0},
    )
    asked = [
        speaking(request("B1", deadline=after(days=-2)), "ja"),
        speaking(request("B2", deadline=after(days=-1)), "th"),
        *(
            speaking(request(ref, meeting_type="DR", start=after(days=day)), "zh")
            for ref, day in (("D11", 2), ("D12", 3))
        ),
    ]

    alone, found = plan(*asked, known=known, policy=custom(dr_penalty=-1.0))

    assert alone["D12"].dr_overridden
    assert [chosen(alone[ref]) for ref in ("B1", "B2", "D11", "D12")] == [
        ["P1"],
        [],
        ["P3"],
        ["P3"],
    ]
    assert [chosen(found[ref]) for ref in ("B1", "B2", "D11", "D12")] == [
        ["P2"],
        ["P1"],
        ["P3"],
        ["P3"],
    ]
    _assert_nobody_is_doubled(found)
