"""Decides many bookings together on one set of facts. Pure: writes nothing."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Sequence

from assignment.engine.facts import Facts
from assignment.engine.pipeline import Choice, Shortlist, choose, shortlist
from assignment.engine.request import Needs, Request, RequestOrder, canonical_order
from assignment.enums import Outcome, Reason
from assignment.policy_values import PolicyValues

log = logging.getLogger(__name__)


def decide_in_order(
    requests: Sequence[Request],
    *,
    facts: Facts,
    policy: PolicyValues,
    now: dt.datetime,
    order: RequestOrder = canonical_order,
) -> Iterator[Choice]:
    """Yield a choice for each request by ``order``, each one seeing those before it.

    The order of the input does not matter. ``facts`` grows as choices are made.
    """
    listed: dict[Needs, Shortlist] = {}
    facts.expect(len(requests))
    for request in sorted(requests, key=order):
        choice = _choose_or_report(request, facts=facts, policy=policy, now=now, listed=listed)
        if choice.outcome == Outcome.ASSIGN:
            facts.add(request, person_ids=choice.chosen, eligible=choice.eligible)
        yield choice


def _choose_or_report(
    request: Request,
    *,
    facts: Facts,
    policy: PolicyValues,
    now: dt.datetime,
    listed: dict[Needs, Shortlist],
) -> Choice:
    """Choose; an unexpected error becomes the outcome of this booking alone.

    ``listed`` keeps the shortlists of needs that were met before.
    """
    try:
        if request.needs not in listed:
            listed[request.needs] = shortlist(request.needs, people=facts.people)
        known = listed[request.needs]
        return choose(request, facts=facts, policy=policy, now=now, listed=known)
    except Exception:
        log.exception("deciding %s failed", request.ref)
        return Choice(
            request=request,
            outcome=Outcome.ERROR,
            chosen=(),
            reason_code=Reason.ERRORS,
            reason_text="Deciding failed unexpectedly; the log has the details.",
            shortlist=listed.get(request.needs, Shortlist(people=(), rejected=())),
            rejected=(),
            ranked=(),
            urgency=0.0,
            gap=None,
            dr=None,
            dr_overridden=False,
            tie_break=None,
        )
