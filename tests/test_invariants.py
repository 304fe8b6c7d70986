"""The independent check names each kind of wrong; a check that cannot fail checks nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection

from assignment.audit import COMMAND
from assignment.guarantees import guarantees_of
from assignment.models import Assignment, Booking, BookingPerson, DoNotSend, Interpreter, Leave
from pooling.models import Run
from pooling.sweep import sweep
from pooling.undo import undo_run
from tests.factories.bookings import NOW, BookingFactory, after, booking_of
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.invariants import assert_sound, works

pytestmark = pytest.mark.django_db


@pytest.fixture
def bound() -> Assignment:
    """A booking with its person, bound by a sweep, beside one that nobody could do."""
    team = TeamFactory.create()
    InterpreterFactory.create(team=team, skills="law")
    BookingFactory.create(team=team, skills="law", owner="Ann")
    BookingFactory.create(languages="fr")
    sweep(now=NOW, slot="s", actor=COMMAND)
    assert_sound(from_the_start=True)
    return Assignment.objects.get()


def drop_guarantees() -> None:
    """Let the database take what it must refuse."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        for guarantee in guarantees_of(connection):
            cursor.execute(guarantee.drop)


def overlap(row: Assignment) -> None:
    """Bind the person a second time at the same time."""
    drop_guarantees()
    other = BookingFactory.create(state="approved", team=row.interpreter.team)
    Assignment.objects.create(
        booking=other, interpreter=row.interpreter, starts_at=row.starts_at, ends_at=row.ends_at
    )


def swap(row: Assignment) -> None:
    """Bind somebody else than the record says."""
    other = InterpreterFactory.create(team=row.interpreter.team, skills="law")
    Assignment.objects.update(interpreter=other)


def remove_events(row: Assignment) -> None:
    """Lose the last event of the booking."""
    drop_guarantees()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM assignment_auditevent WHERE object_ref = %s AND action = 'assign'",
            [booking_of(row).ref],
        )


def pool_again(row: Assignment) -> None:
    """Put the escalated booking into the pool without a word."""
    Booking.objects.filter(escalated_at__isnull=False).update(
        escalated_at=None,
        escalation_code="",
        pool_status="ready",
        pool_entry_time=NOW,
        pool_deadline_time=NOW,
        pool_processing_attempts=3,
    )


LATER = dt.timedelta(hours=1)
PEOPLE = Interpreter.objects
WRONG: dict[str, tuple[Callable[[Assignment], object], str]] = {
    "overlap": (overlap, "overlap"),
    "another person": (swap, "the record says"),
    "a lost event": (remove_events, "its last event says processing"),
    "a silent change": (pool_again, "is ready, its last event says escalated"),
    "uncounted attempts": (pool_again, "has 3 attempts, 1 claims"),
    "no position": (lambda _: Assignment.objects.update(state="withdrawn"), "with positions []"),
    "work for a waiting booking": (
        lambda row: Booking.objects.filter(pk=booking_of(row).pk).update(state="waiting"),
        "is waiting with positions [1]",
    ),
    "completed too early": (
        lambda _: Assignment.objects.update(state="completed"),
        "is approved, its assignment completed",
    ),
    "moved": (
        lambda row: Booking.objects.filter(pk=booking_of(row).pk).update(
            ends_at=row.ends_at + LATER
        ),
        "is at another time",
    ),
    "languages": (lambda _: PEOPLE.update(languages="ja"), "does not speak"),
    "skills": (lambda _: PEOPLE.update(skills="medicine"), "has not the skills"),
    "team": (lambda _: PEOPLE.update(team=TeamFactory.create()), "is of another team"),
    "inactive": (lambda _: PEOPLE.update(active=False), "is not active"),
    "inactive team": (lambda row: deactivate_team(row), "is not active"),
    "hours": (lambda _: PEOPLE.update(hours="Mon-Sun 06:00-06:59"), "does not work then"),
    "zone": (
        lambda _: PEOPLE.update(hours="Mon-Sun 06:00-07:00", time_zone="Asia/Tokyo"),
        "does not work then",
    ),
    "leave": (
        lambda row: Leave.objects.create(
            interpreter=row.interpreter, starts_at=after(days=1, minutes=59), ends_at=after(days=2)
        ),
        "is on leave",
    ),
    "excluded": (
        lambda row: BookingPerson.objects.create(
            booking=booking_of(row), interpreter=row.interpreter, kind="excluded"
        ),
        "is excluded",
    ),
    "do not send": (
        lambda row: DoNotSend.objects.create(owner="Ann", interpreter=row.interpreter),
        "is not wanted",
    ),
    "counts": (lambda _: Run.objects.update(assigned=2), "says {'assigned': 2"),
}


def deactivate_team(row: Assignment) -> None:
    """The team closes; its people stay as they are."""
    assert row.interpreter.team
    row.interpreter.team.active = False
    row.interpreter.team.save()


@pytest.mark.parametrize("kind", WRONG)
def test_the_check_names_what_is_wrong(bound: Assignment, kind: str) -> None:
    spoil, words = WRONG[kind]
    spoil(bound)
    with pytest.raises(AssertionError) as found:
        assert_sound(from_the_start=True)

    assert words in str(found.value)


def test_what_an_undone_undo_bound_again_is_sound_and_somebody_else_is_not(
    bound: Assignment,
) -> None:
    run = Run.objects.get()
    for _ in range(2):
        again = undo_run(run, now=NOW, actor=COMMAND, reason="By mistake.").run
        assert again
        run = again
    assert_sound(from_the_start=True)
    other = InterpreterFactory.create(team=bound.interpreter.team, skills="law")
    Assignment.objects.filter(operation=run.operation).update(interpreter=other)

    with pytest.raises(AssertionError, match="bound again to others than before"):
        assert_sound(from_the_start=True)


@pytest.mark.parametrize(
    ("hours", "start", "minutes", "expected"),
    [
        ("", "2026-11-28T03:00", 60, True),
        ("Mon-Fri 08:00-17:00", "2026-11-23T08:00", 540, True),
        ("Mon-Fri 08:00-17:00", "2026-11-23T08:00", 541, False),
        ("Mon-Fri 08:00-17:00", "2026-11-28T08:00", 1, False),
        ("Mon 22:00-02:00", "2026-11-24T01:00", 60, True),
        ("Mon 22:00-02:00", "2026-11-23T01:00", 60, False),
        ("Mon 08:00-12:00;Mon 12:00-13:00", "2026-11-23T11:00", 120, True),
        ("Sat-Mon 08:00-09:00", "2026-11-22T08:00", 60, True),
        ("Mon 20:00-24:00;Tue 00:00-01:00", "2026-11-23T23:00", 120, True),
    ],
)
def test_its_working_hours(hours: str, start: str, minutes: int, expected: bool) -> None:
    begins = dt.datetime.fromisoformat(start).replace(tzinfo=dt.UTC)
    ends = begins + dt.timedelta(minutes=minutes)

    assert works(hours, "UTC", start=begins, end=ends) is expected
