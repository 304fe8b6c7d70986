"""The closed vocabularies of the product, as 1-product and 2-rules name them."""

from __future__ import annotations

from django.db import models


class MeetingType(models.TextChoices):
    """What kind of meeting a booking is; sets priority and thresholds."""

    DR = "DR", "DR"
    VIP = "VIP", "VIP"
    WEEKLY = "Weekly", "Weekly"
    GENERAL = "General", "General"
    URGENT = "Urgent", "Urgent"
    OTHER = "Other", "Other"


class DrType(models.TextChoices):
    """The kind of DR; required for DR meetings, forbidden for all others."""

    PR_PR = "PR-PR", "PR-PR"
    DR_K = "DR-k", "DR-k"
    DR_II = "DR-II", "DR-II"
    DR_I = "DR-I", "DR-I"
    OTHER = "Other", "Other"


class Mode(models.TextChoices):
    """How long to wait, and what counts."""

    BALANCE = "BALANCE", "Balance"
    NORMAL = "NORMAL", "Normal"
    URGENT = "URGENT", "Urgent"
    CUSTOM = "CUSTOM", "Custom"


class BookingState(models.TextChoices):
    """Where a booking is in its life."""

    WAITING = "waiting", "waiting"
    APPROVED = "approved", "approved"
    COMPLETED = "completed", "completed"
    CANCELLED = "cancelled", "cancelled"


class PoolStatus(models.TextChoices):
    """Where a pool entry is; a booking outside the pool has none."""

    WAITING = "waiting", "waiting"
    READY = "ready", "ready"
    PROCESSING = "processing", "processing"
    FAILED = "failed", "failed"


class AssignmentState(models.TextChoices):
    """Active and completed rows keep their person busy; the others do not."""

    ACTIVE = "active", "active"
    COMPLETED = "completed", "completed"
    WITHDRAWN = "withdrawn", "withdrawn"
    CANCELLED = "cancelled", "cancelled"


BUSY_STATES = (AssignmentState.ACTIVE, AssignmentState.COMPLETED)


class PersonKind(models.TextChoices):
    """How a booking names an interpreter."""

    PREFERRED = "preferred", "preferred"
    EXCLUDED = "excluded", "excluded"
    PINNED = "pinned", "pinned"
    DECLINED = "declined", "declined"


class FairShare(models.TextChoices):
    """What a person's fair share of the work is; the policy names one."""

    OUTCOME = "outcome", "equal outcome"
    OPPORTUNITY = "opportunity", "equal share of opportunity"


class AdjustmentKind(models.TextChoices):
    """Why minutes were added to somebody's ledger, or taken from it.

    To decline, not to answer and not to be available are three different things.
    """

    CREDIT = "credit", "credit"
    NO_SHOW = "no_show", "no-show"
    CALIBRATION = "calibration", "calibration"
    UNSOCIAL = "unsocial", "unsocial hours"
    DECLINED = "declined", "declined"
    NO_ANSWER = "no_answer", "no answer"
    NOT_AVAILABLE = "not_available", "not available"


class Outcome(models.TextChoices):
    """What the engine decided for one booking (it writes nothing)."""

    ASSIGN = "assign", "assign"
    SKIP = "skip", "nothing to do"
    WAIT = "wait", "waiting for a reply"
    STOP = "stop", "nobody can"
    ERROR = "error", "error"


class Result(models.TextChoices):
    """What processing one pool entry led to."""

    ASSIGNED = "assigned", "assigned"
    ESCALATED = "escalated", "escalated"
    POOLED = "pooled", "back in the pool"
    FAILED = "failed", "failed"


class Reason(models.TextChoices):
    """Why an entry was escalated or failed."""

    NO_INTERPRETERS = "no_interpreters", "there are no interpreters to choose from"
    NOBODY_QUALIFIED = "nobody_qualified", "nobody has the languages, skills and team"
    NOBODY_AVAILABLE = "nobody_available", "those who are qualified are busy or not at work"
    NOBODY_ALLOWED = "nobody_allowed", "those who are available are excluded by a rule"
    TOO_FEW = "too_few", "fewer interpreters can than are needed"
    PINNED_CANNOT = "pinned_cannot", "a pinned interpreter cannot take it"
    ALREADY_STARTED = "already_started", "the meeting has already started"
    NO_TIME_LEFT = "no_time_left", "the next attempt would come too late"
    UNDONE = "undone", "its assignment was taken back"
    BY_HAND = "by_hand", "handed over by a person"
    WORKER_LOST = "worker_lost", "its workers died"
    ERRORS = "errors", "processing failed again and again"
    CORRUPT = "corrupt", "the entry contradicts itself"


class Channel(models.TextChoices):
    """How people of a session talk; a chat leaves its interpreter free for more chats."""

    PHONE = "phone", "phone"
    VIDEO = "video", "video"
    CHAT = "chat", "chat"


class SessionState(models.TextChoices):
    """Where a session is in its life."""

    UNASSIGNED = "unassigned", "unassigned"
    ASSIGNED = "assigned", "assigned"
    ACCEPTED = "accepted", "accepted"
    RESOLVED = "resolved", "resolved"


HELD_STATES = (SessionState.ASSIGNED, SessionState.ACCEPTED)
"""States of a session that some interpreter has."""


class PresenceStatus(models.TextChoices):
    """Whether an interpreter takes sessions now."""

    ONLINE = "online", "online"
    AWAY = "away", "away"
    OFFLINE = "offline", "offline"


class Strategy(models.TextChoices):
    """How a desk chooses among those who can take a session."""

    ROUND_ROBIN = "round_robin", "round robin: everybody in turn"
    LEAST_ACTIVE = "least_active", "least active: fewest sessions now"
    LEAST_ASSIGNED = "least_assigned", "least assigned: fewest sessions in the period"
    HYBRID = "hybrid", "hybrid: least active, then least assigned"
    FAIR = "fair", "fair: largest deficit in the ledger"
    MANUAL = "manual", "manual: a person assigns"


class Period(models.TextChoices):
    """The time that “least assigned” looks back."""

    SHIFT = "shift", "shift (12 hours)"
    DAY = "day", "day"
    WEEK = "week", "week"
    MONTH = "month", "month (30 days)"
    ALL = "all", "all time"


class SessionReason(models.TextChoices):
    """Why a session was not assigned."""

    OUT_OF_OFFICE = "out_of_office", "the desk is closed"
    CONTACT_SERVED = "contact_served", "the contact already has an interpreter"
    BY_HAND = "by_hand", "a person assigns the sessions of this desk"
    NOBODY_THERE = "nobody_there", "nobody who could take it is online"
    EVERYBODY_BUSY = "everybody_busy", "everybody who could take it is busy"
    NOBODY_QUALIFIED = "nobody_qualified", "nobody has the languages and skills"
    CANNOT = "cannot", "the person who was named cannot take it"
    ALL_CONTINUED = "all_continued", "no rule decided"


class MessageKind(models.TextChoices):
    """What the requester of a session is told while nobody can serve them."""

    OUT_OF_OFFICE = "out_of_office", "out of office"
    NOBODY_THERE = "nobody_there", "nobody there"
