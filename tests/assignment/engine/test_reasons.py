"""Every reason with which a booking is handed to a person."""

from __future__ import annotations

from tests.assignment.engine.values import (
    BALANCE,
    after,
    decide,
    dr,
    facts,
    needs,
    person,
    request,
    work,
)

BUSY = [work("B7", start=after(days=1))]


def reason(*arguments: object) -> tuple[str, str, str]:
    """Outcome, code and sentence of a decision."""
    choice = decide(*arguments)  # type: ignore[arg-type]
    assert choice.chosen == ()
    return (choice.outcome, choice.reason_code, choice.reason_text)


def test_no_interpreters() -> None:
    assert reason(request(), facts()) == (
        "stop",
        "no_interpreters",
        "There are no interpreters yet: import or add some.",
    )


def test_nobody_qualified_counts_the_rules_most_first_then_by_name_of_the_rule() -> None:
    silent = [person(f"P{n}", languages=frozenset()) for n in (1, 2, 3)]
    known = facts(*silent, person("P4", active=False), person("P5", team_id=1))

    assert reason(request(needs=needs(team_id=None, skills=("court",))), known) == (
        "stop",
        "nobody_qualified",
        "Nobody of 5 can: 3 without the languages, 1 not active, 1 without the skills.",
    )


def test_nobody_available_when_all_who_are_qualified_are_busy_or_away() -> None:
    known = facts(
        person("P1"),
        person("P2", leave=((after(), after(days=2)),)),
        person("P3", hours="Sun 08:00-09:00"),
        person("P4", daily_minutes_cap=30),
        person("P5", languages=frozenset()),
        person("P6", leave=((after(days=1), after(days=1, minutes=1)),)),
        busy={"P1": BUSY},
    )

    assert reason(request(), known) == (
        "stop",
        "nobody_available",
        "Nobody of 6 can: 2 on leave, 1 over their day's minutes, 1 without the languages, "
        "1 busy with other work, 1 outside their working hours.",
    )


def test_nobody_allowed_when_somebody_available_is_kept_away_by_the_booking() -> None:
    known = facts(person("P1"), person("P2"), person("P3"), busy={"P1": BUSY})
    asked = request(excluded=frozenset({2}), declined=frozenset({3}))

    assert reason(asked, known) == (
        "stop",
        "nobody_allowed",
        "Nobody of 3 can: 1 declined already, 1 excluded by the booking, 1 busy with other work.",
    )


def test_too_few() -> None:
    known = facts(person("P1"), person("P2"), busy={"P2": BUSY})

    assert reason(request(positions=(1, 2)), known) == (
        "stop",
        "too_few",
        "1 of 2 can; 1 busy with other work.",
    )


def test_too_few_in_spite_of_the_dr_block() -> None:
    yesterday = dr("B90", "P1", start=after(days=-1))
    known = facts(person("P1"), person("P2"), drs=[yesterday])

    assert reason(request(meeting_type="DR", positions=(1, 2, 3)), known, BALANCE)[1] == "too_few"


def test_pinned_cannot() -> None:
    known = facts(person("P1", skills=frozenset()), person("P2"))

    assert reason(request(pinned=(1,), excluded=frozenset({1})), known) == (
        "stop",
        "pinned_cannot",
        "The pinned interpreter P1 is excluded by the booking.",
    )


def test_already_started_at_the_very_start_for_everybody() -> None:
    known = facts(person("P1"), person("P2", active=False))

    assert reason(request(start=after()), known) == (
        "stop",
        "already_started",
        "The meeting has already started.",
    )
    assert decide(request(start=after(minutes=1)), known).chosen == (1,)
