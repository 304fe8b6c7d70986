"""Why X and why not Y, from the stored decision or live."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandParser

from assignment.command import Answer, InterpoolCommand, instant_text
from assignment.engine.candidate import CHOSEN, Candidate
from assignment.engine.explain import Explanation, explain
from assignment.enums import BookingState
from assignment.errors import InputError
from assignment.models import Booking, Decision, Interpreter
from pooling.holders import Holder, holders_of, is_in_force, work_on
from pooling.live import live_decision
from pooling.nearness import places_if_cured
from pooling.outcome import outcome_of
from pooling.substitutes import substitutes


class Command(InterpoolCommand):
    """The decision of one booking, candidate by candidate."""

    help = "Explain the decision of a booking; --interpreter asks about one person."
    takes_now = True

    def arguments(self, parser: CommandParser) -> None:
        """Add the ref, ``--interpreter``, ``--substitutes`` and ``--live``."""
        parser.add_argument("ref", metavar="REF")
        parser.add_argument("--interpreter", metavar="REF", help="why (not) this one")
        parser.add_argument("--substitutes", action="store_true", help="who else could now")
        parser.add_argument("--live", action="store_true", help="what would be decided now")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Explain, and print."""
        booking = Booking.objects.filter(ref=options["ref"]).first()
        if booking is None:
            raise InputError(f"There is no booking {options['ref'][:64]}.")
        _require_person(options["interpreter"])
        if options["substitutes"]:
            return _others(booking, now=options["now"])
        decision = (
            live_decision(booking, now=options["now"])
            if options["live"]
            else Decision.objects.filter(booking=booking)
            .select_related("booking", "roster", "policy")
            .order_by("-pk")
            .first()
        )
        outcome = outcome_of(booking, decision, live=options["live"])
        holders = holders_of(booking, work_on(booking))
        if decision is None:
            return _undecided(booking, holders, outcome=outcome)
        explanation = explain(decision)
        current = options["live"] or is_in_force(explanation.chosen, holders)
        candidates = explanation.candidates
        if options["interpreter"]:
            candidates = _only(candidates, options["interpreter"])
        data = _data(explanation, candidates, outcome=outcome) | _now(holders, current=current)
        text = _text(explanation, candidates, outcome=outcome, current=current)
        if not options["live"] and (not current or any(row.by_hand for row in holders)):
            text = f"{_told(booking, holders, current=current)}\n{text}"
        if options["interpreter"]:
            return _about(booking, options["interpreter"], data, text, now=options["now"])
        return Answer(data=data, text=text)


def _undecided(booking: Booking, holders: Sequence[Holder], *, outcome: str) -> Answer:
    """Return who has a booking that the machine did not decide, or that nobody has it yet."""
    data = {**EMPTY, "booking": booking.ref, "outcome": outcome} | _now(holders, current=False)
    if holders:
        text = f"{_told(booking, holders, current=True)}\nThe machine did not decide it."
    else:
        text = f"{booking.ref} was not decided yet ({outcome})."
    return Answer(data=data, text=text)


def _now(holders: Sequence[Holder], *, current: bool) -> dict[str, Any]:
    """Return who has the booking now, and whether the decision told of still says so."""
    names = ("interpreter", "by_hand", "by", "at", "reason")
    rows = [{name: getattr(row, name) for name in names} for row in holders]
    return {"holders": sorted(rows, key=lambda row: row["interpreter"]), "in_force": current}


def _told(booking: Booking, holders: Sequence[Holder], *, current: bool) -> str:
    verb = "did it" if booking.state == BookingState.COMPLETED else "has it"
    lines = [f"{booking.ref}: {_sentence(row, verb=verb)}" for row in holders]
    lines = lines or [f"{booking.ref}: nobody has it now."]
    if not current:
        lines.append("The last decision of the machine, no longer in force:")
    return "\n".join(lines)


