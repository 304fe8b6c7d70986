"""Answers why X and why not Y for every person, from the stored record alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assignment.engine.candidate import CHOSEN, OUTRANKED, REJECTED, Candidate
from assignment.engine.cures import cure_of_place, cure_of_rejection
from assignment.engine.explain_joint import against_share, joint_candidates, jointly_rederived
from assignment.engine.record import SCORE_COLUMNS, reading, unpack
from assignment.engine.rules import GAP_RULE
from assignment.engine.unpacking import column_of, merit_of, unpack_choice
from assignment.enums import FairShare
from assignment.models import Decision, Interpreter
from assignment.wording import counted

SENTENCES: Mapping[str, str] = {
    "active": "Is not active, or the team is not.",
    "team": "Belongs to another team.",
    "tenant": "Belongs to another tenant.",
    "languages": "Does not have: {0}.",
    "skills": "Lacks the skill: {0}.",
    "filled": "Nobody more is needed.",
    "started": "The meeting had already started.",
    "working_hours": "Does not work from {0} to {1} ({2}).",
    "leave": "Is on leave from {0} to {1} UTC.",
    "overlap": "Is busy with {0} from {1} to {2} UTC.",
    "planned": "Is planned for {0} from {1} to {2} UTC in the same plan: that would have to go "
    "to somebody else.",
    "buffer": "{0} is closer than {1} minutes.",
    "daily_minutes": "Would work {0} minutes that day; the cap is {1}.",
    "weekly_minutes": "Would work {0} minutes that week; the cap is {1}.",
    "excluded": "Is excluded by the booking.",
    "do_not_send": "Is on the do-not-send list of {0}.",
    "declined": "Declined it already.",
    "pinned": "Somebody else is pinned.",
    "dr_consecutive": "Served the DR before ({0}); this mode forbids two in a row.",
    "fairness_gap": "Has {0} h; the least loaded has {1} h and the gap may be {2} h.",
}

ABOVE_SHARE = (
    "Is {0} h above the fair share; the least loaded is {1} h above it and the gap may be {2} h."
)
"""The fairness gap where hours are those above the equal share of opportunity."""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A stored decision in words; ``candidates``: chosen, outranked, then rejected by ref.

    ``notes``: what was special (gap level, DR overridden), as sentences. ``fair_share``: what
    people were measured against; hours are those above it where it is of opportunity.
    """

    booking: str
    outcome: str
    reason_code: str
    reason: str
    chosen: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    tie_break: Mapping[str, Any] | None
    notes: tuple[str, ...]
    policy_version: int
    mode: str
    fair_share: str
    decided_at: dt.datetime
    by: str


def explain(decision: Decision) -> Explanation:
    """Return the decision explained; names are looked up, all else is from the record.

    Raises StoredDataError for a record that is damaged.
    """
    with reading(f"the decision for {decision.booking.ref}"):
        return _explained(decision)


def _explained(decision: Decision) -> Explanation:
    roster = unpack(decision.roster.record) if decision.roster else {"refs": [], "rejected": {}}
    refs: list[str] = roster["refs"]
    record = unpack_choice(decision.record, refs=refs)
    # a roster names nearly everybody, so that to read all is less than to ask for each
    names = dict(Interpreter.objects.order_by().values_list("ref", "name"))
    passed = tuple(_passed(record, refs=refs, names=names))
    out = (*_rejected(roster, refs=refs, names=names), *_rejected(record, refs=refs, names=names))
    return Explanation(
        booking=decision.booking.ref,
        outcome=decision.outcome,
        reason_code=decision.reason_code,
        reason=decision.reason_text,
        chosen=tuple(refs[ordinal] for ordinal in record["chosen"]),
        candidates=(*passed, *sorted(out, key=lambda row: row.interpreter)),
        tie_break=_tie_break(record),
        notes=tuple(_notes(record)),
        policy_version=decision.policy.version,
        mode=record["mode"],
        fair_share=str(FairShare(record.get("fair_share", FairShare.OUTCOME)).label),
        decided_at=decision.decided_at,
        by=decision.decided_by,
    )


def rederive(decision: Decision) -> tuple[str, ...]:
    """Return the refs that the stored figures alone make the choice; must equal the chosen."""
    if decision.roster is None:
        return ()
    return rederived(decision.record, refs=unpack(decision.roster.record)["refs"])


def rederived(packed: bytes | memoryview, *, refs: Sequence[str]) -> tuple[str, ...]:
    """Return whom the figures of a record make the choice; ``refs`` of its roster."""
    record = unpack_choice(packed, refs=refs)
    if "joint" in record:
        return jointly_rederived(record, refs=refs)
    order = sorted(range(len(record["ranked"])), key=lambda place: merit_of(record, place=place))
    return tuple(refs[record["ranked"][place]] for place in order[: len(record["chosen"])])


def standing(packed: bytes | memoryview) -> str:
    """Return how the chosen stand among those who can, from the record of a choice.

    Raises StoredDataError for one that is damaged.
    """
    with reading("this choice"):
        return _standing(unpack(packed))


def _standing(record: Mapping[str, Any]) -> str:
    joint = record.get("joint")
    able: list[int] = joint["people"] if joint else record["ranked"]
    places = sorted(able.index(ordinal) for ordinal in record["chosen"])
    if joint:
        figures = ", ".join(against_share(joint["above"][place]) for place in places)
    else:
        totals = column_of(record, "total")
        figures = ", ".join(f"{totals[place]:.3f}" for place in places)
        figures = f"{figures} points"
    word = "Place" if len(places) == 1 else "Places"
    named = ", ".join(str(place + 1) for place in places)
    return f"{word} {named} of {len(able)} who can take it: {figures}."


