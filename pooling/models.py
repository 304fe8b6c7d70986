"""Runs, plans, and the booking seen as a pool entry."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from assignment.enums import Outcome, PoolStatus, Reason, Result
from assignment.models import Booking, Interpreter, Operation, Policy, Roster
from assignment.models.fields import ShapedField, is_ids

NOBODY_KNOWN = 0
"""Stands in a plan for people who cannot be read: no interpreter has this id."""


class PoolEntry(Booking):
    """A booking that is in the pool; the same table, with a list of its own."""

    class Meta:
        proxy = True
        verbose_name = "pool entry"
        verbose_name_plural = "pool entries"


class Attention(Booking):
    """A booking that needs a person: escalated or failed; the same table, its own list."""

    class Meta:
        proxy = True
        verbose_name = "booking that needs a person"
        verbose_name_plural = "needs a person"


class CureOffer(models.Model):
    """Somebody who could now take a booking that needs a person: one click tries it again."""

    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, related_name="cure")
    interpreter = models.ForeignKey(Interpreter, on_delete=models.CASCADE, related_name="+")
    noticed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.interpreter} could take {self.booking.ref}"


class Recheck(models.Model):
    """An approved booking of which a fact changed: its people are checked again, then it goes."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500)

    def __str__(self) -> str:
        return f"check {self.booking.ref} again"


def is_evenness(value: Any) -> bool:
    """Whether it tells how good a joint decision is."""
    return (
        isinstance(value, dict)
        and {"together", "gap", "proven"} <= value.keys()
        and isinstance(value["gap"], int | float)
    )


class Plan(models.Model):
    """A stored proposal; applying it executes exactly what it says."""

    class Kind(models.TextChoices):
        SWEEP = "sweep", "daily sweep"
        TICK = "tick", "tick"
        ENTRIES = "entries", "chosen entries"
        EMERGENCY = "emergency", "emergency override"
        UNDO = "undo", "undo"
        REDO = "redo", "undo of an undo"
        ABSENCE = "absence", "absence of an interpreter"

    kind = models.CharField(max_length=10, choices=Kind)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+")
    business_now = models.DateTimeField()
    spread_before = models.FloatField(
        default=0, help_text="Standard deviation of the hours by weight of all active people."
    )
    spread_after = models.FloatField(default=0, help_text="The same if the plan is applied.")
    joint = ShapedField(
        null=True,
        blank=True,
        shape=is_evenness,
        stand_in=lambda: None,
        help_text="How good a joint decision is, and could be at most.",
    )
    absent = models.ForeignKey(
        Interpreter, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    absent_from = models.DateTimeField(null=True, blank=True)
    absent_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"plan {self.pk}"


class PlanRow(models.Model):
    """What a plan proposes for one booking, and what became of it when applied."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="rows")
    place = models.PositiveIntegerField(help_text="Order of deciding, from 1.")
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="plan_rows")
    booking_version = models.PositiveIntegerField()
    outcome = models.CharField(max_length=6, choices=Outcome)
    chosen = ShapedField(
        default=list,
        shape=is_ids,
        stand_in=lambda: [NOBODY_KNOWN],
        json_type="array",
        help_text="Ids of the interpreters, by position.",
    )
    dr_overridden = models.BooleanField(default=False)
    reason_code = models.CharField(max_length=20, choices=Reason, blank=True)
    reason_text = models.CharField(max_length=500, blank=True)
    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, null=True, related_name="+")
    record = models.BinaryField(null=True, help_text="Moves to the decision when applied.")
    result = models.CharField(max_length=10, choices=Result, blank=True)
    result_reason = models.CharField(max_length=500, blank=True)
    stale = models.CharField(max_length=200, blank=True)
    found_status = models.CharField(
        max_length=10,
        choices=PoolStatus,
        blank=True,
        default="",
        db_default="",
        help_text="How a shown plan found the entry when its turn came.",
    )
    seconds = models.FloatField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("place",)
        constraints = (models.UniqueConstraint(fields=("plan", "booking"), name="plan_row_once"),)
        indexes = (
            # apply: the rows of a plan that are still open, in order
            models.Index(
                fields=("plan", "place"), name="idx_plan_row_open", condition=Q(result="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.plan}: {self.booking.ref}"


class Run(models.Model):
    """One execution of processing: it makes (or is given) a plan and applies it."""

    class State(models.TextChoices):
        PLANNING = "planning", "planning"
        APPLYING = "applying", "applying"
        DONE = "done", "done"

    operation = models.OneToOneField(Operation, on_delete=models.PROTECT, related_name="run")
    kind = models.CharField(max_length=10, choices=Plan.Kind)
    slot = models.CharField(max_length=100, blank=True)
    plan = models.OneToOneField(
        Plan, on_delete=models.PROTECT, null=True, blank=True, related_name="run"
    )
    state = models.CharField(max_length=10, choices=State, default=State.PLANNING)
    lease_until = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=100, blank=True)
    fence = models.PositiveBigIntegerField(default=0)
    assigned = models.PositiveIntegerField(default=0)
    escalated = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    pooled = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        permissions = (
            ("run_sweep", "Can run a sweep and process entries"),
            ("override_emergency", "Can run the emergency override"),
            ("repair", "Can repair"),
        )

    def __str__(self) -> str:
        return f"run {self.pk} ({self.kind})"

    @property
    def rows(self) -> models.QuerySet[PlanRow]:
        """The rows of its plan; not by a join, so that the index gives the open ones in order."""
        if self.plan_id is None:
            return PlanRow.objects.none()
        return PlanRow.objects.filter(plan_id=self.plan_id)

    @property
    def is_of_absence(self) -> bool:
        """Whether it gave away the bookings of somebody who is out, or took that back."""
        return self.plan is not None and self.plan.absent_id is not None


class ClaimHold(models.Model):
    """While one stands (not lifted) nothing is claimed; lifted ones stay as the history."""

    class Cause(models.TextChoices):
        HAND = "hand", "set by a person"
        SCHEMA = "schema", "the database is not built as the code needs it"
        STORAGE = "storage", "the database cannot store anything"

    cause = models.CharField(max_length=10, choices=Cause)
    reason = models.CharField(max_length=500)
    set_by = models.CharField(max_length=200)
    set_at = models.DateTimeField(db_default=Now())
    lifted_by = models.CharField(max_length=200, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lift_reason = models.CharField(max_length=500, blank=True)
    ballast = models.TextField(
        blank=True, help_text="Written to find out whether there is space again; then emptied."
    )

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("cause",),
                name="claim_hold_once_a_cause",
                condition=Q(lifted_at__isnull=True),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="claim_hold_reason_given"),
        )

    def __str__(self) -> str:
        return f"claims on hold: {self.reason}"
