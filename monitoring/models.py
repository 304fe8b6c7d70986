"""Rows of the top floor: signs of life."""

from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """The last sign of life of one named part, such as the worker of one host.

    Written by ``monitoring.heartbeat.record``; ``at`` is the database's time.
    """

    name = models.CharField(max_length=200, unique=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S} UTC"
