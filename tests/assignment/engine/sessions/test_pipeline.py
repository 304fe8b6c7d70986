"""The steps in their order; the first that does not continue ends the decision."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from assignment.engine.sessions.pipeline import STEPS, Draft, decide
from assignment.engine.sessions.rules import RULES, first_no
from assignment.engine.sessions.values import Situation
from tests.assignment.engine.sessions.values import (
    NOW,
    Turns,
    after,
    busy,
    call,
    chat,
    member,
    situation,
)


def outcome(found: Situation, **fields: Any) -> tuple[str, str, tuple[str, ...]]:
    """The outcome, the code and the steps of a decision."""
    choice = decide(call(**fields), situation=found, turns=Turns(0, 0))
    return choice.outcome, choice.code, choice.steps


def test_the_steps_stand_in_their_order() -> None:
    assert list(STEPS) == ["schedule", "contact", "strategy", "eligibility", "selection"]


def test_all_five_are_walked_when_somebody_can() -> None:
    assert outcome(situation(member())) == ("assign", "", tuple(STEPS))


@pytest.mark.parametrize(
    ("hours", "zone"),
    [("Tue 00:00-24:00", "UTC"), ("Mon 06:01-07:00", "UTC"), ("Mon 05:00-06:00", "UTC")],
)
def test_a_closed_desk_stops_before_anybody_is_asked(hours: str, zone: str) -> None:
    found = situation(member(), hours=hours, zone=zone)

    assert outcome(found) == ("stop", "out_of_office", ("schedule",))


@pytest.mark.parametrize(
    ("hours", "zone"),
    [
        ("Mon 06:00-07:00", "UTC"),
        ("Sun 22:00-06:30", "UTC"),
        ("Mon 13:00-14:00", "Asia/Bangkok"),
        ("", "UTC"),
    ],
    ids=["first_minute", "overnight", "other_zone", "always"],
)
def test_an_open_desk_continues(hours: str, zone: str) -> None:
    assert outcome(situation(member(), hours=hours, zone=zone))[0] == "assign"


def test_a_desk_without_a_time_zone_is_closed() -> None:
    assert outcome(situation(member(), zone=None)) == ("stop", "out_of_office", ("schedule",))


def test_a_contact_who_is_served_is_skipped_but_not_because_of_the_session_itself() -> None:
    served = {"+66 1": ["other"]}

    assert outcome(situation(member(), served=served), contact="+66 1") == (
        "skip",
        "contact_served",
        ("schedule", "contact"),
    )
    itself = situation(member(), served={"+66 1": ["s"]})
    assert outcome(itself, contact="+66 1")[0] == "assign"
    assert outcome(situation(member(), served={"": ["other"]}))[0] == "assign"


def test_a_manual_desk_stops_unless_a_person_has_chosen() -> None:
    found = situation(member("A"), member("B"), strategy="manual")

    assert outcome(found) == ("stop", "by_hand", ("schedule", "contact", "strategy"))
    choice = decide(call(named=ord("B"), caller="by_hand"), situation=found, turns=Turns())
    assert (choice.outcome, choice.chosen) == ("assign", ord("B"))


def test_a_persons_choice_stands_outside_the_hours_too_but_not_against_the_rules() -> None:
    closed = situation(member("A"), member("B", status="away"), hours="Tue 08:00-09:00")

    assert outcome(closed, named=ord("A"))[0] == "assign"
    choice = decide(call(named=ord("B")), situation=closed, turns=Turns())
    assert (choice.outcome, choice.code, choice.text) == ("stop", "cannot", "B: Is away.")


@pytest.mark.parametrize(
    ("people", "expected", "text"),
    [
        ([], ("stop", "nobody_qualified"), "The desk has no people yet"),
        ([member(languages=frozenset({"en"}))], ("stop", "nobody_qualified"), "1 without the lang"),
        ([member(status="offline")], ("stop", "nobody_there"), "1 not online"),
        (
            [member("A", status="away"), member("B", languages=frozenset())],
            ("stop", "nobody_there"),
            "Nobody of 2 can: 1 without the languages, 1 not online",
        ),
        (
            [member("A", busy=(chat("x"), chat("y", lane=1))), member("B", status="away")],
            ("wait", "everybody_busy"),
            "1 busy already, 1 not online",
        ),
    ],
    ids=["empty", "languages", "offline", "nobody_there", "busy"],
)
def test_why_nobody_can_is_said(people: list[Any], expected: tuple[str, str], text: str) -> None:
    choice = decide(call(), situation=situation(*people), turns=Turns())

    assert (choice.outcome, choice.code) == expected
    assert text in choice.text
    assert len(choice.rejected) == len(people)


def test_when_all_steps_continue_the_outcome_is_stop() -> None:
    steps = {"nothing": lambda _: None}
    choice = decide(call(), situation=situation(member()), turns=Turns(), steps=steps)

    assert (choice.outcome, choice.code, choice.steps) == ("stop", "all_continued", ("nothing",))


def test_an_exception_in_a_step_is_the_outcome_error() -> None:
    def breaks(_: Draft) -> None:
        raise RuntimeError("secret")

    choice = decide(call(), situation=situation(member()), turns=Turns(), steps={"broken": breaks})
    assert (choice.outcome, choice.chosen, choice.is_outage) == ("error", None, False)
    assert "secret" not in choice.text


def test_turns_that_cannot_be_had_are_an_outage() -> None:
    choice = decide(call(), situation=situation(member()), turns=Turns())

    assert (choice.outcome, choice.chosen, choice.is_outage) == ("error", None, True)


LEAVE = ((NOW - dt.timedelta(hours=1), NOW + dt.timedelta(hours=1)),)
NOS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # rule: fields of the member, fields of the call
    "active": ({"active": False}, {}),
    "team": ({"team_id": 2}, {}),
    "tenant": ({"tenant_id": 20}, {}),
    "languages": ({"languages": frozenset({"th"})}, {}),
    "skills": ({}, {"skills": ("medical",)}),
    "offline": ({"status": "offline"}, {}),
    "leave": ({"leave": LEAVE}, {}),
    "gives_away": ({}, {"holder": ord("A")}),
    "let_pass": ({}, {"passes": {ord("A"): after(-1)}}),
    "handed_over": (
        {},
        {"passes": {ord("A"): after(-1)}, "handed_over": frozenset({ord("A")})},
    ),
    "no_lane": ({"busy": (chat("x"), chat("y", lane=1))}, {}),
    "no_time": ({"busy": (busy("BK", start=5.1, end=60),), "max_chats": 1}, {}),
}


@pytest.mark.parametrize("rule", sorted(set(NOS) - {"no_time"}))
def test_each_rule_says_no_and_only_for_its_own_reason(rule: str) -> None:
    person, asked = NOS[rule]

    no = first_no(member(**person), call(**asked), situation())
    assert no is not None
    assert no.rule == rule
    assert first_no(member(), call(), situation()) is None


def test_every_rule_about_presence_and_room_is_tested() -> None:
    assert set(RULES) <= set(NOS)


@pytest.mark.parametrize(
    ("start", "rule"), [(4.9, "no_lane"), (5, None), (-30, "no_lane"), (-60, None)]
)
def test_other_work_stands_against_it_when_it_is_now_or_within_five_minutes(
    start: float, rule: str | None
) -> None:
    person = member(busy=(busy("BK", start=start, end=start + 60),))

    no = first_no(person, call(), situation())
    assert (no.rule if no else None) == rule


def test_a_call_needs_the_whole_person() -> None:
    one_chat = member(busy=(chat("x"),))

    assert first_no(one_chat, call(), situation()) is None
    no = first_no(one_chat, call(channel="phone"), situation())
    assert no is not None
    assert no.values == ("x", 1, 2)


def test_whoever_came_online_after_letting_it_pass_is_asked_again() -> None:
    anew = member(since=after(-1))

    assert first_no(anew, call(passes={ord("A"): after(-2)}), situation()) is None


def test_a_person_whose_lane_in_the_middle_is_free_gets_that_lane() -> None:
    person = member(max_chats=3, busy=(chat("x"), chat("y", lane=2)))

    assert person.free_lanes(call(), now=NOW) == (1, 1)
    assert member().free_lanes(call(channel="video"), now=NOW) == (0, 99)
