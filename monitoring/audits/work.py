"""Who is busy with what: the assignments against the bookings and against each other."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from assignment.enums import AssignmentState, BookingState, PersonKind
from assignment.models import Assignment, Booking, BookingPerson, Decision
from assignment.wording import counted
from monitoring.audits.finding import Examined, Wrong
from pooling.completion import AFTER_END

PURPOSE = Coalesce("booking__ref", "session__ref")
ACTIVE = Q(assignments__state=AssignmentState.ACTIVE)
COMPLETION_LATE = AFTER_END + dt.timedelta(minutes=10)


def nobody_works_twice_at_once(_: dt.datetime) -> Examined:
    """No two active or completed assignments of a person overlap in time and lane."""
    busy = Assignment.objects.busy().order_by()
    at_once = (
        busy.filter(
            Q(starts_at__gt=OuterRef("starts_at")) | Q(pk__gt=OuterRef("pk")),
            interpreter_id=OuterRef("interpreter_id"),
            starts_at__gte=OuterRef("starts_at"),
            starts_at__lt=OuterRef("ends_at"),
            lane_from__lte=OuterRef("lane_to"),
            lane_to__gte=OuterRef("lane_from"),
        )
        .order_by("starts_at", "pk")
        .values(ref=PURPOSE)
    )
    rows = (
        busy.annotate(other=Subquery(at_once[:1]))
        .filter(other__isnull=False)
        .order_by("pk")
        .values_list("pk", "interpreter__ref", PURPOSE, "other")
    )
    wrong = tuple(
        Wrong(
            key=key,
            thing=f"assignment {key}",
            message=f"{person} has {ref} and {other} at the same time: give one to somebody else.",
        )
        for key, person, ref, other in rows
    )
    return Examined(checked=busy.count(), wrong=wrong)


def approved_bookings_have_exactly_their_people(_: dt.datetime) -> Examined:
    """An approved booking has one active assignment for each of its positions."""
    approved = Booking.objects.filter(state=BookingState.APPROVED).order_by()
    tallied = approved.annotate(
        bound=Count("assignments", filter=ACTIVE),
        first=Min("assignments__position", filter=ACTIVE),
        last=Max("assignments__position", filter=ACTIVE),
        done=Count("assignments", filter=Q(assignments__state=AssignmentState.COMPLETED)),
        named=Count("assignments", filter=ACTIVE & Q(assignments__by_hand=True)),
        pinned=Exists(BookingPerson.objects.filter(booking=OuterRef("pk"), kind=PersonKind.PINNED)),
    )
    whole = Q(bound=F("interpreters_needed"), first=1, last=F("interpreters_needed"))
    rows = tallied.exclude(whole).order_by("ref")
    wrong = tuple(
        Wrong(
            key=row["pk"],
            thing=f"booking {row['ref']}",
            message=f"It is approved with {row['bound']} of "
            f"{counted(row['interpreters_needed'], 'person', 'people')}: "
            "bind the others, or cancel it.",
            by_hand=bool(row["done"] or row["named"] or row["pinned"])
            or row["bound"] == row["interpreters_needed"],
        )
        for row in rows.values(
            "pk", "ref", "interpreters_needed", "bound", "done", "named", "pinned"
        )
    )
    return Examined(checked=approved.count(), wrong=wrong)


def people_are_bound_at_the_time_of_the_booking(_: dt.datetime) -> Examined:
    """An active assignment for a booking has the time of the booking."""
    active = _active_for_bookings()
    same = Q(starts_at=F("booking__starts_at"), ends_at=F("booking__ends_at"))
    pinned = BookingPerson.objects.filter(
        booking=OuterRef("booking"), interpreter=OuterRef("interpreter"), kind=PersonKind.PINNED
    )
    rows = active.exclude(same).annotate(pinned=Exists(pinned)).order_by("pk")
    wrong = tuple(
        Wrong(
            key=row["booking_id"],
            thing=f"assignment {row['pk']}",
            message=f"{row['interpreter__ref']} is bound at another time than {row['booking__ref']}"
            " is: bind them anew.",
            by_hand=row["by_hand"]
            or row["pinned"]
            or row["booking__state"] != BookingState.APPROVED,
        )
        for row in rows.values(
            "pk",
            "booking_id",
            "booking__ref",
            "booking__state",
            "interpreter__ref",
            "by_hand",
            "pinned",
        )
    )
    return Examined(checked=active.count(), wrong=wrong)


def nobody_is_bound_to_a_booking_that_is_not_approved(_: dt.datetime) -> Examined:
    """Active work belongs to approved bookings, or was bound as the part that a policy allows."""
    active = _active_for_bookings()
    allowed = Decision.objects.filter(
        booking=OuterRef("booking"), operation=OuterRef("operation"), policy__allow_partial=True
    )
    left = active.exclude(booking__state=BookingState.APPROVED).exclude(
        Q(Exists(allowed), booking__state=BookingState.WAITING)
    )
    rows = left.exclude(booking__in=wholly_bound_entries().values("pk")).order_by("pk")
    wrong = tuple(
        Wrong(
            key=row["booking_id"],
            thing=f"assignment {row['pk']}",
            message=f"{row['interpreter__ref']} is bound to {row['booking__ref']}, which is "
            f"{row['booking__state']}: take the assignment back.",
            by_hand=row["by_hand"],
        )
        for row in rows.values(
            "pk", "booking_id", "booking__ref", "booking__state", "interpreter__ref", "by_hand"
        )
    )
    return Examined(checked=active.count(), wrong=wrong)


def _active_for_bookings() -> QuerySet[Assignment, Any]:
    rows = Assignment.objects.filter(state=AssignmentState.ACTIVE, booking__isnull=False)
    return rows.order_by()


def wholly_bound_entries() -> QuerySet[Booking, Any]:
    """Return the waiting pool entries all of whose positions are bound."""
    entries = Booking.objects.filter(state=BookingState.WAITING, pool_status__isnull=False)
    bound = entries.order_by().annotate(bound=Count("assignments", filter=ACTIVE))
    return bound.filter(bound__gte=F("interpreters_needed"))


def what_is_over_is_completed(now: dt.datetime) -> Examined:
    """An approved booking becomes completed soon after its end."""
    approved = Booking.objects.filter(state=BookingState.APPROVED).order_by()
    rows = approved.filter(ends_at__lt=now - COMPLETION_LATE).order_by("ref")
    wrong = tuple(
        Wrong(
            key=key,
            thing=f"booking {ref}",
            message="It is over and not completed: run “manage.py tick”.",
        )
        for key, ref in rows.values_list("pk", "ref")
    )
    return Examined(checked=approved.count(), wrong=wrong)