def _sentence(holder: Holder, *, verb: str) -> str:
    who = f"{holder.name} ({holder.interpreter}) {verb}"
    if not holder.by:
        return f"{who}; who gave it to them is not on record."
    when = instant_text(holder.at)
    return f"{who}, {holder.how} by {holder.by}, {when}: {holder.reason or 'no reason given.'}"


def _others(booking: Booking, *, now: dt.datetime) -> Answer:
    """Return who else could take it now, best first in the text, and who has it."""
    found = substitutes(booking, now=now)
    rows = [dataclasses.asdict(row) for row in (*found.able, *found.unable)]
    present = [row.interpreter.ref for row in found.present]
    lines = [f"{booking.ref}: {len(found.able)} could take it, {found.needed} needed."]
    lines += [f"{row.place:>3}  {row.interpreter:<12} {row.reason}" for row in found.able]
    lines += [f"  -  {row.interpreter:<12} {row.reason} {row.cure}" for row in found.unable]
    data = {
        "booking": booking.ref,
        "needed": found.needed,
        "present": sorted(present),
        "candidates": sorted(rows, key=lambda row: row["interpreter"]),
    }
    return Answer(data=data, text="\n".join(lines))


def _about(
    booking: Booking, ref: str, data: dict[str, Any], text: str, *, now: dt.datetime
) -> Answer:
    """Return what is said of one person: why, what would change it, and where they stood then."""
    then = places_if_cured(booking, refs=(ref,), now=now).get(ref, "")
    (row,) = data["candidates"]
    lines = [text, f"     what would have to change: {row['cure']}", f"     {then}"]
    return Answer(
        data=data | {"candidates": [row | {"then": then}]}, text="\n".join(lines).rstrip()
    )


EMPTY: dict[str, Any] = {
    "chosen": [],
    "candidates": [],
    "tie_break": None,
    "policy_version": None,
    "decided_at": None,
    "by": None,
}


def _only(candidates: tuple[Candidate, ...], ref: str) -> tuple[Candidate, ...]:
    found = tuple(row for row in candidates if row.interpreter == ref)
    if found:
        return found
    raise InputError(f"{ref[:64]} was not there when this was decided: ask with --live.")


def _require_person(ref: str | None) -> None:
    if ref and not Interpreter.objects.filter(ref=ref).exists():
        raise InputError(f"There is no interpreter {ref[:64]}.")


def _data(
    explanation: Explanation, candidates: tuple[Candidate, ...], *, outcome: str
) -> dict[str, Any]:
    rows = [dataclasses.asdict(row) for row in candidates]
    return {
        "booking": explanation.booking,
        "outcome": outcome,
        "reason_code": explanation.reason_code,
        "reason": explanation.reason,
        "chosen": sorted(explanation.chosen),
        "candidates": sorted(rows, key=lambda row: row["interpreter"]),
        "tie_break": explanation.tie_break,
        "notes": list(explanation.notes),
        "policy_version": explanation.policy_version,
        "mode": explanation.mode,
        "fair_share": explanation.fair_share,
        "decided_at": explanation.decided_at,
        "by": explanation.by,
    }


def _text(
    explanation: Explanation, candidates: tuple[Candidate, ...], *, outcome: str, current: bool
) -> str:
    if not current:
        who = ", ".join(explanation.chosen)
        outcome = f"was assigned to {who}" if who else "nobody could"
    lines = [
        f"{explanation.booking}: {outcome}. {explanation.reason}".strip(),
        f"decided {instant_text(explanation.decided_at)} by {explanation.by}, "
        f"policy {explanation.policy_version} ({explanation.mode}, {explanation.fair_share})",
        *explanation.notes,
    ]
    for row in candidates:
        place = f"{row.place:>3}" if row.place else "  -"
        score = f"{row.score:8.4f}" if row.score is not None else " " * 8
        was = "was " if row.verdict == CHOSEN and not current else ""
        verdict = f"{was}{row.verdict}"
        lines.append(f"{place}  {row.interpreter:<12} {verdict:<9} {score}  {row.reason}")
    return "\n".join(lines)
