"""Bookings decided together: the rules, the shares, and what is told of everybody."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from typing import Any

from assignment.engine.facts import Facts
from assignment.engine.jointly import JointDecision, decide_jointly
from assignment.engine.pipeline import Choice
from assignment.engine.request import Request
from tests.assignment.engine.values import (
    BALANCE,
    NOW,
    after,
    chosen,
    dr,
    facts,
    number,
    person,
    request,
    verdicts,
    work,
)


def decide(
    *requests: Request, known: Facts, ahead: tuple[Request, ...] = (), **values: Any
) -> JointDecision:
    """The joint decision at NOW in BALANCE."""
    policy = replace(BALANCE, **values)
    return decide_jointly(requests, ahead=ahead, facts=known, policy=policy, now=NOW)


def by_ref(decision: JointDecision) -> dict[str, Choice]:
    """The choices by booking."""
    return {choice.request.ref: choice for choice in decision.choices}


def who(decision: JointDecision) -> dict[str, list[str]]:
    """Who has which booking."""
    return {choice.request.ref: chosen(choice) for choice in decision.choices}


def test_two_hours_at_once_and_a_longer_one_make_even_shares() -> None:
    known = facts(person("P1"), person("P2"))
    found = decide(
        request("B1", start=after(days=1), hours=1),
        request("B2", start=after(days=2), hours=1),
        request("B3", start=after(days=3), hours=2),
        known=known,
    )

    people = who(found)
    assert people["B1"] == people["B2"] != people["B3"]
    assert (found.solution.squares, found.solution.bound, found.solution.proven) == (0, 0, True)
    assert [known.account(key).seconds for key in (1, 2)] == [7200, 7200]


def test_everybodys_verdict_says_what_they_would_have_cost() -> None:
    known = facts(person("P1"), person("P2"), person("P3", languages=frozenset({"ja"})))
    found = decide(
        request("B1", start=after(days=1), hours=2),
        request("B2", start=after(days=1, hours=1), hours=1),
        known=known,
    )

    first = by_ref(found)["B1"]
    (other,) = {"P1", "P2"} - set(chosen(first))
    assert verdicts(first) == {
        "P3": ("languages", ("th",)),
        other: ("planned", ("B2", "07:00", "08:00")),
    }
    assert first.joint is not None
    assert (first.joint.minutes, first.joint.together) == (120, 2)
    # three people, three hours: the share is one hour, and the booking itself does not count
    assert (first.joint.above, first.joint.points) == ((-60,), (0,))


def test_somebody_who_is_further_ahead_is_outranked_by_the_difference() -> None:
    known = facts(person("P1"), person("P2"), hours={"P2": 3})

    found = decide(request("B1", hours=1), known=known)

    (choice,) = found.choices
    assert chosen(choice) == ["P1"]
    assert choice.joint is not None
    assert (choice.joint.people, choice.joint.above) == ((1, 2), (-120, 60))
    assert choice.tie_break == ("share", -2.0)


def test_what_is_ahead_is_decided_with_it_and_not_bound() -> None:
    known = facts(person("P1"), person("P2", languages=frozenset({"ja"})))
    asked = request("B1", start=after(days=1), hours=1)
    later = request("B2", start=after(days=9), hours=1)
    only_ja = replace(asked, needs=replace(asked.needs, languages=("ja",)))

    alone = decide(only_ja, known=known)
    found = decide(only_ja, known=facts(*known.people), ahead=(later,))

    assert who(alone) == {"B1": ["P1"]} or who(alone) == {"B1": ["P2"]}
    assert who(found) == {"B1": ["P2"]}  # P1 is needed for what only P1 can do
    assert found.together == 2


def test_the_facts_grow_by_what_is_bound_alone() -> None:
    known = facts(person("P1"))
    decide(request("B1"), known=known, ahead=(request("B2", start=after(days=3)),))

    assert [row.booking_ref for row in known.work[1]] == ["B1"]


def test_a_pinned_person_gets_it_and_a_pinned_one_who_cannot_stops_it() -> None:
    known = facts(person("P1"), person("P2"), hours={"P2": 50})
    pinned = request("B1", pinned=(2,))

    assert who(decide(pinned, known=known)) == {"B1": ["P2"]}
    away = facts(person("P1"), person("P2", leave=((NOW, after(days=9)),)))
    (choice,) = decide(pinned, known=away).choices
    assert (choice.outcome, choice.reason_code) == ("stop", "pinned_cannot")


def test_two_drs_in_a_row_do_not_go_to_one_person_also_inside_the_batch() -> None:
    known = facts(person("P1"), person("P2"), hours={"P2": 40})
    drs = [
        request(f"B{n}", start=after(days=n), meeting_type="DR", deadline=after(days=n - 8))
        for n in (1, 2, 3)
    ]

    found = decide(*reversed(drs), known=known)

    assert who(found) in (
        {"B1": ["P1"], "B2": ["P2"], "B3": ["P1"]},
        {"B1": ["P2"], "B2": ["P1"], "B3": ["P2"]},
    )
    assert who(found)["B1"] == ["P1"]  # the one with fewer hours takes two of three


def test_the_dr_before_that_is_bound_blocks_its_person() -> None:
    known = facts(
        person("P1"), person("P2"), hours={"P2": 40}, drs=[dr("B9", "P1", start=after(days=-1))]
    )

    (choice,) = decide(request("B1", meeting_type="DR"), known=known).choices

    assert chosen(choice) == ["P2"]
    assert verdicts(choice) == {"P1": ("dr_consecutive", ("B9",))}


def test_the_dr_rule_yields_when_nobody_else_remains() -> None:
    known = facts(person("P1"))
    drs = [request(f"B{n}", start=after(days=n), meeting_type="DR") for n in (1, 2)]

    found = by_ref(decide(*drs, known=known))

    assert [chosen(found[ref]) for ref in ("B1", "B2")] == [["P1"], ["P1"]]
    assert [found[ref].dr_overridden for ref in ("B1", "B2")] == [False, True]


def test_a_booking_for_two_gets_two_and_one_that_finds_one_gets_nobody() -> None:
    known = facts(person("P1"), person("P2"))
    pair = request("B1", positions=(1, 2))
    other = request("B2", start=after(days=1, minutes=30))

    found = by_ref(decide(pair, other, known=known))

    assert sorted(chosen(found["B1"])) == ["P1", "P2"] or chosen(found["B2"])
    assert {row.outcome for row in found.values()} == {"assign", "stop"}
    lost = next(row for row in found.values() if row.outcome == "stop")
    assert lost.reason_code in ("nobody_available", "too_few")


def test_the_buffer_of_the_later_and_the_earlier_booking_is_kept() -> None:
    known = facts(person("P1"), person("P2"), hours={"P2": 40})
    first = request("B1", start=after(days=1), buffer=dt.timedelta(minutes=30))
    second = request("B2", start=after(days=1, hours=1, minutes=15))

    assert sorted(who(decide(first, second, known=known)).values()) == [["P1"], ["P2"]]
    near = replace(second, starts_at=after(days=1, hours=1, minutes=30))
    near = replace(near, ends_at=after(days=1, hours=2, minutes=30))
    again = facts(person("P1"), person("P2"), hours={"P2": 40})
    assert who(decide(first, near, known=again)) == {"B1": ["P1"], "B2": ["P1"]}


def test_the_days_minutes_are_kept_with_what_is_bound_already() -> None:
    def known() -> Facts:
        return facts(
            person("P1", daily_minutes_cap=150),
            person("P2"),
            hours={"P2": 40},
            busy={"P1": [work("B7", start=after(days=1, hours=6))]},
        )

    first, second = request("B1", start=after(days=1)), request("B2", start=after(days=1, hours=2))

    assert sorted(who(decide(first, second, known=known())).values()) == [["P1"], ["P2"]]
    soft = decide(first, second, known=known(), soft_rules=frozenset({"daily_minutes"}))
    assert who(soft) == {"B1": ["P1"], "B2": ["P1"]}


def test_preference_decides_between_equally_even_shares() -> None:
    known = facts(person("P1"), person("P2"), person("P3"))

    found = decide(request("B1", preferred=frozenset({3})), known=known)

    assert who(found) == {"B1": ["P3"]}
    assert found.choices[0].tie_break == ("points", BALANCE.w_preference)


def test_who_has_not_worked_for_longest_comes_first_among_equals() -> None:
    last = {"P1": after(days=-2), "P2": after(days=-9), "P3": after(days=-4)}

    found = decide(request("B1"), known=facts(*map(person, last), last=last))

    assert who(found) == {"B1": ["P2"]}
    assert found.choices[0].tie_break == ("idle_days", 9.0)


def test_what_has_started_and_what_nobody_can_is_told_as_ever() -> None:
    known = facts(person("P1"))
    started = request("B1", start=after(hours=-1))
    strange = request("B2")
    strange = replace(strange, needs=replace(strange.needs, languages=("fi",)))

    found = by_ref(decide(started, strange, known=known))

    assert [found[ref].reason_code for ref in ("B1", "B2")] == [
        "already_started",
        "nobody_qualified",
    ]


def service(shift: dt.timedelta = dt.timedelta(0)) -> tuple[Facts, list[Request]]:
    """Nine people of three kinds with hours, work and leave, and forty bookings."""
    kinds = ("ja", "th", "en")
    people = [
        person(
            f"P{n}",
            languages=frozenset({kinds[n % 3], kinds[(n + 1) % 3]}),
            leave=((after(days=n) + shift, after(days=n + 1) + shift),),
            hours="Mon-Sun 00:00-23:00" if n % 2 else "",
        )
        for n in range(1, 10)
    ]
    known = facts(
        *people,
        hours={f"P{n}": n * 1.5 for n in range(1, 10)},
        last={f"P{n}": after(days=-n) + shift for n in range(1, 9)},
        busy={"P4": [work("B99", start=after(days=2, hours=3) + shift)]},
    )
    known = replace(known, window_start=known.window_start + shift)
    asked = [
        request(
            f"B{n}",
            start=after(days=1 + n % 5, hours=(n * 7) % 12) + shift,
            hours=(0.5, 1, 1.5)[n % 3],
            meeting_type="DR" if n % 9 == 0 else "General",
        )
        for n in range(1, 41)
    ]
    asked = [
        replace(row, needs=replace(row.needs, languages=(kinds[number(row.ref) % 3],)))
        for row in asked
    ]
    return known, asked


def test_the_order_of_the_input_changes_nothing() -> None:
    known, asked = service()
    expected = who(decide(*asked, known=known))

    for rows in (asked[::-1], asked[13:] + asked[:13]):
        known, _ = service()
        turned = replace(known, people=known.people)
        assert who(decide(*rows, known=turned)) == expected


def test_a_shift_of_all_instants_by_whole_weeks_changes_nothing() -> None:
    known, asked = service()
    expected = decide(*asked, known=known)

    weeks = dt.timedelta(weeks=21)
    known, asked = service(weeks)
    shifted = decide_jointly(asked, facts=known, policy=BALANCE, now=NOW + weeks)

    assert who(shifted) == who(expected)
    assert shifted.solution.squares == expected.solution.squares


def test_nobody_has_two_at_once_and_all_that_can_be_is_covered() -> None:
    known, asked = service()

    found = decide(*asked, known=known)

    assert all(row.outcome == "assign" for row in found.choices)
    for rows in known.work.values():
        for before, following in pairwise(sorted(rows, key=lambda row: row.starts_at)):
            assert before.ends_at <= following.starts_at
