"""What the record of a joint decision holds, and what is told from it."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256
from typing import Any

from assignment.engine.explain_joint import joint_candidates, jointly_rederived
from assignment.engine.facts import Facts
from assignment.engine.jointly import decide_jointly
from assignment.engine.pipeline import Choice
from assignment.engine.record import pack_choice, pack_roster
from assignment.engine.unpacking import unpack_choice
from tests.assignment.engine.values import BALANCE, NOW, after, facts, person, request, verdicts

REFS = ["P1", "P2", "P3"]


def draw(ref: str) -> str:
    """The stable hash of the booking B1 and a person."""
    return sha256(f"B1|{ref}".encode()).hexdigest()[:16]


DRAWS = {ref: draw(ref) for ref in REFS}


def record() -> dict[str, Any]:
    """The record of one booking of two hours for three people, of whom P3 has three hours."""
    known = facts(*(person(ref) for ref in REFS), hours={"P3": 3})
    asked = request("B1", hours=2)
    (choice,) = decide_jointly([asked], facts=known, policy=BALANCE, now=NOW).choices
    ordinals = pack_roster(choice.shortlist).ordinals
    return unpack_choice(pack_choice(choice, ordinals=ordinals, policy=BALANCE, now=NOW), refs=REFS)


def test_the_record_holds_the_figures_of_everybody_best_first() -> None:
    by_hash = sorted((0, 1), key=lambda ordinal: DRAWS[REFS[ordinal]])

    # five hours for three people: the share is 100 minutes
    assert record()["joint"] == {
        "minutes": 120,
        "together": 1,
        "people": [*by_hash, 2],
        "above": [-100, -100, 80],
        "points": [0, 0, 0],
        "idle": [60 * 1440, 60 * 1440, 60 * 1440],
        "hash": [*(DRAWS[REFS[ordinal]] for ordinal in by_hash), DRAWS["P3"]],
    }
    assert record()["tie_break"] == ["hash", min(DRAWS["P1"], DRAWS["P2"])]


def test_the_last_tie_break_follows_from_the_refs() -> None:
    found = record()
    first = min(("P1", "P2"), key=DRAWS.__getitem__)

    assert jointly_rederived(found, refs=REFS) == (first,)
    told = {
        row.interpreter: row.values["hash"] for row in joint_candidates(found, refs=REFS, names={})
    }
    assert told == DRAWS


def test_a_cap_is_named_before_a_buffer_that_only_the_other_booking_asks_for() -> None:
    known = facts(person("P1", daily_minutes_cap=60), person("P2"))
    first = request("B1", pinned=(1,), buffer=dt.timedelta(minutes=30))
    second = request("B2", start=after(days=1, hours=1.25))

    def told(known: Facts) -> Choice:
        found = decide_jointly([first, second], facts=known, policy=BALANCE, now=NOW).choices
        return next(choice for choice in found if choice.request.ref == "B2")

    with_cap = told(known)
    without = told(facts(person("P1"), person("P2")))

    assert verdicts(with_cap) == {"P1": ("daily_minutes", (120, 60))}
    assert with_cap.eligible == (2,)
    assert verdicts(without) == {"P1": ("planned", ("B1", "06:00", "07:00"))}
    assert without.eligible == (2, 1)
