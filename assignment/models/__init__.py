"""The tables of the ground floor."""

from __future__ import annotations

from assignment.models.assignment import LAST_LANE, MOST_MINUTES, Assignment, LedgerAdjustment
from assignment.models.audit import AuditEvent, Operation
from assignment.models.availability import AvailabilityChange
from assignment.models.booking import Booking, BookingPerson
from assignment.models.decision import Decision, Opportunity, Roster
from assignment.models.people import DoNotSend, Interpreter, Leave, Team, Tenant
from assignment.models.policy import Policy, Priority, Threshold

__all__ = [
    "LAST_LANE",
    "MOST_MINUTES",
    "Assignment",
    "AuditEvent",
    "AvailabilityChange",
    "Booking",
    "BookingPerson",
    "Decision",
    "DoNotSend",
    "Interpreter",
    "Leave",
    "LedgerAdjustment",
    "Operation",
    "Opportunity",
    "Policy",
    "Priority",
    "Roster",
    "Team",
    "Tenant",
    "Threshold",
]
