"""Who can be asked: tenants, teams, interpreters, their leave."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from assignment.models.fields import TagsField, split_tags
from assignment.validators import (
    validate_hours,
    validate_languages,
    validate_plain_text,
    validate_ref,
    validate_skills,
    validate_time_zone,
)


class Tenant(models.Model):
    """A customer organisation whose teams and bookings belong together."""

    ref = models.CharField(max_length=64, unique=True, validators=[validate_ref])
    name = models.CharField(max_length=200, validators=[validate_plain_text])
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ("ref",)

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """Interpreters who work under one schedule; may belong to a tenant."""

    ref = models.CharField(max_length=64, unique=True, validators=[validate_ref])
    name = models.CharField(max_length=200, validators=[validate_plain_text])
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="teams"
    )
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    active = models.BooleanField(default=True)
    buffer_minutes = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(720)],
        help_text="Free minutes kept before and after each booking for travel or rest.",
    )
    staff = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="teams",
        help_text="Coordinators who are limited to this team; nobody here = no limit.",
    )

    class Meta:
        ordering = ("ref",)

    def __str__(self) -> str:
        return self.name


class Interpreter(models.Model):
    """A person who interprets. Weight 1 is a full share of the work."""

    ref = models.CharField(max_length=64, unique=True, validators=[validate_ref])
    name = models.CharField(max_length=200, validators=[validate_plain_text])
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True, validators=[validate_plain_text])
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="interpreters"
    )
    languages = TagsField(
        max_length=400,
        validators=[validate_languages],
        help_text="Such as ja;th;en, or pairs such as ja>th where the direction matters.",
    )
    skills = TagsField(max_length=400, blank=True, validators=[validate_skills])
    weight = models.DecimalField(
        max_digits=4,
        decimal_places=2,
        default=1,
        validators=[MinValueValidator(0.01), MaxValueValidator(10)],
        help_text="Share of the work: 1 is full time, 0.5 half time.",
    )
    hours = models.CharField(
        "working hours",
        max_length=400,
        blank=True,
        validators=[validate_hours],
        help_text="Such as Mon-Fri 08:00-17:00;Sat 09:00-12:00. Empty = always.",
    )
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text="Of the working hours. Empty = the team's.",
    )
    daily_minutes_cap = models.PositiveIntegerField(
        null=True, blank=True, help_text="At most so many minutes of work a day."
    )
    weekly_minutes_cap = models.PositiveIntegerField(
        null=True, blank=True, help_text="At most so many minutes of work a week (from Monday)."
    )
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("ref",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(weight__gt=0), name="interpreter_weight_positive"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def language_tags(self) -> tuple[str, ...]:
        """The languages and pairs, sorted."""
        return split_tags(self.languages)


class Leave(models.Model):
    """A time in which an interpreter does not work. Half-open: [starts_at, ends_at)."""

    interpreter = models.ForeignKey(Interpreter, on_delete=models.CASCADE, related_name="leave")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True, validators=[validate_plain_text])

    class Meta:
        ordering = ("starts_at",)
        verbose_name_plural = "leave"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="leave_starts_before_it_ends",
                violation_error_message="The leave must end after it starts.",
            ),
        )
        indexes = (models.Index(fields=("interpreter", "starts_at"), name="idx_leave_person"),)

    def __str__(self) -> str:
        return f"{self.interpreter} {self.starts_at:%Y-%m-%d} to {self.ends_at:%Y-%m-%d}"


class DoNotSend(models.Model):
    """An owner of bookings who does not want an interpreter."""

    owner = models.CharField(max_length=200, validators=[validate_plain_text])
    interpreter = models.ForeignKey(
        Interpreter, on_delete=models.CASCADE, related_name="do_not_send"
    )
    reason = models.CharField(max_length=200, blank=True, validators=[validate_plain_text])

    class Meta:
        ordering = ("owner",)
        verbose_name = "do-not-send"
        verbose_name_plural = "do-not-send"
        constraints = (
            models.UniqueConstraint(fields=("owner", "interpreter"), name="do_not_send_once"),
        )

    def __str__(self) -> str:
        return f"{self.owner}: not {self.interpreter}"
