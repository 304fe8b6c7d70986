"""The actions on bookings and pool entries, as values."""

from __future__ import annotations

from django.db.models import Q

from assignment.enums import BookingState, PoolStatus
from pooling import changes, entries
from pooling.admin.actions import StaffAction

PROCESS = StaffAction(
    name="process_now",
    label="Process now",
    question="Process these entries now?",
    effect="A plan shows who would get what, without waiting for a deadline; then it is applied.",
    permission="run_sweep",
    legal=Q(pool_status__isnull=False, pool_status__in=(PoolStatus.WAITING, PoolStatus.READY)),
    otherwise="Only waiting and ready entries can be processed.",
    makes_plan=True,
)
RETRY = StaffAction(
    name="retry",
    label="Retry: back through the gate",
    question="Send these bookings through the gate again?",
    effect="They leave the list of those that need a person and go back to the pool, with their "
    "attempts counted anew.",
    permission="settle",
    legal=entries.RETRYABLE,
    otherwise="Only failed and escalated bookings can be retried.",
    run=entries.retry,
)
RELEASE = StaffAction(
    name="release",
    label="Release from its worker",
    question="Take these entries back from their worker?",
    effect="They become ready again. A worker that still holds one cannot finish it any more.",
    permission="settle",
    legal=entries.RELEASABLE,
    otherwise="Only entries that are being processed can be released.",
    run=entries.release,
    dangerous=True,
)
ESCALATE = StaffAction(
    name="escalate",
    label="Escalate to a person",
    question="Take these bookings out of the pool and hand them to a person?",
    effect="They leave the pool and stand under “Needs a person” with your reason, until somebody "
    "sends them back or cancels them.",
    permission="settle",
    legal=entries.ESCALATABLE,
    otherwise="Only waiting bookings that nobody is processing can be escalated.",
    run=entries.escalate,
    dangerous=True,
)
CANCEL = StaffAction(
    name="cancel",
    label="Cancel the booking",
    question="Cancel these bookings?",
    effect="They end. Whoever is assigned becomes free. This cannot be taken back.",
    permission="cancel",
    legal=Q(state__in=(BookingState.WAITING, BookingState.APPROVED)),
    otherwise="Only waiting and approved bookings can be cancelled.",
    run=changes.cancel_bookings,
    dangerous=True,
)
ON_BOOKINGS = (PROCESS, RETRY, ESCALATE, CANCEL)
ON_ENTRIES = (PROCESS, RETRY, RELEASE, ESCALATE, CANCEL)
ON_ATTENTION = (RETRY, CANCEL)
