"""Signed-in people, and bookings around the real clock, which the pages use."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from assignment.models import Booking
from tests.factories.bookings import (
    BookingFactory,
    EscalatedFactory,
    FailedFactory,
    ProcessingFactory,
    ReadyFactory,
    WaitingFactory,
)

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def client_of(role: str, *, name: str = "") -> Client:
    """A browser on which somebody of this role is signed in.

    Roles: the five groups, ``superuser``, ``staff`` (no group), ``anonymous``.
    """
    client = Client()
    if role == "anonymous":
        return client
    user = User.objects.create_user(
        name or role, password="x", is_staff=True, is_superuser=role == "superuser"
    )
    if role not in ("superuser", "staff"):
        user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


def in_hours(hours: float) -> dt.datetime:
    """The whole second so many hours from the real now."""
    return (timezone.now() + hours * HOUR).replace(microsecond=0)


def waiting(**fields: Any) -> Booking:
    """An entry that starts in 20 days and must be decided in 10."""
    return _made(WaitingFactory, 480, 240, fields)


def ready(**fields: Any) -> Booking:
    """An entry that starts in 2 days and became due ten minutes ago."""
    return _made(ReadyFactory, 48, -1 / 6, fields)


def processing(**fields: Any) -> Booking:
    """An entry that a worker of another host holds."""
    return _made(ProcessingFactory, 48, -1 / 6, fields)


def failed(**fields: Any) -> Booking:
    """A dead letter that starts in 2 days."""
    return _made(FailedFactory, 48, -1 / 6, fields)


def escalated(**fields: Any) -> Booking:
    """A booking in 2 days that needs a person."""
    booking: Booking = EscalatedFactory(starts_at=in_hours(48), **fields)
    return booking


def ungated(**fields: Any) -> Booking:
    """A booking in 2 days that the gate has not seen."""
    booking: Booking = BookingFactory(**({"starts_at": in_hours(48)} | fields))
    return booking


def _made(factory: Any, start: float, deadline: float, fields: dict[str, Any]) -> Booking:
    times = {
        "starts_at": in_hours(start),
        "pool_deadline_time": in_hours(deadline),
        "pool_entry_time": in_hours(-1),
    }
    booking: Booking = factory(**(times | fields))
    return booking