def sentence(rule: str, values: list[Any]) -> str:
    """Return a rejection in words."""
    template = SENTENCES.get(rule)
    return template.format(*values) if template else f"Rejected by the rule {rule}."


def _passed(
    record: dict[str, Any], *, refs: list[str], names: Mapping[str, str]
) -> Iterator[Candidate]:
    if "joint" in record:
        yield from joint_candidates(record, refs=refs, names=names)
        return
    weights, chosen = record["weights"], frozenset(record["chosen"])
    urgency = weights["urgency"] * record["urgency"]
    columns = zip(*(record["scores"][name] for name in (*SCORE_COLUMNS, "hash")), strict=True)
    rows = zip(record["ranked"], record["soft_rules"], columns, strict=True)
    for index, (ordinal, broken, row) in enumerate(rows):
        hours, fairness, lrs, dr, preference, continuity, soft, total, deficit, idle, last = row
        parts = {
            "fairness": round(weights["fairness"] * fairness, 6),
            "urgency": round(urgency, 6),
            "lrs": round(weights["lrs"] * lrs, 6),
            "dr_penalty": round(dr, 6),
            "preference": round(preference, 6),
            "continuity": round(continuity, 6),
            "soft": round(soft, 6),
        }
        ref, is_chosen = refs[ordinal], ordinal in chosen
        yield Candidate(
            interpreter=ref,
            name=names.get(ref, ref),
            verdict=CHOSEN if is_chosen else OUTRANKED,
            rule="",
            reason=_place_sentence(record, index=index, is_chosen=is_chosen, soft=broken),
            cure=cure_of_place(record, index=index),
            place=index + 1,
            score=total,
            parts=parts,
            values={"hours": hours, "deficit": deficit, "idle_days": idle, "hash": last},
        )


def _place_sentence(
    record: dict[str, Any], *, index: int, is_chosen: bool, soft: Sequence[str]
) -> str:
    broken = f" Soft rules broken: {', '.join(soft)}." if soft else ""
    place = index + 1
    if is_chosen:
        return _chosen_sentence(record, place=place) + broken
    if not record["chosen"]:
        return f"Could do it, place {place}, but not every position can be filled." + broken
    totals = record["scores"]["total"]
    behind = round(totals[len(record["chosen"]) - 1] - totals[index], 4)
    if behind > 0:
        return f"Place {place}, {behind:.3f} points behind the last chosen." + broken
    return f"Place {place}, equal in points; the tie-break decided." + broken


def _chosen_sentence(record: dict[str, Any], *, place: int) -> str:
    """Return how far somebody who got it stands above the best of those who did not."""
    ranked, totals = record["ranked"], record["scores"]["total"]
    if ranked[place - 1] in record["pinned"]:
        return "Pinned."
    others = [
        total
        for ordinal, total in zip(ranked, totals, strict=True)
        if ordinal not in record["chosen"]
    ]
    if not others:
        return "Nobody else could take it."
    ahead = round(totals[place - 1] - max(others), 4)
    if ahead == 0:
        return f"Place {place}, equal in points; the tie-break decided."
    word = "ahead of" if ahead > 0 else "behind"
    return f"Place {place}, {abs(ahead):.3f} points {word} the best of the others."


def _rejected(
    part: dict[str, Any], *, refs: list[str], names: Mapping[str, str]
) -> Iterator[Candidate]:
    by_opportunity = part.get("fair_share") == FairShare.OPPORTUNITY
    for rule, rows in part["rejected"].items():
        for ordinal, *values in rows:
            is_above = by_opportunity and rule == GAP_RULE
            yield Candidate(
                interpreter=refs[ordinal],
                name=names.get(refs[ordinal], refs[ordinal]),
                verdict=REJECTED,
                rule=rule,
                reason=ABOVE_SHARE.format(*values) if is_above else sentence(rule, values),
                cure=cure_of_rejection(rule, values),
                place=None,
                score=None,
                parts={},
                values={"compared": values},
            )


def _tie_break(record: dict[str, Any]) -> Mapping[str, Any] | None:
    found = record["tie_break"]
    return {"by": found[0], "value": found[1]} if found else None


def _notes(record: dict[str, Any]) -> Iterator[str]:
    gap, dr = record.get("gap"), record.get("dr")
    if "joint" in record:
        others = record["joint"]["together"] - 1
        yield (
            f"Decided together with {counted(others, 'other booking', 'other bookings')}: most "
            "covered first, then the most even shares."
        )
    if record.get("exchanged_for"):
        yield (
            f"Went to another person than its score says, so that "
            f"{', '.join(record['exchanged_for'])} could be covered."
        )
    if gap and gap["level"] == 1:
        yield f"The fairness gap was doubled to {gap['limit']:g} h: too few passed otherwise."
    if gap and gap["level"] == 2:
        yield "The fairness gap was dropped: too few passed otherwise."
    if dr and dr["overridden"]:
        yield (
            f"OVERRIDDEN: the DR rule after {dr['booking']} yielded, because too few others "
            f"remain; the full penalty of {dr['penalty']:g} counts."
        )
