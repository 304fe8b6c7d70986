"""A policy as a JSON document: round trip, bad shapes, differences."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assignment.errors import InputError
from assignment.policies import DEFAULT
from assignment.policy_json import (
    Difference,
    InvalidPolicyError,
    differences,
    parse_policy,
    policy_from_json,
    policy_to_json,
)
from assignment.policy_values import Days, PolicyValues, UnsocialHours

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def document(**changes: Any) -> dict[str, Any]:
    """The default policy as a document, with these keys changed."""
    return policy_to_json(DEFAULT) | changes


def found(given_document: object) -> list[tuple[str, str]]:
    """Code and field of each finding about the shape."""
    with pytest.raises(InvalidPolicyError) as refused:
        policy_from_json(given_document)
    return [(finding.code, finding.field) for finding in refused.value.findings]


def test_a_policy_comes_back_from_json_as_it_was() -> None:
    values = replace(
        DEFAULT, mode="CUSTOM", soft_rules=frozenset({"buffer", "fairness_gap"}), allow_partial=True
    )

    assert policy_from_json(json.loads(json.dumps(policy_to_json(values)))) == values


def test_the_four_required_keys_are_enough() -> None:
    short = {key: document()[key] for key in ("mode", "weights", "thresholds", "priorities")}

    assert policy_from_json(short) == DEFAULT


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is no JSON: look at line 1, column 1."),
        (b'{"mode": }', "The file is no JSON: look at line 1, column 10."),
        (b"\xff\xfe", "The file is not UTF-8 text: save it as UTF-8."),
        (b"[" * 100_000, "The JSON is nested too deeply to be a policy."),
        (b'{"a":' * 100_000, "The JSON is nested too deeply to be a policy."),
        (b"9" * 5_000, "The file is no JSON: a number in it is too long."),
        (b'"' + b"x" * 5_000_000 + b'"', "The file is larger than 1 MB: a policy takes a few kB."),
        (b'{"mode": 1, "mode": 2}', "The key mode stands twice: keep one of them."),
    ],
)
def test_what_cannot_be_read_is_one_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_policy(content)

    assert str(refused.value) == sentence


def test_a_byte_order_mark_is_no_matter() -> None:
    assert parse_policy(b'\xef\xbb\xbf{"mode": "NORMAL"}') == {"mode": "NORMAL"}


@pytest.mark.parametrize("whole", [None, [], "NORMAL", 7, True])
def test_a_policy_is_an_object(whole: object) -> None:
    assert found(whole) == [("not_an_object", "")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"mode": 3}, [("not_text", "mode")]),
        ({"colour": "red"}, [("unknown", "colour")]),
        ({"weights": None}, [("not_an_object", "weights")]),
        ({"weights": [1, 2]}, [("not_an_object", "weights")]),
        ({"thresholds": "none"}, [("not_an_object", "thresholds")]),
        ({"priorities": []}, [("not_an_object", "priorities")]),
        ({"priorities": {"Other": True}}, [("priority_not_a_number", "priorities.Other")]),
        ({"priorities": {"Other": float("nan")}}, [("priority_not_a_number", "priorities.Other")]),
        ({"priorities": {"DR": 3}}, [("missing", "priorities.Other")]),
        ({"allow_partial": 1}, [("not_yes_or_no", "allow_partial")]),
        ({"soft_rules": "buffer"}, [("not_a_list", "soft_rules")]),
        ({"soft_rules": [{"a": 1}]}, [("not_a_list", "soft_rules")]),
        ({"soft_penalty": "-1"}, [("soft_penalty_not_a_number", "soft_penalty")]),
        ({"fair_share": 3}, [("not_text", "fair_share")]),
        ({"unsocial": []}, [("not_an_object", "unsocial")]),
        ({"unsocial": {"dawn": 2}}, [("unknown", "unsocial.dawn")]),
        (
            {"unsocial": {"night_factor": "2"}},
            [("night_factor_not_a_number", "unsocial.night_factor")],
        ),
        ({"unsocial": {"holidays": "2026-12-25"}}, [("not_a_list", "unsocial.holidays")]),
        ({"unsocial": {"holidays": [20261225]}}, [("not_a_list", "unsocial.holidays")]),
    ],
)
def test_a_bad_shape_is_named_by_its_field(
    changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert found(document(**changes)) == expected


@pytest.mark.parametrize("key", ["mode", "weights", "thresholds", "priorities"])
def test_a_missing_key_is_named(key: str) -> None:
    short = document()
    del short[key]

    assert found(short) == [("missing", key)]


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), True, "1.2", None, [1.2], {"a": {"b": 1}}]
)
def test_a_weight_is_a_finite_number(value: object) -> None:
    weights = document()["weights"] | {"w_fair": value}

    assert found(document(weights=weights)) == [("w_fair_not_a_number", "weights.w_fair")]


@pytest.mark.parametrize("pair", [None, 7, [7], [7, 15, 30], {"urgent": 7}])
def test_thresholds_are_pairs(pair: object) -> None:
    thresholds = document()["thresholds"]
    thresholds["NORMAL"]["VIP"] = pair

    assert found(document(thresholds=thresholds)) == [("not_a_pair", "thresholds.NORMAL.VIP")]


def test_a_foreign_key_is_shown_short_and_printable() -> None:
    hostile = "\u202e\ud800" + "x" * 100

    ((_, field),) = found(document(**{hostile: 1}))

    assert field == "\\u202e\\ud800" + "x" * 38


@given(JUNK)
def test_no_document_is_an_accident(junk: object) -> None:
    with pytest.raises(InvalidPolicyError):
        policy_from_json(junk)


@given(
    st.sampled_from(["mode", "weights", "thresholds", "priorities", "soft_rules", "w_preference"]),
    JUNK,
)
def test_junk_under_a_known_key_is_refused_or_read(key: str, junk: object) -> None:
    with suppress(InvalidPolicyError):
        assert isinstance(policy_from_json(document(**{key: junk})), PolicyValues)


def test_differences_name_what_changed_and_nothing_else() -> None:
    thresholds = {**DEFAULT.thresholds, ("NORMAL", "DR"): Days(urgent=12, general=30)}
    newer = replace(
        DEFAULT,
        mode="URGENT",
        custom=replace(DEFAULT.custom, w_fair=1.5),
        thresholds=thresholds,
        soft_rules=frozenset({"buffer"}),
    )

    assert differences(DEFAULT, newer) == (
        Difference(field="mode", old="NORMAL", new="URGENT"),
        Difference(field="weights.w_fair", old=1.2, new=1.5),
        Difference(field="thresholds.NORMAL.DR", old=[10, 30], new=[12, 30]),
        Difference(field="soft_rules", old=[], new=["buffer"]),
    )
    assert differences(DEFAULT, DEFAULT) == ()


def test_a_row_that_only_one_policy_has_is_a_difference() -> None:
    newer = replace(DEFAULT, priorities={"Other": 1})

    assert [item.field for item in differences(DEFAULT, newer)] == [
        "priorities.DR",
        "priorities.VIP",
        "priorities.Weekly",
        "priorities.General",
        "priorities.Urgent",
    ]
    assert {item.new for item in differences(DEFAULT, newer)} == {None}


def test_fair_share_and_unsocial_hours_come_back_and_their_differences_are_named() -> None:
    newer = replace(
        DEFAULT,
        fair_share="opportunity",
        unsocial=UnsocialHours(night_factor=1.5, holidays=("2026-12-25",)),
    )

    assert policy_from_json(json.loads(json.dumps(policy_to_json(newer)))) == newer
    assert differences(DEFAULT, newer) == (
        Difference(field="fair_share", old="outcome", new="opportunity"),
        Difference(field="unsocial.night_factor", old=1, new=1.5),
        Difference(field="unsocial.holidays", old=[], new=["2026-12-25"]),
    )
    earlier = policy_to_json(DEFAULT)
    del earlier["fair_share"], earlier["unsocial"]
    assert policy_from_json(earlier) == DEFAULT
