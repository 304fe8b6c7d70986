"""Bookings in each of their states, and the work of a person."""

from __future__ import annotations

import datetime as dt
from typing import Any

from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from assignment.models import Assignment, Booking
from tests.factories.people import InterpreterFactory

NOW = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
"""A Monday; the business clock of the tests of the pool."""


def after(*, days: float = 0, hours: float = 0, minutes: float = 0) -> dt.datetime:
    """The instant so long after NOW."""
    return NOW + dt.timedelta(days=days, hours=hours, minutes=minutes)


class BookingFactory(DjangoModelFactory[Booking]):
    """A general meeting of one hour in Japanese and Thai, tomorrow at 06:00, not gated yet."""

    class Meta:
        model = Booking

    class Params:
        hours_long = 1.0

    ref = Sequence(lambda n: f"BK-{n:04}")
    title = LazyAttribute(lambda booking: f"Meeting {booking.ref}")
    meeting_type = "General"
    dr_type = LazyAttribute(lambda booking: "DR-I" if booking.meeting_type == "DR" else "")
    other_type = LazyAttribute(lambda booking: "A talk" if booking.meeting_type == "Other" else "")
    starts_at = after(days=1)
    ends_at = LazyAttribute(
        lambda booking: booking.starts_at + dt.timedelta(hours=booking.hours_long)
    )
    languages = "ja;th"


class WaitingFactory(BookingFactory):
    """A pool entry that waits: it starts in 20 days and must be decided in 10."""

    starts_at = after(days=20)
    pool_status = "waiting"
    pool_entry_time = NOW
    pool_deadline_time = LazyAttribute(lambda booking: booking.starts_at - dt.timedelta(days=10))


class ReadyFactory(WaitingFactory):
    """A pool entry that is due since 9 days: it starts tomorrow."""

    starts_at = after(days=1)
    pool_status = "ready"


class ProcessingFactory(ReadyFactory):
    """A pool entry in its first claim, by a worker of another host, under a lease till 2099."""

    pool_status = "processing"
    pool_lease_until = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
    pool_claimed_by = "elsewhere-1/1/a"
    pool_fence = 1
    pool_processing_attempts = 1


class FailedFactory(ReadyFactory):
    """A dead letter after six claims."""

    pool_status = "failed"
    pool_processing_attempts = 6
    pool_fence = 6
    pool_last_error = "Deciding failed."


class EscalatedFactory(BookingFactory):
    """A booking that needs a person."""

    escalated_at = NOW
    escalation_code = "nobody_available"
    escalation_text = "Nobody of 1 can: 1 on leave."


class AssignmentFactory(DjangoModelFactory[Assignment]):
    """Active work of one person for one booking, at the time of the booking."""

    class Meta:
        model = Assignment

    interpreter = SubFactory(InterpreterFactory)
    booking = SubFactory(BookingFactory, state="approved")
    starts_at = LazyAttribute(lambda row: row.booking.starts_at)
    ends_at = LazyAttribute(lambda row: row.booking.ends_at)


def approved(person: Any, **fields: Any) -> Booking:
    """An approved booking that this person does."""
    booking: Booking = BookingFactory.create(state="approved", **fields)
    AssignmentFactory.create(booking=booking, interpreter=person)
    return booking


def booking_of(row: Assignment) -> Booking:
    """The booking that this work is for."""
    assert row.booking is not None
    return row.booking
