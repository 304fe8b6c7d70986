"""The compact form in which a decision about a session is kept, readable without the tables."""

from __future__ import annotations

import datetime as dt
from typing import Any

from assignment.engine.record import pack
from assignment.engine.sessions.pipeline import SessionChoice
from assignment.engine.sessions.values import Situation

VERSION = 1


def pack_session_choice(choice: SessionChoice, *, situation: Situation) -> bytes:
    """Return the record of one choice: who asked, the steps, every candidate.

    ``ranked`` are those who could, best first, as [ref, figures compared]; ``chosen`` is the
    place in it. Equal choices give equal bytes.
    """
    selection = choice.selection
    rejected: dict[str, list[list[Any]]] = {}
    for member, no in choice.rejected:
        rejected.setdefault(no.rule, []).append([member.person.ref, *no.values])
    content: dict[str, Any] = {
        "v": VERSION,
        "now": situation.now.astimezone(dt.UTC).isoformat(),
        "caller": choice.call.caller,
        "steps": list(choice.steps),
        "strategy": str(situation.desk.strategy),
        "lanes": choice.lanes,
        "ranked": [],
        "turn": None,
        "named": choice.call.named is not None,
        "rejected": {rule: sorted(rows) for rule, rows in rejected.items()},
    }
    if selection:
        content["ranked"] = [[row.person.ref, list(figures)] for row, figures in selection.ranked]
        if selection.turn:
            turn = selection.turn
            content["turn"] = {"context": turn.context_key, "of": turn.of, "index": turn.index}
    return pack(content)
