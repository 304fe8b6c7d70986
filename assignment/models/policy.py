"""The live policy, one row a version, with its threshold table."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from assignment.enums import FairShare, MeetingType, Mode
from assignment.models.fields import ShapedField, is_texts


class Policy(models.Model):
    """One version of the policy; the highest version is in force. Never changed.

    The weights, window, gap and penalty stored here are those of CUSTOM; the presets of
    the other modes are fixed (``assignment.policy_values``).
    """

    version = models.PositiveIntegerField(unique=True)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.NORMAL)
    w_fair = models.FloatField(default=1.2)
    w_urgency = models.FloatField(default=0.8)
    w_lrs = models.FloatField(default=0.3)
    fairness_window_days = models.PositiveSmallIntegerField(default=30)
    max_gap_hours = models.FloatField(default=5)
    dr_penalty = models.FloatField("DR penalty", default=-0.5)
    w_preference = models.FloatField(default=0.5)
    w_continuity = models.FloatField(default=0)
    allow_partial = models.BooleanField(
        default=False, help_text="Bind part of a booking for several people when not all can be."
    )
    soft_rules = ShapedField(
        default=list,
        blank=True,
        shape=is_texts,
        stand_in=list,
        json_type="array",
        help_text="Rules that only cost points instead of excluding.",
    )
    soft_penalty = models.FloatField(default=-0.5)
    fair_share = models.CharField(
        max_length=12, choices=FairShare, default=FairShare.OUTCOME, db_default=FairShare.OUTCOME
    )
    night_factor = models.FloatField(default=1, db_default=1)
    weekend_factor = models.FloatField(default=1, db_default=1)
    holiday_factor = models.FloatField(default=1, db_default=1)
    night_from = models.PositiveSmallIntegerField(default=22, db_default=22)
    night_until = models.PositiveSmallIntegerField(default=6, db_default=6)
    holidays = ShapedField(
        default=list,
        blank=True,
        shape=is_texts,
        stand_in=list,
        json_type="array",
        help_text="ISO dates.",
    )
    reason = models.CharField(max_length=500)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-version",)
        verbose_name_plural = "policy versions"
        permissions = (
            ("switch_mode", "Can switch the mode"),
            ("edit_policy", "Can edit the policy"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="policy_mode"),
            models.CheckConstraint(
                condition=Q(fair_share__in=FairShare.values), name="policy_fair_share"
            ),
            models.CheckConstraint(
                condition=Q(w_fair__gte=0, w_urgency__gte=0, w_lrs__gte=0),
                name="policy_weights_not_negative",
            ),
        )

    def __str__(self) -> str:
        return f"policy {self.version} ({self.mode})"


class Threshold(models.Model):
    """Urgent and general threshold in days of one (mode, meeting type)."""

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="thresholds")
    mode = models.CharField(max_length=10, choices=Mode)
    meeting_type = models.CharField(max_length=10, choices=MeetingType)
    urgent_days = models.PositiveSmallIntegerField()
    general_days = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("policy", "mode", "meeting_type"), name="threshold_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.mode} {self.meeting_type}: {self.urgent_days} / {self.general_days} days"


class Priority(models.Model):
    """Priority (1 to 10) of a meeting type."""

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="priorities")
    meeting_type = models.CharField(max_length=10, choices=MeetingType)
    priority = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("pk",)
        verbose_name_plural = "priorities"
        constraints = (
            models.UniqueConstraint(fields=("policy", "meeting_type"), name="priority_once"),
        )

    def __str__(self) -> str:
        return f"{self.meeting_type}: {self.priority}"
