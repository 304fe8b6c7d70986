"""People who became able to do more; written with the change, consumed by ``pooling.wakeup``."""

from __future__ import annotations

from django.db import models

from assignment.models.people import Interpreter


class AvailabilityChange(models.Model):
    """An interpreter can do more than before, in [starts_at, ends_at); NULL = without limit.

    Written in the transaction of the change itself, so that none is lost; the tick that
    considers it deletes it.
    """

    interpreter = models.ForeignKey(
        Interpreter, on_delete=models.CASCADE, related_name="availability_changes"
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.interpreter}: {self.reason}"
