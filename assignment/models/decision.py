"""What was decided, and everything that the choice relied on."""

from __future__ import annotations

from django.db import models

from assignment.enums import Outcome, Reason
from assignment.models.audit import Operation
from assignment.models.booking import Booking
from assignment.models.policy import Policy


class Roster(models.Model):
    """The people of a decision and their static rejections, shared by content.

    Thousands of decisions with equal needs share one row, found by its SHA-256 digest.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    record = models.BinaryField()

    class Meta:
        verbose_name = "roster"

    def __str__(self) -> str:
        return self.digest[:12]


class Opportunity(models.Model):
    """Who could have had a booking, as the latest decision that assigned it found.

    Written with that decision, from its record, so that the ledger need not unpack records:
    a bit mask of interpreter ids (``assignment.engine.opportunity``).
    """

    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, primary_key=True)
    people = models.BinaryField()

    class Meta:
        verbose_name_plural = "opportunities"

    def __str__(self) -> str:
        return f"opportunity of {self.booking_id}"


class Decision(models.Model):
    """One decision for one booking; never changed once written.

    ``record`` is a compressed columnar record (see ``assignment.engine.record``): who
    was rejected by which rule with which values, and the score parts of all others.
    """

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="decisions")
    operation = models.ForeignKey(
        Operation, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="decisions")
    roster = models.ForeignKey(
        Roster, on_delete=models.PROTECT, null=True, related_name="decisions"
    )
    outcome = models.CharField(max_length=6, choices=Outcome)
    reason_code = models.CharField(max_length=20, choices=Reason, blank=True)
    reason_text = models.CharField(max_length=500, blank=True)
    record = models.BinaryField()
    decided_at = models.DateTimeField(help_text="The business clock.")
    decided_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)
        indexes = (models.Index(fields=("booking", "-id"), name="idx_decision_latest"),)

    def __str__(self) -> str:
        return f"{self.booking.ref}: {self.outcome}"
