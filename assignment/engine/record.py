"""The compact form in which a choice is kept: small, complete, readable without the tables.

Two parts, both JSON in columns, compressed with zlib. The *roster* holds the refs of all
people and the standing rejections; decisions with equal needs share it by its digest. The
*record* holds, by ordinal in the roster, who was rejected by which momentary rule with
which values, and the figures of everybody who passed, best first (of a joint decision: minutes
above the fair share, points, idle time). ``could`` is the bit mask of those who could have had
the booking, by id, as the ledger keeps it beside the decision. What a reader can tell without
loss is left out: a column of equal figures is one figure, hashes follow from the refs, and the
order of equals from the hashes. ``unpacking`` puts it back.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from assignment.engine.joint_view import JointView
from assignment.engine.opportunity import pack_people
from assignment.engine.pipeline import Choice, Shortlist
from assignment.engine.request import Person
from assignment.engine.rules import Rejection
from assignment.engine.scoring import Score
from assignment.errors import StoredDataError
from assignment.policy_values import PolicyValues, Weighting

VERSION = 2
LEVEL = 4
"""A tenth faster than the usual 6, for three bytes in a hundred."""
BEGINNING = 1_000
COULD = re.compile(rb'"could":"([0-9a-f]*)"')
"""Where the mask usually stands, as the keys are sorted; no text can hold a bare quote."""
BROKEN = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What reading a record can raise that somebody has changed."""
SCORE_COLUMNS = (
    "hours",
    "fairness",
    "lrs",
    "dr",
    "preference",
    "continuity",
    "soft",
    "total",
    "deficit",
    "idle_days",
)
"""Figures of everybody who passed, in the order of ``ranked``."""


@dataclass(frozen=True, kw_only=True)
class PackedRoster:
    """A roster ready to be stored: SHA-256 digest (hex) of the content, and the content."""

    digest: str
    record: bytes
    ordinals: Mapping[int, int]


def pack(value: Any) -> bytes:
    """Return a value as compressed JSON; equal values give equal bytes.

    By orjson: the same bytes as the standard library's, in an eighth of its time.
    """
    return zlib.compress(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), LEVEL)


def unpack(record: bytes | memoryview) -> Any:
    """Return the value of a packed record."""
    return orjson.loads(zlib.decompress(bytes(record)))


@contextmanager
def reading(thing: str) -> Iterator[None]:
    """Turn whatever a damaged record raises inside into StoredDataError."""
    try:
        yield
    except BROKEN as error:
        raise StoredDataError(
            f"The record of {thing} is damaged and cannot be read: restore it from a backup."
        ) from error


def people_who_could(record: bytes | memoryview) -> bytes | None:
    """Return the bit mask of those who could have had the booking; None in early records."""
    beginning = zlib.decompressobj().decompress(bytes(record), BEGINNING)
    found = COULD.search(beginning)
    mask = found[1].decode() if found else unpack(record).get("could")
    return None if mask is None else bytes.fromhex(mask)


def pack_roster(listed: Shortlist) -> PackedRoster:
    """Return the shared part of all decisions with these needs."""
    people = sorted(
        (*listed.people, *(person for person, _ in listed.rejected)), key=lambda row: row.ref
    )
    ordinals = {person.id: place for place, person in enumerate(people)}
    content = {
        "v": VERSION,
        "refs": [person.ref for person in people],
        "rejected": _columns(listed.rejected, ordinals),
    }
    record = pack(content)
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return PackedRoster(digest=digest, record=record, ordinals=ordinals)


def pack_choice(
    choice: Choice,
    *,
    ordinals: Mapping[int, int],
    policy: PolicyValues,
    now: dt.datetime,
) -> bytes:
    """Return the record of one choice; ``ordinals`` are those of its roster."""
    columns = dict(zip(Score._fields, zip(*choice.ranked, strict=True), strict=False))
    content: dict[str, Any] = {
        "v": VERSION,
        "booking": choice.request.ref,
        "now": now.isoformat(),
        "mode": policy.mode,
        "fair_share": str(policy.fair_share),
        "could": pack_people(choice.eligible).hex(),
        "needed": choice.request.needed,
        "chosen": [ordinals[person_id] for person_id in choice.chosen],
        "pinned": [ordinals[key] for key in choice.request.pinned if key in ordinals],
        "rejected": _columns(choice.rejected, ordinals),
        "ranked": [ordinals[person_id] for person_id in columns.get("person_id", ())],
        "scores": {name: _one_if_equal(columns.get(name, ())) for name in SCORE_COLUMNS},
        "soft_rules": [
            [place, *broken] for place, broken in enumerate(columns.get("soft_rules", ())) if broken
        ],
        "urgency": choice.urgency,
        "weights": _weights(policy.weighting),
        "tie_break": list(choice.tie_break) if choice.tie_break else None,
    }
    return pack(content | _special(choice, ordinals))


def _one_if_equal(column: Sequence[Any]) -> Any:
    """Return the figure that all have, or the column."""
    return column[0] if column and column.count(column[0]) == len(column) else column


def _special(choice: Choice, ordinals: Mapping[int, int]) -> dict[str, Any]:
    """Return what only some choices have: a joint ranking, an exchange, a gap, a DR before."""
    found: dict[str, Any] = {}
    if choice.joint:
        found["joint"] = _joint_columns(choice.joint, ordinals)
    if choice.exchanged_for:
        found["exchanged_for"] = list(choice.exchanged_for)
    if choice.gap:
        gap = choice.gap
        found["gap"] = {"level": gap.level, "limit": gap.limit, "least": gap.least}
    if choice.dr:
        found["dr"] = {
            "people": sorted(ordinals[key] for key in choice.dr.people if key in ordinals),
            "booking": choice.dr.booking_ref,
            "strength": choice.dr.strength,
            "penalty": choice.dr.penalty,
            "overridden": choice.dr_overridden,
        }
    return found


def _joint_columns(view: JointView, ordinals: Mapping[int, int]) -> dict[str, Any]:
    return {
        "minutes": view.minutes,
        "together": view.together,
        "people": [ordinals[person_id] for person_id in view.people],
        "above": view.above,
        "points": view.points,
        "idle": view.idle,
    }


def _weights(weights: Weighting) -> dict[str, float]:
    return {"fairness": weights.w_fair, "urgency": weights.w_urgency, "lrs": weights.w_lrs}


def _columns(
    rejected: Iterable[tuple[Person, Rejection]], ordinals: Mapping[int, int]
) -> dict[str, list[list[Any]]]:
    """Return ``{rule: [[ordinal, value, ...], ...]}``, sorted by ordinal."""
    columns: dict[str, list[list[Any]]] = {}
    for person, rejection in rejected:
        columns.setdefault(rejection.rule, []).append([ordinals[person.id], *rejection.values])
    return {rule: sorted(rows, key=lambda row: row[0]) for rule, rows in columns.items()}
