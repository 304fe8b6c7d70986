"""Sessions: an interpreter is needed now. What was decided, passed over and told."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from assignment.enums import (
    HELD_STATES,
    Channel,
    MessageKind,
    Outcome,
    SessionReason,
    SessionState,
)
from assignment.models.fields import TagsField, split_tags
from assignment.models.people import Interpreter, Team, Tenant
from assignment.validators import (
    validate_languages,
    validate_plain_text,
    validate_ref,
    validate_skills,
)

QUEUED = Q(state=SessionState.UNASSIGNED)
HELD = Q(state__in=HELD_STATES)
PRIORITIES = (MinValueValidator(1), MaxValueValidator(10))


class Session(models.Model):
    """Somebody needs an interpreter now. Who has it stands in ``Assignment``.

    ``reason_code`` and ``reason_text`` say why it still waits. Written by
    ``assignment.sessions`` alone.
    """

    ref = models.CharField(max_length=64, unique=True, validators=[validate_ref])
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions"
    )
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions"
    )
    requester = models.CharField(max_length=200, blank=True, validators=[validate_plain_text])
    contact = models.CharField(
        max_length=200,
        blank=True,
        validators=[validate_plain_text],
        help_text="Who is served, such as a number: one interpreter at a time.",
    )
    channel = models.CharField(max_length=10, choices=Channel)
    languages = TagsField(
        max_length=200,
        validators=[validate_languages],
        help_text="All are needed: ja;th, or a pair such as ja>th where the direction matters.",
    )
    skills = TagsField(max_length=200, blank=True, validators=[validate_skills])
    priority = models.PositiveSmallIntegerField(
        default=5, validators=PRIORITIES, help_text="10 is served first."
    )
    state = models.CharField(
        max_length=10, choices=SessionState, default=SessionState.UNASSIGNED, editable=False
    )
    requested_at = models.DateTimeField(editable=False)
    assigned_at = models.DateTimeField(null=True, blank=True, editable=False)
    accept_by = models.DateTimeField(null=True, blank=True, editable=False)
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    resolved_at = models.DateTimeField(null=True, blank=True, editable=False)
    reason_code = models.CharField(max_length=20, choices=SessionReason, blank=True, editable=False)
    reason_text = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        ordering = ("-priority", "requested_at", "pk")
        indexes = (
            # the queue of a desk, in its order
            models.Index(
                fields=("team", "-priority", "requested_at", "id"),
                name="idx_session_queue",
                condition=QUEUED,
            ),
            # the queue of a tenant, in its order
            models.Index(
                fields=("tenant", "-priority", "requested_at", "id"),
                name="idx_session_queue_tenant",
                condition=QUEUED,
            ),
            # time-outs
            models.Index(
                fields=("accept_by",),
                name="idx_session_accept_by",
                condition=Q(state=SessionState.ASSIGNED),
            ),
            # whether a contact is being served
            models.Index(fields=("contact",), name="idx_session_contact", condition=HELD),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(team__isnull=False) | Q(tenant__isnull=False),
                name="session_of_team_or_tenant",
            ),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="session_channel"),
            models.CheckConstraint(
                condition=Q(priority__gte=1, priority__lte=10), name="session_priority"
            ),
            models.CheckConstraint(
                condition=Q(
                    state=SessionState.UNASSIGNED,
                    assigned_at__isnull=True,
                    accept_by__isnull=True,
                    accepted_at__isnull=True,
                    resolved_at__isnull=True,
                )
                | Q(
                    state=SessionState.ASSIGNED,
                    assigned_at__isnull=False,
                    accept_by__isnull=False,
                    accepted_at__isnull=True,
                    resolved_at__isnull=True,
                )
                | Q(
                    state=SessionState.ACCEPTED,
                    assigned_at__isnull=False,
                    accept_by__isnull=True,
                    accepted_at__isnull=False,
                    resolved_at__isnull=True,
                )
                | Q(
                    state=SessionState.RESOLVED,
                    accept_by__isnull=True,
                    resolved_at__isnull=False,
                ),
                name="session_times_fit_state",
            ),
        )

    def __str__(self) -> str:
        return f"{self.ref} ({self.channel})"

    @property
    def language_tags(self) -> tuple[str, ...]:
        """The languages and pairs that are all needed, sorted."""
        return split_tags(self.languages)


class SessionPass(models.Model):
    """An interpreter let a session pass: not again until their presence changes."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="passes")
    interpreter = models.ForeignKey(Interpreter, on_delete=models.PROTECT, related_name="passes")
    at = models.DateTimeField()
    why = models.CharField(max_length=20)

    class Meta:
        ordering = ("pk",)
        verbose_name_plural = "session passes"

    def __str__(self) -> str:
        return f"{self.interpreter}: {self.why}"


class SessionDecision(models.Model):
    """One decision for one session; never changed once written.

    ``record`` is a compressed record (see ``assignment.engine.sessions.record``): who asked
    for the decision, which rules went before, and the verdict on every candidate.
    """

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="decisions")
    caller = models.CharField(max_length=20)
    outcome = models.CharField(max_length=6, choices=Outcome)
    reason_code = models.CharField(max_length=20, choices=SessionReason, blank=True)
    reason_text = models.CharField(max_length=500, blank=True)
    record = models.BinaryField()
    decided_at = models.DateTimeField(help_text="The business clock.")
    decided_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)
        indexes = (models.Index(fields=("session", "-id"), name="idx_session_decision"),)

    def __str__(self) -> str:
        return f"{self.session.ref}: {self.outcome}"


class SessionMessage(models.Model):
    """What the requester was told while nobody could serve them; at most one in 24 hours."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=20, choices=MessageKind)
    text = models.CharField(max_length=300)
    sent_at = models.DateTimeField(help_text="The business clock.")

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.session.ref}: {self.kind}"
