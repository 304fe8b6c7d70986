"""Operations and the audit trail."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from assignment.models.fields import ShapedField, is_object


class Operation(models.Model):
    """One thing that somebody or something set out to do, once.

    The unique key makes a repeated click, message or slot have one effect; the stored
    result answers the repetition.
    """

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40)
    request_hash = models.CharField(max_length=64, blank=True)
    business_now = models.DateTimeField(help_text="The business clock of the operation.")
    actor = models.CharField(max_length=200)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    result = ShapedField(null=True, blank=True, shape=is_object)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.key


class AuditEvent(models.Model):
    """Who did what, when and why; append-only, written in the transaction it tells of."""

    class Actor(models.TextChoices):
        USER = "user", "person"
        WORKER = "worker", "worker"
        SCHEDULE = "schedule", "schedule"
        COMMAND = "command", "command"

    at = models.DateTimeField(db_default=Now(), editable=False)
    actor_kind = models.CharField(max_length=10, choices=Actor)
    actor = models.CharField(max_length=200)
    user_id = models.BigIntegerField(null=True, blank=True)
    action = models.CharField(max_length=40)
    object_type = models.CharField(max_length=40)
    object_ref = models.CharField(max_length=100)
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20, blank=True)
    reason_code = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=500)
    changes = ShapedField(default=dict, blank=True, shape=is_object)
    policy_version = models.PositiveIntegerField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(null=True, blank=True)
    fence = models.PositiveBigIntegerField(null=True, blank=True)
    operation_key = models.CharField(max_length=200, blank=True)
    correlation_id = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ("-pk",)
        permissions = (("view_audit", "Can view the audit trail"),)
        indexes = (
            # the timeline of one booking, policy or person
            models.Index(fields=("object_type", "object_ref", "-id"), name="idx_audit_object"),
            # what one operation did, to report it and to undo it
            models.Index(
                fields=("operation_key", "id"),
                name="idx_audit_operation",
                condition=~Q(operation_key=""),
            ),
        )
        constraints = (models.CheckConstraint(condition=~Q(reason=""), name="audit_reason_given"),)

    def __str__(self) -> str:
        return f"{self.object_ref}: {self.action}"
