"""The JSON form of a policy, and the differences between two policies. Pure.

::

    {"mode": "NORMAL",
     "weights": {"w_fair": 1.2, "w_urgency": 0.8, "w_lrs": 0.3, "fairness_window_days": 30,
                 "max_gap_hours": 5, "dr_penalty": -0.5},
     "thresholds": {"BALANCE": {"DR": [7, 30], ...}, "NORMAL": ..., "URGENT": ..., "CUSTOM": ...},
     "priorities": {"DR": 5, ..., "Other": 1},
     "w_preference": 0.5, "w_continuity": 0, "allow_partial": false,
     "soft_rules": [], "soft_penalty": -0.5, "fair_share": "outcome",
     "unsocial": {"night_factor": 1, "weekend_factor": 1, "holiday_factor": 1,
                  "night_from": 22, "night_until": 6, "holidays": ["2026-12-25"]}}

``weights`` are those of CUSTOM; thresholds are [urgent, general] in days. The first four
keys are required, with every weight, every mode, and Other in each table; the rest have the
defaults shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, NoReturn

from assignment.enums import MeetingType, Mode
from assignment.errors import InputError
from assignment.policy_limits import (
    GENERAL_DAYS,
    OTHERS,
    PRIORITY,
    UNSOCIAL,
    URGENT_DAYS,
    WEIGHTS,
    Finding,
    error,
    judge,
)
from assignment.policy_values import Days, PolicyValues, UnsocialHours, Weighting

MOST_BYTES = 1_000_000
REQUIRED = ("mode", "weights", "thresholds", "priorities")
OPTIONAL: dict[str, Any] = {
    "w_preference": 0.5,
    "w_continuity": 0.0,
    "allow_partial": False,
    "soft_rules": [],
    "soft_penalty": -0.5,
    "fair_share": "outcome",
    "unsocial": {},
}


class InvalidPolicyError(InputError):
    """The document is JSON, but no policy; ``findings`` say why."""

    code = "invalid_policy"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(findings[0].message)
        self.findings = findings


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One figure that two policies do not share; None where one has no such row."""

    field: str
    old: Any
    new: Any


def policy_to_json(values: PolicyValues) -> dict[str, Any]:
    """Return the policy as a document that ``policy_from_json`` reads back."""
    return {
        "mode": str(values.mode),
        "weights": {item.name: getattr(values.custom, item.name) for item in fields(Weighting)},
        "thresholds": {
            mode: {
                meeting_type: [
                    values.thresholds[mode, meeting_type].urgent,
                    values.thresholds[mode, meeting_type].general,
                ]
                for meeting_type in MeetingType.values
                if (mode, meeting_type) in values.thresholds
            }
            for mode in Mode.values
        },
        "priorities": {
            meeting_type: values.priorities[meeting_type]
            for meeting_type in MeetingType.values
            if meeting_type in values.priorities
        },
        "w_preference": values.w_preference,
        "w_continuity": values.w_continuity,
        "allow_partial": values.allow_partial,
        "soft_rules": sorted(values.soft_rules),
        "soft_penalty": values.soft_penalty,
        "fair_share": str(values.fair_share),
        "unsocial": asdict(values.unsocial) | {"holidays": list(values.unsocial.holidays)},
    }


def parse_policy(content: bytes) -> object:
    """Return the JSON document in a file's content; raises InputError if it cannot be read."""
    if len(content) > MOST_BYTES:
        raise InputError("The file is larger than 1 MB: a policy takes a few kB.")
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=_without_repeats)
    except UnicodeDecodeError as reason:
        raise InputError("The file is not UTF-8 text: save it as UTF-8.") from reason
    except RecursionError as reason:
        raise InputError("The JSON is nested too deeply to be a policy.") from reason
    except json.JSONDecodeError as reason:
        raise InputError(
            f"The file is no JSON: look at line {reason.lineno}, column {reason.colno}."
        ) from reason
    except ValueError as reason:
        raise InputError("The file is no JSON: a number in it is too long.") from reason


def policy_from_json(document: object) -> PolicyValues:
    """Return the policy of a document (``id`` and ``version`` 0).

    Only the shape is judged here: keys, and kinds of values; ranges are judged by
    ``assignment.policy_rules.validate``. Raises InvalidPolicyError with all findings.
    """
    if not isinstance(document, dict):
        _refuse(error("not_an_object", "", "Write the policy as one JSON object."))
    found = tuple(_shape(document))
    if found:
        raise InvalidPolicyError(found)
    given = OPTIONAL | document
    return PolicyValues(
        id=0,
        version=0,
        mode=given["mode"],
        custom=Weighting(**given["weights"]),
        thresholds={
            (mode, meeting_type): Days(urgent=pair[0], general=pair[1])
            for mode, row in given["thresholds"].items()
            for meeting_type, pair in row.items()
        },
        priorities=given["priorities"],
        w_preference=given["w_preference"],
        w_continuity=given["w_continuity"],
        allow_partial=given["allow_partial"],
        soft_rules=frozenset(given["soft_rules"]),
        soft_penalty=given["soft_penalty"],
        fair_share=given["fair_share"],
        unsocial=UnsocialHours(
            **given["unsocial"] | {"holidays": tuple(given["unsocial"].get("holidays", ()))}
        ),
    )


