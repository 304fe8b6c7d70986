"""A booking, with the columns that make it a pool entry."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from assignment.enums import BookingState, DrType, MeetingType, PersonKind, PoolStatus, Reason
from assignment.models.fields import TagsField, split_tags
from assignment.models.people import Interpreter, Team, Tenant
from assignment.validators import (
    validate_languages,
    validate_plain_text,
    validate_ref,
    validate_skills,
)

IN_POOL = Q(pool_status__isnull=False)
IS_DR = Q(meeting_type=MeetingType.DR)
OUTSIDE_POOL = Q(
    pool_status__isnull=True,
    pool_entry_time__isnull=True,
    pool_deadline_time__isnull=True,
    pool_lease_until__isnull=True,
    pool_next_attempt_at__isnull=True,
    pool_processing_attempts=0,
    pool_claimed_by="",
)


class Booking(models.Model):
    """A meeting with a fixed start and end, half-open [starts_at, ends_at).

    The ``pool_*`` columns are written by ``pooling.pool`` alone; forms and imports save
    with ``update_fields``.
    """

    ref = models.CharField(max_length=64, unique=True, validators=[validate_ref])
    title = models.CharField(max_length=200, validators=[validate_plain_text])
    meeting_type = models.CharField(max_length=10, choices=MeetingType)
    dr_type = models.CharField("DR type", max_length=10, choices=DrType, blank=True)
    other_type = models.CharField(max_length=100, blank=True, validators=[validate_plain_text])
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    languages = TagsField(
        max_length=200,
        validators=[validate_languages],
        help_text="All are needed: ja;th, or a pair such as ja>th where the direction matters.",
    )
    skills = TagsField(max_length=200, blank=True, validators=[validate_skills])
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings"
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings"
    )
    owner = models.CharField(max_length=200, blank=True, validators=[validate_plain_text])
    group = models.CharField(max_length=200, blank=True, validators=[validate_plain_text])
    room = models.CharField(max_length=200, blank=True, validators=[validate_plain_text])
    interpreters_needed = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    buffer_minutes = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(720)],
        help_text="Free minutes before and after, for travel or rest. Empty = the team's.",
    )
    state = models.CharField(
        max_length=10, choices=BookingState, default=BookingState.WAITING, editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    escalated_at = models.DateTimeField(null=True, blank=True, editable=False)
    escalation_code = models.CharField(max_length=20, choices=Reason, blank=True, editable=False)
    escalation_text = models.CharField(max_length=500, blank=True, editable=False)

    pool_status = models.CharField(  # noqa: DJ001 - NULL = outside the pool
        max_length=10, choices=PoolStatus, null=True, blank=True, editable=False
    )
    pool_entry_time = models.DateTimeField(null=True, blank=True, editable=False)
    pool_deadline_time = models.DateTimeField(null=True, blank=True, editable=False)
    pool_processing_attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    pool_lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    pool_claimed_by = models.CharField(max_length=100, blank=True, editable=False)
    pool_fence = models.PositiveBigIntegerField(default=0, editable=False)
    pool_next_attempt_at = models.DateTimeField(null=True, blank=True, editable=False)
    pool_last_error = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        ordering = ("starts_at", "ref")
        indexes = (
            # pool_status: how many entries are in each state
            models.Index(fields=("pool_status",), name="idx_pool_status", condition=IN_POOL),
            # pool_status, dashboard: the next deadline, overdue entries
            models.Index(
                fields=("pool_deadline_time",), name="idx_pool_deadline", condition=IN_POOL
            ),
            # tick: the waiting that became due; claim: the ready in the order of claiming
            models.Index(
                fields=("pool_status", "pool_deadline_time", "pool_entry_time", "ref"),
                name="idx_pool_ready",
                condition=IN_POOL,
            ),
            # pool_status: the oldest entry
            models.Index(
                fields=("pool_entry_time",), name="idx_pool_entry_time", condition=IN_POOL
            ),
            # rescue: the processing entries, oldest first
            models.Index(
                fields=("pool_status", "pool_entry_time"),
                name="idx_pool_processing",
                condition=IN_POOL,
            ),
            # pool_status: the last errors
            models.Index(
                F("pool_entry_time").desc(),
                "ref",
                name="idx_booking_last_error",
                condition=IN_POOL & ~Q(pool_last_error=""),
            ),
            # tick: what the gate has not seen yet
            models.Index(
                fields=("starts_at",),
                name="idx_booking_ungated",
                condition=Q(
                    state=BookingState.WAITING,
                    pool_status__isnull=True,
                    escalated_at__isnull=True,
                ),
            ),
            # needs a person: the escalated, oldest first
            models.Index(
                fields=("escalated_at",),
                name="idx_booking_escalated",
                condition=Q(escalated_at__isnull=False),
            ),
            # tick: approved bookings that are over
            models.Index(
                fields=("ends_at",),
                name="idx_booking_approved_end",
                condition=Q(state=BookingState.APPROVED),
            ),
            # the booking list, and the DR rule's latest DR before a start
            models.Index(fields=("starts_at", "ref"), name="idx_booking_starts"),
            models.Index(fields=("starts_at",), name="idx_booking_dr", condition=IS_DR),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="booking_starts_before_it_ends",
                violation_error_message="The booking must end after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(meeting_type__in=MeetingType.values), name="booking_meeting_type"
            ),
            models.CheckConstraint(
                condition=Q(state__in=BookingState.values), name="booking_state"
            ),
            models.CheckConstraint(
                condition=Q(meeting_type=MeetingType.DR, dr_type__in=DrType.values)
                | (~IS_DR & Q(dr_type="")),
                name="booking_dr_type",
                violation_error_message="A DR booking needs a DR type; all others carry none.",
            ),
            models.CheckConstraint(
                condition=(Q(dr_type=DrType.OTHER) | Q(meeting_type=MeetingType.OTHER))
                & ~Q(other_type="")
                | ~Q(dr_type=DrType.OTHER) & ~Q(meeting_type=MeetingType.OTHER) & Q(other_type=""),
                name="booking_other_type",
                violation_error_message="“Other” needs its free text; all other types carry none.",
            ),
            models.CheckConstraint(
                condition=Q(interpreters_needed__gte=1), name="booking_interpreters_needed"
            ),
            models.CheckConstraint(
                condition=OUTSIDE_POOL
                | Q(
                    state=BookingState.WAITING,
                    pool_status__isnull=False,
                    pool_status__in=PoolStatus.values,
                    pool_entry_time__isnull=False,
                    pool_deadline_time__isnull=False,
                    escalated_at__isnull=True,
                ),
                name="pool_all_or_none",
            ),
            models.CheckConstraint(
                condition=Q(
                    pool_status__isnull=False,
                    pool_status=PoolStatus.PROCESSING,
                    pool_lease_until__isnull=False,
                )
                & ~Q(pool_claimed_by="")
                | Q(pool_lease_until__isnull=True, pool_claimed_by="")
                & (Q(pool_status__isnull=True) | ~Q(pool_status=PoolStatus.PROCESSING)),
                name="pool_lease_while_processing",
            ),
            models.CheckConstraint(
                condition=Q(pool_deadline_time__isnull=True)
                | Q(pool_deadline_time__lte=F("starts_at")),
                name="pool_deadline_before_start",
            ),
            models.CheckConstraint(
                condition=Q(pool_processing_attempts__gte=0, pool_processing_attempts__lte=1000),
                name="pool_attempts_in_range",
            ),
            models.CheckConstraint(
                condition=Q(escalated_at__isnull=True, escalation_code="")
                | Q(escalated_at__isnull=False, state=BookingState.WAITING)
                & ~Q(escalation_code=""),
                name="booking_escalated_with_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    @property
    def language_tags(self) -> tuple[str, ...]:
        """The languages and pairs that are all needed, sorted."""
        return split_tags(self.languages)


class BookingPerson(models.Model):
    """An interpreter whom a booking names: preferred, excluded, pinned or declined."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="people")
    interpreter = models.ForeignKey(Interpreter, on_delete=models.PROTECT, related_name="named_in")
    kind = models.CharField(max_length=10, choices=PersonKind)

    class Meta:
        verbose_name = "named interpreter"
        constraints = (
            models.UniqueConstraint(
                fields=("booking", "interpreter", "kind"), name="booking_person_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=PersonKind.values), name="booking_person_kind"
            ),
        )

    def __str__(self) -> str:
        return f"{self.interpreter} ({self.kind})"
