"""Whether bookings contradict themselves: 2-rules, "Corrupt entry"."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import Q, QuerySet

from assignment.clock import database_now
from assignment.enums import PoolStatus
from assignment.models import Booking
from monitoring.audits.finding import Examined, Wrong
from monitoring.audits.work import wholly_bound_entries
from pooling.pool import contradictions


def entries_end_after_they_start(_: dt.datetime) -> Examined:
    """The booking of a pool entry ends after it starts."""
    found = _pooled().filter(contradictions.ENDS_BEFORE_START)
    return Examined(
        checked=_pooled().count(),
        wrong=tuple(
            Wrong(
                key=key,
                thing=f"booking {ref}",
                message="It ends before it starts: correct its times.",
                by_hand=status == PoolStatus.FAILED,
            )
            for key, ref, status in found.order_by("ref").values_list("pk", "ref", "pool_status")
        ),
    )


def entries_have_a_deadline_before_their_start(_: dt.datetime) -> Examined:
    """A pool entry has a deadline, not after its start."""
    message = "Its deadline is missing or after its start: reckon it anew."
    return _examined(_pooled(), contradictions.DEADLINE_WRONG, message)


def entries_have_an_entry_time(_: dt.datetime) -> Examined:
    """A pool entry says since when it waits."""
    message = "It does not say since when it is in the pool: put a time there."
    return _examined(_pooled(), contradictions.ENTRY_TIME_MISSING, message)


def nothing_is_half_in_the_pool(_: dt.datetime) -> Examined:
    """A booking without a pool status has no other pool field either."""
    message = "It has pool fields but no pool status: clear them, so that it is gated again."
    return _examined(Booking.objects.order_by(), contradictions.STATUS_MISSING, message)


def nothing_in_the_pool_is_settled(_: dt.datetime) -> Examined:
    """A pool entry is not approved, closed or handed to a person at the same time."""
    message = "It is in the pool although it is settled: take it out of the pool."
    return _examined(_pooled(), contradictions.SETTLED, message)


def nothing_in_the_pool_has_all_its_people(_: dt.datetime) -> Examined:
    """A pool entry still needs somebody."""
    message = "It is in the pool although all its people are bound: approve it."
    wrong = Q(pk__in=wholly_bound_entries().values("pk"))
    return _examined(_pooled(), wrong, message)


def entries_were_claimed_a_possible_number_of_times(_: dt.datetime) -> Examined:
    """The attempts of a pool entry are a number that can be."""
    message = "Its number of attempts cannot be: look at it and retry it."
    return _examined(_pooled(), contradictions.ATTEMPTS_OUT_OF_RANGE, message)


def whoever_processes_holds_a_lease(_: dt.datetime) -> Examined:
    """An entry that is being processed has a lease and a holder."""
    processing = _pooled().filter(pool_status=PoolStatus.PROCESSING)
    message = "It is processing without a lease: free it."
    return _examined(processing, contradictions.WITHOUT_LEASE, message)


def no_lease_is_long_over(_: dt.datetime) -> Examined:
    """No entry is processing much longer than its lease: two more leases are a dead pool."""
    processing = _pooled().filter(pool_status=PoolStatus.PROCESSING)
    lease = dt.timedelta(seconds=settings.POOL_LEASE_SECONDS)
    wrong = Q(pool_lease_until__lt=database_now() - 2 * lease) & ~Q(pool_claimed_by="")
    message = "Its lease ran out long ago and nobody freed it: run “manage.py rescue_stuck”."
    return _examined(processing, wrong, message)


def only_what_is_processed_is_leased(_: dt.datetime) -> Examined:
    """An entry that nobody processes has neither lease nor holder."""
    message = "It has a lease although nobody processes it: clear the lease."
    return _examined(_pooled(), contradictions.LEASE_LEFT_OVER, message)


def whoever_needs_a_person_says_why(_: dt.datetime) -> Examined:
    """An escalated booking has a reason."""
    escalated = Booking.objects.filter(escalated_at__isnull=False).order_by()
    message = "It was handed to a person without a reason: look at it and decide."
    return _examined(escalated, contradictions.ESCALATED_WITHOUT_REASON, message)


def nothing_settled_needs_a_person(_: dt.datetime) -> Examined:
    """A booking that is approved or closed is not escalated; a reason needs an escalation."""
    message = "It is marked as handed to a person but is not: clear the mark."
    return _examined(Booking.objects.order_by(), contradictions.ESCALATION_LEFT_OVER, message)


def _pooled() -> QuerySet[Booking]:
    return Booking.objects.filter(pool_status__isnull=False).order_by()


def _examined(rows: QuerySet[Booking], wrong: Q, message: str) -> Examined:
    found = rows.filter(wrong).order_by("ref").values_list("pk", "ref")
    return Examined(
        checked=rows.count(),
        wrong=tuple(Wrong(key=key, thing=f"booking {ref}", message=message) for key, ref in found),
    )
