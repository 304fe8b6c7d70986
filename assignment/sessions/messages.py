"""What a requester is told while nobody can serve them: at most once in 24 hours a session."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from assignment.engine.sessions.pipeline import SessionChoice
from assignment.enums import MessageKind, SessionReason
from assignment.models import Desk, SessionMessage

THROTTLE = dt.timedelta(hours=24)
KINDS = {
    SessionReason.OUT_OF_OFFICE: MessageKind.OUT_OF_OFFICE,
    SessionReason.NOBODY_THERE: MessageKind.NOBODY_THERE,
    SessionReason.NOBODY_QUALIFIED: MessageKind.NOBODY_THERE,
}


def tell_requesters(choices: Sequence[SessionChoice], *, desk: Desk, now: dt.datetime) -> int:
    """Write the messages that are due, under the lock of the desk; return how many."""
    due = {
        choice.call.id: KINDS[SessionReason(choice.code)]
        for choice in choices
        if choice.code in KINDS
    }
    told = set(
        SessionMessage.objects.filter(session__in=due, sent_at__gt=now - THROTTLE).values_list(
            "session_id", flat=True
        )
    )
    texts = {
        MessageKind.OUT_OF_OFFICE: desk.out_of_office_text,
        MessageKind.NOBODY_THERE: desk.nobody_there_text,
    }
    rows = [
        SessionMessage(session_id=session_id, kind=kind, text=texts[kind], sent_at=now)
        for session_id, kind in due.items()
        if session_id not in told
    ]
    SessionMessage.objects.bulk_create(rows, batch_size=200)
    return len(rows)
