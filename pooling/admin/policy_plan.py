"""Who would get what a change of the policy makes due: on its confirmation, and when confirmed."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest
from django.utils import timezone

from assignment.errors import InterpoolError
from assignment.models import Booking
from assignment.policies import current_policy
from pooling.admin.audited import actor_of
from pooling.admin.plan_choice import ids_sent
from pooling.admin.plan_rows import PROPOSED, named
from pooling.admin.teams import may_for_all
from pooling.policy_plan import carry_out, differing, keep, propose
from pooling.policy_review import Review
from pooling.policy_switch import SwitchReport

log = logging.getLogger(__name__)

IN_FORCE = "The policy is in force; what is due waits"


def proposal_of(request: HttpRequest, found: Review) -> dict[str, Any]:
    """Return the rows of the plan that the change would lead to, and which are left out so far.

    Only for who may decide the entries of all teams; for others the tick decides what is due.
    """
    if not _may_decide(request):
        return {"plan_rows": (), "left_to_tick": True}
    effect, now = found.impact, timezone.now()
    draft = propose(effect, values=found.values, now=now) if effect else None
    if draft is None:
        return {"plan_rows": ()}
    bookings = Booking.objects.in_bulk([row.booking_id for row in draft.rows])
    for row in draft.rows:
        row.booking = bookings[row.booking_id]
    return {
        "plan_rows": named(draft.rows, words={str(value): text for value, text in PROPOSED}),
        "proposed": keep(draft),
        "left": ids_sent(request, "leave_out"),
    }


def decide_due(request: HttpRequest, report: SwitchReport, *, reason: str) -> None:
    """Write: give what became due to whom the confirmation showed; what differs waits."""
    if not _may_decide(request):
        return
    try:
        _carry_out(request, report, reason=reason)
    except InterpoolError as problem:
        messages.warning(request, f"{IN_FORCE}: {problem}")
    except OperationalError as busy:
        log.warning("what a policy made due had to wait: %s", busy)
        messages.warning(request, f"{IN_FORCE}: the database is busy.")


def _carry_out(request: HttpRequest, report: SwitchReport, *, reason: str) -> None:
    now = timezone.now()
    draft = propose(report.impact, values=current_policy(), now=now)
    if draft is None:
        return
    carry_out(
        draft,
        leave_out=ids_sent(request, "leave_out"),
        changed=differing(request.POST.get("proposed", ""), draft),
        key=run_key(report.operation_key),
        now=now,
        actor=actor_of(request),
        reason=reason,
    )


def _may_decide(request: HttpRequest) -> bool:
    return may_for_all(request, "pooling.run_sweep")


def run_key(operation_key: str) -> str:
    """Return the key of the run over what a new policy made due at once."""
    return f"{operation_key}:immediate"
