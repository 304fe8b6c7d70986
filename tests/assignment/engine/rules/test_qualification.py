"""Standing rules, each alone: everything else about the person is in order."""

from __future__ import annotations

from typing import Any

import pytest

from assignment.engine.rules.qualification import speaks
from tests.assignment.engine.values import decide, facts, needs, person, request, verdicts

TEAM, OTHER_TEAM, TENANT, OTHER_TENANT = 5, 6, 7, 8


@pytest.mark.parametrize(
    ("fields", "wanted", "rejection"),
    [
        ({"active": False}, {}, ("active", ())),
        ({"team_id": OTHER_TEAM}, {"team_id": TEAM}, ("team", ())),
        ({"team_id": None}, {"team_id": TEAM}, ("team", ())),
        ({"tenant_id": OTHER_TENANT}, {"tenant_id": TENANT}, ("tenant", ())),
        ({"tenant_id": None}, {"tenant_id": TENANT}, ("tenant", ())),
        ({"languages": frozenset({"ja"})}, {}, ("languages", ("th",))),
        ({"languages": frozenset()}, {}, ("languages", ("ja, th",))),
        ({}, {"skills": ("court", "medical")}, ("skills", ("court, medical",))),
        (
            {"skills": frozenset({"court", "tax"})},
            {"skills": ("court", "medical")},
            ("skills", ("medical",)),
        ),
    ],
)
def test_standing_rule_rejects_with_its_values(
    fields: dict[str, Any], wanted: dict[str, Any], rejection: tuple[str, tuple[str, ...]]
) -> None:
    choice = decide(request(needs=needs(**wanted)), facts(person("P1", **fields)))

    assert verdicts(choice) == {"P1": rejection}
    assert choice.outcome == "stop"


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"team_id": TEAM, "tenant_id": TENANT}, {}),
        ({"team_id": TEAM}, {"team_id": TEAM}),
        ({"team_id": TEAM, "tenant_id": TENANT}, {"tenant_id": TENANT}),
        ({"languages": frozenset({"en", "ja", "th"})}, {}),
        ({"skills": frozenset({"court", "tax"})}, {"skills": ("court",)}),
    ],
)
def test_who_has_what_is_needed_passes(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    choice = decide(request(needs=needs(**wanted)), facts(person("P1", **fields)))

    assert choice.chosen == (1,)


@pytest.mark.parametrize(
    ("languages", "tag", "expected"),
    [
        ({"ja", "th"}, "ja", True),
        ({"ja>th"}, "ja>th", True),
        ({"ja", "th"}, "ja>th", True),  # a pair follows from its two tags
        ({"ja>th"}, "th>ja", False),  # the direction matters
        ({"ja>th", "th>ja"}, "ja", False),  # a pair alone does not give the tag
        ({"ja", "ja>th"}, "th", False),
        ({"ja"}, "ja>th", False),
        ({"th"}, "ja>th", False),
        ({"zh-Hant"}, "zh", False),
        (set(), "ja", False),
    ],
)
def test_speaks_tags_and_pairs(languages: set[str], tag: str, expected: bool) -> None:
    assert speaks(frozenset(languages), tag) is expected
