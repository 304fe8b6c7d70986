"""The verbs of sessions: each one transactional, audited, and once for its key.

    unassigned -> assigned -> accepted -> resolved
    assigned, accepted -> assigned (transfer) · unassigned (time-out, abandoned, handed over)

Locks are taken in the order desk, interpreters, session.
"""

from __future__ import annotations

from assignment.engine.sessions.values import HANDED_OVER
from assignment.sessions.draining import Drained, drain, drain_all
from assignment.sessions.keeping import keep_up
from assignment.sessions.living import ABANDONED, TIME_OUT, accept, give_back, resolve
from assignment.sessions.presence import set_presence
from assignment.sessions.requesting import SessionValues, request
from assignment.sessions.transferring import assign_now, transfer

__all__ = [
    "ABANDONED",
    "HANDED_OVER",
    "TIME_OUT",
    "Drained",
    "SessionValues",
    "accept",
    "assign_now",
    "drain",
    "drain_all",
    "give_back",
    "keep_up",
    "request",
    "resolve",
    "set_presence",
    "transfer",
]
