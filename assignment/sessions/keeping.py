"""What the clock does for sessions: time-outs, keeping people, serving the queues."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction

from assignment.audit import Actor
from assignment.engine.binding import extend_session_work, lock_people
from assignment.engine.sessions.loading import desk_of
from assignment.enums import AssignmentState, SessionState
from assignment.errors import RefusedError, StaleError
from assignment.failures import classify, retrying
from assignment.models import Assignment, Session
from assignment.sessions.draining import Drained, drain_all
from assignment.sessions.living import TIME_OUT, give_back

log = logging.getLogger(__name__)

EXTENDED_BEFORE = dt.timedelta(minutes=3)
"""What is kept for a session is extended when it would end sooner than that."""


def keep_up(*, now: dt.datetime, actor: Actor, team_id: int | None = None) -> Drained:
    """Write: take back what was not accepted, keep people for what goes on, serve the queues.

    ``team_id`` limits the queues to the desk of that team.
    """
    time_out_overdue(now=now, actor=actor)
    extend_live(now=now)
    return drain_all(now=now, actor=actor, team_id=team_id)


def time_out_overdue(*, now: dt.datetime, actor: Actor) -> int:
    """Write: take back what was not accepted in time; return how many."""
    overdue = Session.objects.filter(state=SessionState.ASSIGNED, accept_by__lte=now)
    count = 0
    for session_id in list(overdue.order_by("accept_by", "pk").values_list("pk", flat=True)):
        try:
            give_back(
                session_id, why=TIME_OUT, now=now, actor=actor, reason="Not accepted in time."
            )
        except (RefusedError, StaleError):
            continue  # it was accepted, or went on, between
        except Exception as error:
            if classify(error).outage:
                raise
            log.exception("session %s cannot be taken back", session_id)
            continue
        count += 1
    return count


def extend_live(*, now: dt.datetime) -> int:
    """Write: keep people for the sessions that go on, at most to their next work; how many."""
    ending = Assignment.objects.filter(
        session__isnull=False, state=AssignmentState.ACTIVE, ends_at__lt=now + EXTENDED_BEFORE
    )
    rows = list(ending.order_by("interpreter_id").values_list("pk", "interpreter_id"))
    return sum(_extend_or_report(pk, person_id=person_id, now=now) for pk, person_id in rows)


def _extend_or_report(pk: int, *, person_id: int, now: dt.datetime) -> bool:
    try:
        return retrying()(_extend, pk, person_id=person_id, now=now)
    except Exception as error:
        if classify(error).outage:
            raise
        log.exception("assignment %s cannot be extended", pk)
        return False


def _extend(pk: int, *, person_id: int, now: dt.datetime) -> bool:
    with transaction.atomic():
        lock_people([person_id])
        row = (
            Assignment.objects.filter(pk=pk, state=AssignmentState.ACTIVE)
            .select_related("session")
            .first()
        )
        if row is None or row.session is None:
            return False
        desk = desk_of(row.session)
        minutes = desk.expected_minutes if desk else 15
        return extend_session_work(row, until=now + dt.timedelta(minutes=minutes))
