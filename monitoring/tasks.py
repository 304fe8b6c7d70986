"""Entries of django-q2 into monitoring: one verb each."""

from __future__ import annotations

from assignment.audit import SCHEDULE
from monitoring import heartbeat
from monitoring.start_up import repair_schedules


def beat() -> None:
    """Write: the worker that runs this is alive; and its schedules are right again."""
    heartbeat.record(heartbeat.worker_heartbeat())
    repair_schedules(actor=SCHEDULE)
