"""The tables of the ground floor."""

from __future__ import annotations

from assignment.models.assignment import LAST_LANE, MOST_MINUTES, Assignment, LedgerAdjustment
from assignment.models.audit import AuditEvent, Operation
from assignment.models.availability import AvailabilityChange
from assignment.models.booking import Booking, BookingPerson
from assignment.models.decision import Decision, Opportunity, Roster
from assignment.models.desk import Desk, Presence
from assignment.models.people import DoNotSend, Interpreter, Leave, Team, Tenant
from assignment.models.policy import Policy, Priority, Threshold
from assignment.models.session import (
    Session,
    SessionDecision,
    SessionMessage,
    SessionPass,
)

__all__ = [
    "LAST_LANE",
    "MOST_MINUTES",
    "Assignment",
    "AuditEvent",
    "AvailabilityChange",
    "Booking",
    "BookingPerson",
    "Decision",
    "Desk",
    "DoNotSend",
    "Interpreter",
    "Leave",
    "LedgerAdjustment",
    "Operation",
    "Opportunity",
    "Policy",
    "Presence",
    "Priority",
    "Roster",
    "Session",
    "SessionDecision",
    "SessionMessage",
    "SessionPass",
    "Team",
    "Tenant",
    "Threshold",
]
