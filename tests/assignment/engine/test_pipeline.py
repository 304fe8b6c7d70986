"""One booking through the whole pipeline: order of the rules, tie-breaks, several people."""

from __future__ import annotations

from dataclasses import replace

from tests.assignment.engine.values import (
    NORMAL,
    URGENT,
    after,
    chosen,
    decide,
    facts,
    person,
    request,
    verdicts,
)

FAR = after(days=20)
FIRST_HASH = "ae50a415b20ca480"
"""``printf 'B1|P2' | sha256sum``: P1 has d07c454fee3f4aea and P3 f2485f16af8f2e5c."""


def test_tie_is_broken_by_the_larger_deficit() -> None:
    # Six hours of P3 (who is excluded) split over the weights 1 + 2 + 1: 1.5 h and 3 h.
    known = facts(person("P1"), person("P2", weight=2.0), person("P3"), hours={"P3": 6})

    choice = decide(request(start=FAR, excluded=frozenset({3})), known)

    assert [(row.person_id, row.total, row.deficit) for row in choice.ranked] == [
        (2, 1.5, 3.0),
        (1, 1.5, 1.5),
    ]
    assert choice.tie_break == ("deficit", 3.0)


def test_tie_is_broken_by_the_longer_idle_time() -> None:
    # Both are idle for longer than the window of 30 days, so their scores are equal.
    last = {"P1": after(days=-40), "P2": after(days=-50)}

    choice = decide(request(start=FAR), facts(person("P1"), person("P2"), last=last))

    assert [(row.person_id, row.total) for row in choice.ranked] == [(2, 1.5), (1, 1.5)]
    assert choice.tie_break == ("idle_days", 50.0)


def test_larger_deficit_comes_before_the_longer_idle_time() -> None:
    last = {"P1": after(days=-40), "P2": after(days=-50)}
    people = (person("P1", weight=2.0), person("P2"), person("P3"))

    choice = decide(
        request(start=FAR, excluded=frozenset({3})), facts(*people, hours={"P3": 6}, last=last)
    )

    assert (chosen(choice), choice.tie_break) == (["P1"], ("deficit", 3.0))


def test_never_served_is_longer_idle_than_anybody() -> None:
    known = facts(person("P1"), person("P2"), last={"P1": after(days=-4_000)})

    choice = decide(request(start=FAR), known)

    assert (chosen(choice), choice.tie_break) == (["P2"], ("idle_days", "never"))


def test_last_tie_is_broken_by_the_stable_hash() -> None:
    choice = decide(request("B1", start=FAR), facts(*(person(f"P{n}") for n in (1, 2, 3))))

    assert [row.person_id for row in choice.ranked] == [2, 1, 3]
    assert choice.tie_break == ("hash", FIRST_HASH)


def test_score_comes_before_every_tie_break() -> None:
    # P1 has the larger deficit (weight 2), P2 is preferred.
    known = facts(person("P1", weight=2.0), person("P2"), person("P3"), hours={"P3": 6})
    asked = request(start=FAR, excluded=frozenset({3}), preferred=frozenset({2}))

    choice = decide(asked, known)

    assert chosen(choice) == ["P2"]
    assert choice.tie_break == ("score", 2.0)


def test_choice_without_a_rival_has_no_tie_break() -> None:
    assert decide(request(), facts(person("P1"))).tie_break is None


def test_equal_scores_are_equal_in_spite_of_binary_fractions() -> None:
    # 9.3 h is as far above 4.3 h as 5 h above nothing; as binary fractions a little farther.
    assert 1 - (9.3 - 4.3) / 10 != 1 - 5 / 10

    first = facts(person("P1"), person("P2"), hours={"P1": 4.3, "P2": 9.3})
    second = facts(person("P1"), person("P2"), hours={"P2": 5})
    asked = request(start=FAR)

    totals = [decide(asked, known, URGENT).ranked[1].total for known in (first, second)]
    assert totals == [0.45, 0.45]  # 0.5 * 0.5 + 0.2


def test_several_people_are_chosen_by_rank() -> None:
    known = facts(person("P1"), person("P2"), person("P3"), hours={"P1": 2, "P3": 1})

    choice = decide(request(start=FAR, positions=(2, 3)), known)

    assert chosen(choice) == ["P2", "P3"]
    assert choice.tie_break == ("score", 1.26)  # 1.2 * (1 - 1/5) + 0.3


def test_several_people_are_bound_wholly_or_not_at_all() -> None:
    known = facts(person("P1"), person("P2", active=False))

    choice = decide(request(positions=(1, 2)), known)

    assert (choice.outcome, choice.chosen, choice.reason_code, choice.reason_text) == (
        "stop",
        (),
        "too_few",
        "1 of 2 can; 1 not active.",
    )


def test_part_is_bound_when_the_policy_allows_it_and_a_person_is_told() -> None:
    known = facts(person("P1"), person("P2", active=False))
    policy = replace(NORMAL, allow_partial=True)

    choice = decide(request(positions=(1, 2)), known, policy)

    assert (choice.outcome, choice.chosen, choice.reason_code) == ("assign", (1,), "too_few")


def test_part_is_never_nobody() -> None:
    policy = replace(NORMAL, allow_partial=True)

    choice = decide(request(positions=(1, 2)), facts(person("P1", active=False)), policy)

    assert (choice.outcome, choice.reason_code) == ("stop", "nobody_qualified")


def test_booking_whose_positions_are_filled_is_skipped() -> None:
    choice = decide(request(positions=()), facts(person("P1"), person("P2", active=False)))

    assert (choice.outcome, choice.chosen, choice.reason_code) == ("skip", (), "")
    assert verdicts(choice) == {"P1": ("filled", ()), "P2": ("active", ())}
