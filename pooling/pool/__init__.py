"""The only writer of the ``pool_*`` columns.

Every verb moves entries along one arrow of the state diagram (1-product, "States") by a
conditional update, and writes an audit event for each of them in the same transaction.

    entering  add, make_ready, try_now, call_up, call_up_these, call_off, put_back   in and out
    handing_over  hand_over                           into the pool from a legacy one
    claims    claim, renew, settle, give_back, release, rescue   under a lease, fenced by its token
    taking    how a claim takes entries: one statement on PostgreSQL
    leaving   escalate, close, reopen, give_by_hand, hand_back, take_back, restore   without a claim
    redating  redate                                  another policy, other deadlines
    mending   one verb for each kind of corruption    what contradicts itself is put right
    states    ungated, takeable, state_of             what can be asked
"""

from __future__ import annotations

from pooling.pool.claims import (
    Claim,
    Escalation,
    claim,
    give_back,
    held,
    release,
    renew,
    rescue,
    settle_assigned,
    settle_escalated,
    unclaim,
)
from pooling.pool.contradictions import hopeless
from pooling.pool.entering import (
    add,
    call_off,
    call_up,
    call_up_these,
    make_ready,
    put_back,
    try_now,
)
from pooling.pool.handing_over import HAND_OVER, HandOver, can_be_handed_over, hand_over
from pooling.pool.leaving import (
    close,
    escalate,
    give_by_hand,
    hand_back,
    reopen,
    restore,
    take_back,
)
from pooling.pool.redating import NewDeadline, redate
from pooling.pool.states import IN_ORDER, NOT_PROCESSING, TOLD, state_of, takeable, ungated

__all__ = [
    "HAND_OVER",
    "IN_ORDER",
    "NOT_PROCESSING",
    "TOLD",
    "Claim",
    "Escalation",
    "HandOver",
    "NewDeadline",
    "add",
    "call_off",
    "call_up",
    "call_up_these",
    "can_be_handed_over",
    "claim",
    "close",
    "escalate",
    "give_back",
    "give_by_hand",
    "hand_back",
    "hand_over",
    "held",
    "hopeless",
    "make_ready",
    "put_back",
    "redate",
    "release",
    "renew",
    "reopen",
    "rescue",
    "restore",
    "settle_assigned",
    "settle_escalated",
    "state_of",
    "take_back",
    "takeable",
    "try_now",
    "unclaim",
    "ungated",
]
