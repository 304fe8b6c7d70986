"""The stored form of a choice: equal for equal, complete, small."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

import pytest

from assignment.engine.pipeline import shortlist
from assignment.engine.record import (
    pack,
    pack_choice,
    pack_roster,
    people_who_could,
    unpack,
)
from tests.assignment.engine.values import (
    BALANCE,
    NORMAL,
    NOW,
    after,
    decide,
    dr,
    facts,
    needs,
    person,
    request,
)

RECORD = {
    "v": 2,
    "booking": "B1",
    "now": "2026-11-23T06:00:00+00:00",
    "mode": "NORMAL",
    "fair_share": "outcome",
    "could": "0e",
    "needed": 1,
    "chosen": [2],
    "pinned": [],
    "rejected": {"fairness_gap": [[0, 9.0, 0.0, 5]]},
    "ranked": [2, 1],
    "scores": {
        "hours": [0.0, 1.0],
        "fairness": [1.0, 0.8],
        "lrs": [1.0, 0.1],
        "dr": [0.0, -0.5],
        "preference": [0.5, 0.0],
        "continuity": 0.0,
        "soft": 0.0,
        # 1.2 + 0.8 * 0.8 + 0.3 + 0.5, and 0.96 + 0.64 + 0.03 - 0.5
        "total": [2.64, 1.13],
        "deficit": [3.333333333, 2.333333333],
        "idle_days": [None, 3.0],
    },
    "soft_rules": [],
    "urgency": 0.8,
    "weights": {"fairness": 1.2, "urgency": 0.8, "lrs": 0.3},
    "tie_break": ["score", 2.64],
    "gap": {"level": 0, "limit": 5, "least": 0.0},
    "dr": {
        "people": [1],
        "booking": "B90",
        "strength": "soft",
        "penalty": -0.5,
        "overridden": False,
    },
}
"""P3 chosen, P2 second, P1 too far ahead; nobody has continuity or breaks a soft rule."""


@pytest.mark.parametrize(
    "value", [None, [], {"a": [1, -0.1, 1e-9, "é 通訳", None, True]}, 0.1 + 0.2, "x" * 9_999]
)
def test_pack_and_unpack_give_the_value_back(value: Any) -> None:
    assert unpack(pack(value)) == value
    assert unpack(memoryview(pack(value))) == value


def test_pack_is_compressed_json_with_sorted_keys() -> None:
    assert zlib.decompress(pack({"b": 1, "a": "é"})).decode() == '{"a":"é","b":1}'


def test_roster_holds_refs_in_order_and_who_can_never_do_it() -> None:
    people = (person("P2"), person("P3", languages=frozenset({"ja"})), person("P1", active=False))

    packed = pack_roster(shortlist(needs(), people=people))

    assert unpack(packed.record) == {
        "v": 2,
        "refs": ["P1", "P2", "P3"],
        "rejected": {"active": [[0]], "languages": [[2, "th"]]},
    }
    assert packed.ordinals == {1: 0, 2: 1, 3: 2}
    assert len(packed.digest) == 64


def test_roster_digest_tells_contents_apart_and_nothing_else() -> None:
    one, two = person("P1"), person("P2")

    def digest(*people: Any) -> str:
        return pack_roster(shortlist(needs(), people=people)).digest

    assert digest(one, two) == digest(two, one) == digest(replace(one, id=77), two)
    assert digest(one, two) != digest(one)
    assert digest(one, two) != digest(one, replace(two, active=False))


def test_record_holds_every_figure_by_ordinal() -> None:
    known = facts(
        person("P1"),
        person("P2"),
        person("P3"),
        hours={"P1": 9, "P2": 1},
        last={"P2": after(days=-3)},
        drs=[dr("B90", "P2", start=after(days=-1))],
    )
    asked = request(start=after(days=2), meeting_type="DR", preferred=frozenset({3}))
    choice = decide(asked, known)
    ordinals = pack_roster(choice.shortlist).ordinals

    found = unpack(pack_choice(choice, ordinals=ordinals, policy=NORMAL, now=NOW))

    assert found == RECORD


def test_record_of_a_large_service_stays_small() -> None:
    # 1,000 people of whom 60 speak the languages and 40 are at work: 2-rules allows 4 kB.
    people = [
        person(
            f"P{n}",
            languages=frozenset({"ja", "th"} if n <= 60 else {"fr"}),
            hours="Mon 08:00-17:00" if n <= 20 else "",
        )
        for n in range(1, 1_001)
    ]
    known = facts(*people, hours={f"P{n}": n / 7 for n in range(60)}, window_days=60)
    choice = decide(request(), known, replace(BALANCE, mode="NORMAL"))
    packed = pack_roster(choice.shortlist)

    record = pack_choice(choice, ordinals=packed.ordinals, policy=NORMAL, now=NOW)

    assert len(choice.rejected) + len(choice.ranked) == 60
    assert len(record) < 4_000
    assert len(packed.record) < 8_000


@pytest.mark.parametrize(
    ("content", "mask"),
    [
        ({"v": 1, "could": "0e", "chosen": [2]}, b"\x0e"),
        ({"v": 1, "could": "", "chosen": []}, b""),
        ({"v": 1, "chosen": [2], "exchanged_for": ['","could":"ff"']}, None),
        ({"chosen": list(range(1_000)), "could": "ff0e"}, b"\xff\x0e"),
        ({"could": "ab" * 1_000}, b"\xab" * 1_000),
    ],
)
def test_who_could_is_found_in_a_record_wherever_it_stands(
    content: dict[str, Any], mask: bytes | None
) -> None:
    assert people_who_could(pack(content)) == mask
