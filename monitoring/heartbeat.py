"""Signs of life, written by a real task and read by the supervisor and the health page."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db.models.functions import Now

from monitoring.models import Heartbeat


def worker_heartbeat() -> str:
    """The name under which the worker of this process's environment gives signs of life."""
    return f"worker {settings.WORKER_NAME}"


def record(name: str) -> None:
    """Write: the part of this name is alive now, by the clock of the database."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": Now()})


def last(name: str) -> datetime.datetime | None:
    """When the part of this name last gave a sign of life; None if it never did."""
    return Heartbeat.objects.filter(name=name).values_list("at", flat=True).first()


def latest() -> datetime.datetime | None:
    """When any part last gave a sign of life; None if none ever did."""
    return Heartbeat.objects.order_by("-at").values_list("at", flat=True).first()
