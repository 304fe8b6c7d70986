"""The numbers of the board: what each counts, the list behind it, what it means."""

from __future__ import annotations

SLICES = ("waiting", "due", "processing", "failed", "overdue", "ungated", "escalated", "on_leave")
SESSIONS = ("queued", "no_desk", "held")
TILES = (
    # name, label, list, query, what it means, alarm
    (
        "ungated",
        "Not gated",
        "assignment_booking",
        "pool=ungated",
        "New bookings; the next tick puts them into the pool",
        "",
    ),
    (
        "waiting",
        "Waiting",
        "pooling_poolentry",
        "pool=waiting",
        "In the pool, their deadline is still to come",
        "",
    ),
    (
        "due",
        "Due",
        "pooling_poolentry",
        "pool=due",
        "Their deadline has come; the next tick or sweep decides them",
        "",
    ),
    (
        "processing",
        "Processing",
        "pooling_poolentry",
        "pool=processing",
        "Being decided at this moment",
        "",
    ),
    (
        "overdue",
        "Overdue",
        "pooling_poolentry",
        "pool=overdue",
        "Due for longer than it should take",
        "warn",
    ),
    (
        "failed",
        "Failed",
        "pooling_poolentry",
        "pool=failed",
        "Given up after repeated errors",
        "bad",
    ),
    (
        "escalated",
        "Escalated",
        "pooling_attention",
        "pool=escalated",
        "Handed over with a reason",
        "bad",
    ),
    (
        "assigned",
        "Assigned today",
        "assignment_assignment",
        "made=today",
        "Assignments that runs made since midnight and that stand; a booking may need several",
        "good",
    ),
    (
        "queued",
        "Sessions unassigned",
        "assignment_session",
        "stage=queued",
        "Requests for an interpreter now, for whom nobody is free yet",
        "warn",
    ),
    (
        "held",
        "Sessions now",
        "assignment_session",
        "stage=held",
        "Sessions that an interpreter was given or has accepted",
        "good",
    ),
)
