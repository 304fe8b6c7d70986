"""The one table of who is busy, and corrections to the fairness ledger."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from assignment.enums import BUSY_STATES, AdjustmentKind, AssignmentState
from assignment.models.audit import Operation
from assignment.models.booking import Booking
from assignment.models.people import Interpreter
from assignment.models.session import Session
from assignment.querysets import AssignmentQuerySet
from assignment.validators import validate_plain_text

LAST_LANE = 99
BUSY = Q(state__in=BUSY_STATES)
MOST_MINUTES = 120_000
"""More than anybody works in a year: the ledger can still be reckoned with it."""


class Assignment(models.Model):
    """One person, one time, one purpose: a booking or a session. Half-open: [starts_at, ends_at).

    Bookings, phone and video take all lanes (0 to 99) of a person, a chat takes one. Active
    and completed rows of one person never overlap in time and lane:
    ``assignment.guarantees`` makes the database refuse it, whatever code writes. A session
    ends when it is resolved; until then its end is what is kept for it, and is extended.
    """

    interpreter = models.ForeignKey(
        Interpreter, on_delete=models.PROTECT, related_name="assignments"
    )
    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    position = models.PositiveSmallIntegerField(default=1)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    lane_from = models.PositiveSmallIntegerField(default=0)
    lane_to = models.PositiveSmallIntegerField(default=LAST_LANE)
    state = models.CharField(max_length=10, choices=AssignmentState, default=AssignmentState.ACTIVE)
    by_hand = models.BooleanField(default=False, help_text="A person chose, not the engine.")
    operation = models.ForeignKey(
        Operation, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ("starts_at", "booking", "position")
        indexes = (
            # overlaps and the ledger: a person's work around or after an instant
            models.Index(fields=("interpreter", "starts_at"), name="idx_assignment_person"),
            # facts of a plan: everybody's work in a window
            models.Index(fields=("starts_at",), name="idx_assignment_starts"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("booking", "position"), condition=BUSY, name="assignment_position_once"
            ),
            models.UniqueConstraint(
                fields=("booking", "interpreter"), condition=BUSY, name="assignment_person_once"
            ),
            # a session that was handed over keeps the completed rows of those before
            models.UniqueConstraint(
                fields=("session",),
                condition=Q(state=AssignmentState.ACTIVE),
                name="assignment_session_once",
            ),
            models.CheckConstraint(
                condition=Q(booking__isnull=False, session__isnull=True)
                | Q(booking__isnull=True, session__isnull=False),
                name="assignment_one_purpose",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="assignment_starts_before_it_ends"
            ),
            models.CheckConstraint(
                condition=Q(lane_from__gte=0, lane_to__lte=LAST_LANE, lane_to__gte=F("lane_from")),
                name="assignment_lanes",
            ),
            models.CheckConstraint(
                condition=Q(state__in=AssignmentState.values), name="assignment_state"
            ),
        )

    def __str__(self) -> str:
        return f"{self.interpreter} for {self.purpose}"

    @property
    def purpose(self) -> Booking | Session:
        """The booking or the session that the person is busy with."""
        found = self.booking or self.session
        if found is None:
            raise ValueError("An assignment is for a booking or a session.")
        return found

    def clean(self) -> None:
        """Refuse an overlap with a sentence, before the database refuses it."""
        if self.state in BUSY_STATES and self.interpreter_id and self.starts_at and self.ends_at:
            clash = (
                Assignment.objects.overlapping(
                    [self.interpreter_id], start=self.starts_at, end=self.ends_at
                )
                .exclude(pk=self.pk)
                .filter(lane_from__lte=self.lane_to, lane_to__gte=self.lane_from)
                .select_related("booking", "session")
                .first()
            )
            if clash:
                raise ValidationError(
                    f"{self.interpreter} is already busy with {clash.purpose.ref} at that time: "
                    "choose somebody else or another time."
                )


class LedgerAdjustment(models.Model):
    """Minutes added to (or taken from) what a person has worked, with a reason."""

    interpreter = models.ForeignKey(
        Interpreter, on_delete=models.PROTECT, related_name="adjustments"
    )
    minutes = models.IntegerField(help_text="Added to the person's minutes; may be negative.")
    kind = models.CharField(max_length=13, choices=AdjustmentKind)
    effective_at = models.DateTimeField(help_text="Counts while it is inside the fairness window.")
    reason = models.CharField(max_length=200, validators=[validate_plain_text])
    operation = models.ForeignKey(
        Operation, on_delete=models.PROTECT, null=True, blank=True, related_name="adjustments"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-effective_at",)
        indexes = (models.Index(fields=("effective_at",), name="idx_adjustment_effective"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(minutes__gte=-MOST_MINUTES, minutes__lte=MOST_MINUTES),
                name="adjustment_minutes_bounded",
                violation_error_message=f"Give minutes from -{MOST_MINUTES:,} to {MOST_MINUTES:,}.",
            ),
            # not to be available is told in the ledger, and costs nothing
            models.CheckConstraint(
                condition=Q(kind=AdjustmentKind.NOT_AVAILABLE, minutes=0)
                | (~Q(kind=AdjustmentKind.NOT_AVAILABLE) & ~Q(minutes=0)),
                name="adjustment_minutes_by_kind",
                violation_error_message=(
                    "Give minutes other than 0; only “not available” has exactly 0."
                ),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=AdjustmentKind.values),
                name="adjustment_kind",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="adjustment_reason_given"),
        )

    def __str__(self) -> str:
        return f"{self.interpreter}: {self.minutes:+d} min ({self.kind})"
