"""Desks that take sessions, and who is there."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from assignment.enums import Period, PresenceStatus, Strategy
from assignment.models.people import Interpreter, Team, Tenant
from assignment.validators import validate_hours, validate_plain_text, validate_time_zone

MOST_CHATS = 99


class Desk(models.Model):
    """How a team, or a whole tenant, takes sessions: when, how many, and who gets them.

    A session that names a team comes to the desk of the team, another one to that of the
    tenant. Without a desk, or without a time zone that can be read, it is closed.
    """

    team = models.OneToOneField(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="desk"
    )
    tenant = models.OneToOneField(
        Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="desk"
    )
    hours = models.CharField(
        "opening hours",
        max_length=400,
        blank=True,
        validators=[validate_hours],
        help_text="Such as Mon-Fri 08:00-17:00;Fri 22:00-06:00. Empty = always open.",
    )
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text="Of the opening hours, such as Europe/Paris. Empty = the desk stays closed.",
    )
    strategy = models.CharField(max_length=20, choices=Strategy, default=Strategy.ROUND_ROBIN)
    period = models.CharField(
        max_length=10,
        choices=Period,
        default=Period.DAY,
        help_text="What “least assigned” and “hybrid” look back on.",
    )
    max_chats = models.PositiveSmallIntegerField(
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_CHATS)],
        help_text="Chats that a person holds at once; phone and video take the whole person.",
    )
    expected_minutes = models.PositiveSmallIntegerField(
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
        help_text="Minutes kept for a session; they are extended while it lives.",
    )
    accept_seconds = models.PositiveIntegerField(
        default=60,
        validators=[MinValueValidator(5), MaxValueValidator(3600)],
        help_text="Seconds to accept; then the session goes back into the queue.",
    )
    out_of_office_text = models.CharField(
        max_length=300,
        default="We are closed now. Your request is kept and is served when we open.",
        validators=[validate_plain_text],
    )
    nobody_there_text = models.CharField(
        max_length=300,
        default="Nobody is there at the moment. Your request is kept and is served in its turn.",
        validators=[validate_plain_text],
    )

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(team__isnull=False, tenant__isnull=True)
                | Q(team__isnull=True, tenant__isnull=False),
                name="desk_of_team_or_tenant",
                violation_error_message="A desk belongs to a team or to a tenant: choose one.",
            ),
            models.CheckConstraint(
                condition=Q(strategy__in=Strategy.values, period__in=Period.values),
                name="desk_strategy",
            ),
            models.CheckConstraint(
                condition=Q(max_chats__gte=1, max_chats__lte=MOST_CHATS, expected_minutes__gte=1),
                name="desk_figures",
            ),
        )

    def __str__(self) -> str:
        return f"Desk of {self.team or self.tenant}"


class Presence(models.Model):
    """Whether an interpreter takes sessions now, and since when; no row = offline."""

    interpreter = models.OneToOneField(
        Interpreter, on_delete=models.CASCADE, related_name="presence"
    )
    status = models.CharField(max_length=10, choices=PresenceStatus, default=PresenceStatus.OFFLINE)
    since = models.DateTimeField()
    max_chats = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_CHATS)],
        help_text="Chats at once, when fewer than the desk allows. Empty = as many as it allows.",
    )

    class Meta:
        ordering = ("interpreter__ref",)
        verbose_name_plural = "presence"
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=PresenceStatus.values), name="presence_status"
            ),
        )

    def __str__(self) -> str:
        return f"{self.interpreter}: {self.status}"