def differences(old: PolicyValues, new: PolicyValues) -> tuple[Difference, ...]:
    """Return what ``new`` changes, field by field, in the order of the JSON form."""
    before, after = dict(_leaves(policy_to_json(old))), dict(_leaves(policy_to_json(new)))
    return tuple(
        Difference(field=field, old=before.get(field), new=after.get(field))
        for field in dict.fromkeys((*before, *after))
        if before.get(field) != after.get(field)
    )


def _leaves(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _shape(document: dict[str, Any]) -> Iterator[Finding]:
    yield from _keys(document, "", required=REQUIRED, allowed=(*REQUIRED, *OPTIONAL))
    for key in ("mode", "fair_share"):
        if not isinstance(document.get(key, ""), str):
            yield error("not_text", key, f"Write {key} as text.")
    if not isinstance(document.get("allow_partial", False), bool):
        yield error("not_yes_or_no", "allow_partial", "Write allow_partial as true or false.")
    rules = document.get("soft_rules", [])
    if not (isinstance(rules, list) and all(isinstance(rule, str) for rule in rules)):
        yield error("not_a_list", "soft_rules", "Write soft_rules as a list of names of rules.")
    for limits in OTHERS:
        if limits.name in document:
            yield from _numbers(judge(document[limits.name], limits=limits, field=limits.name))
    tables = (
        ("weights", _weights_shape),
        ("thresholds", _thresholds_shape),
        ("priorities", _priorities_shape),
        ("unsocial", _unsocial_shape),
    )
    for key, shape in tables:
        if isinstance(document.get(key), dict):
            yield from shape(document[key])
        elif key in document:
            yield _no_object(key)


def _weights_shape(weights: dict[str, Any]) -> Iterator[Finding]:
    names = tuple(limits.name for limits in WEIGHTS)
    yield from _keys(weights, "weights.", required=names, allowed=names)
    for limits in WEIGHTS:
        if limits.name in weights:
            field = f"weights.{limits.name}"
            yield from _numbers(judge(weights[limits.name], limits=limits, field=field))


def _thresholds_shape(thresholds: dict[str, Any]) -> Iterator[Finding]:
    modes = tuple(Mode.values)
    yield from _keys(thresholds, "thresholds.", required=modes, allowed=modes)
    for mode in filter(thresholds.__contains__, modes):
        row, prefix = thresholds[mode], f"thresholds.{mode}."
        if not isinstance(row, dict):
            yield _no_object(f"thresholds.{mode}")
            continue
        yield from _keys(
            row, prefix, required=(MeetingType.OTHER.value,), allowed=tuple(MeetingType.values)
        )
        for meeting_type, pair in row.items():
            yield from _pair_shape(pair, f"{prefix}{_shown(meeting_type)}")


def _pair_shape(pair: object, field: str) -> Iterator[Finding]:
    if not (isinstance(pair, list) and len(pair) == 2):
        yield error("not_a_pair", field, "Write the thresholds as [urgent days, general days].")
        return
    yield from _numbers(judge(pair[0], limits=URGENT_DAYS, field=field))
    yield from _numbers(judge(pair[1], limits=GENERAL_DAYS, field=field))


def _priorities_shape(priorities: dict[str, Any]) -> Iterator[Finding]:
    allowed = tuple(MeetingType.values)
    yield from _keys(
        priorities, "priorities.", required=(MeetingType.OTHER.value,), allowed=allowed
    )
    for meeting_type, priority in priorities.items():
        field = f"priorities.{_shown(meeting_type)}"
        yield from _numbers(judge(priority, limits=PRIORITY, field=field))


def _unsocial_shape(unsocial: dict[str, Any]) -> Iterator[Finding]:
    names = tuple(limits.name for limits in UNSOCIAL)
    yield from _keys(unsocial, "unsocial.", required=(), allowed=(*names, "holidays"))
    for limits in UNSOCIAL:
        if limits.name in unsocial:
            field = f"unsocial.{limits.name}"
            yield from _numbers(judge(unsocial[limits.name], limits=limits, field=field))
    days = unsocial.get("holidays", [])
    if not (isinstance(days, list) and all(isinstance(day, str) for day in days)):
        yield error("not_a_list", "unsocial.holidays", "Write holidays as a list of ISO dates.")


def _keys(
    given: dict[str, Any], prefix: str, *, required: tuple[str, ...], allowed: tuple[str, ...]
) -> Iterator[Finding]:
    for key in required:
        if key not in given:
            yield error("missing", f"{prefix}{key}", f"Add the key {prefix}{key}.")
    for key in given:
        if key not in allowed:
            name = f"{prefix}{_shown(key)}"
            yield error("unknown", name, f"Take out the unknown key {name}.")


def _numbers(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Keep what says that a value is no number; ranges are not a matter of shape."""
    return (finding for finding in findings if finding.code.endswith("_not_a_number"))


def _no_object(field: str) -> Finding:
    return error("not_an_object", field, f"Write {field} as a JSON object.")


def _shown(key: str) -> str:
    """Return a foreign key short and printable."""
    text = key[:40]
    return text if text.isprintable() else ascii(text)[1:-1]


def _refuse(finding: Finding) -> NoReturn:
    raise InvalidPolicyError((finding,))


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for key, value in pairs:
        if key in given:
            raise InputError(f"The key {_shown(key)} stands twice: keep one of them.")
        given[key] = value
    return given
