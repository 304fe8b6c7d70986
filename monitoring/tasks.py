"""Entries of django-q2 into monitoring: one verb each."""

from __future__ import annotations

from monitoring import heartbeat


def beat() -> None:
    """Write: the worker that runs this is alive."""
    heartbeat.record(heartbeat.worker_heartbeat())
