"""Tells of a joint decision from its record: who got it, and what anybody else would have cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assignment.engine.candidate import CHOSEN, OUTRANKED, Candidate
from assignment.engine.cures import cure_in_joint
from assignment.engine.scoring import stable_hash
from assignment.wording import counted


def jointly_rederived(record: Mapping[str, Any], *, refs: Sequence[str]) -> tuple[str, ...]:
    """Return whom the figures of a joint decision make the choice."""
    joint = record["joint"]
    columns = (joint["above"], joint["points"], joint["idle"], _hashes(joint, refs=refs))
    rows = [
        ((ordinal not in record["pinned"], above, -points, -idle, last), refs[ordinal])
        for ordinal, above, points, idle, last in zip(joint["people"], *columns, strict=True)
    ]
    return tuple(ref for _, ref in sorted(rows)[: len(record["chosen"])])


def joint_candidates(
    record: dict[str, Any], *, refs: list[str], names: Mapping[str, str]
) -> Iterator[Candidate]:
    """Yield who has or could have it; the score is hours below the fair share without it."""
    joint = record["joint"]
    hashes = _hashes(joint, refs=refs)
    for index, ordinal in enumerate(joint["people"]):
        chosen = ordinal in record["chosen"]
        above = joint["above"][index]
        yield Candidate(
            interpreter=refs[ordinal],
            name=names.get(refs[ordinal], refs[ordinal]),
            verdict=CHOSEN if chosen else OUTRANKED,
            rule="",
            reason=_joint_sentence(record, index=index, chosen=chosen),
            cure=cure_in_joint(record, index=index),
            place=index + 1,
            score=round(-above / 60, 4),
            parts={
                "preference": round(joint["points"][index] / 1_000_000, 6),
            },
            values={
                "minutes_above_share": above,
                "idle_days": round(joint["idle"][index] / 1440, 2),
                "hash": hashes[index],
                "cost": joint_cost(record, index=index),
            },
        )


def _hashes(joint: Mapping[str, Any], *, refs: Sequence[str]) -> Sequence[str]:
    """Return the last tie-break of each person: from the refs, or as early records hold it."""
    found: Sequence[str] | None = joint.get("hash")
    return found or [stable_hash(joint["booking"], refs[ordinal]) for ordinal in joint["people"]]


def joint_cost(record: Mapping[str, Any], *, index: int) -> int:
    """Return minutes squared by which the squared deviations from the fair shares would be
    larger with this person in the place of the last one chosen: 2 * length * difference.
    """
    joint = record["joint"]
    ordinal = joint["people"][index]
    if ordinal in record["chosen"]:
        return 0
    last = joint["people"].index(record["chosen"][-1])
    return int(2 * joint["minutes"] * (joint["above"][index] - joint["above"][last]))


def _joint_sentence(record: dict[str, Any], *, index: int, chosen: bool) -> str:
    joint = record["joint"]
    if chosen:
        if joint["people"][index] in record["pinned"]:
            return "Pinned."
        return (
            f"Decided with {counted(joint['together'] - 1, 'other', 'others')}: "
            f"{against_share(joint['above'][index])} without this booking."
        )
    last = joint["people"].index(record["chosen"][-1])
    more = joint["above"][index] - joint["above"][last]
    if not more:
        return f"Place {index + 1}: as even as the choice; the tie-break decided."
    return (
        f"Place {index + 1}: would make the hours less even by "
        f"{joint_cost(record, index=index) / 3600:.2f} h²; would get it with {more / 60:.2f} h "
        "less on the books."
    )


def against_share(minutes: int) -> str:
    """Return minutes above the fair share in words, such as ``1.50 h below the fair share``."""
    word = "above" if minutes > 0 else "below"
    return f"{abs(minutes) / 60:.2f} h {word} the fair share"
