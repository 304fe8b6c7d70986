"""Sessions against the work for them, and the clock that keeps them."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, F, Q

from assignment.engine.record import reading, unpack
from assignment.engine.sessions.explain import rederived_session
from assignment.enums import HELD_STATES, AssignmentState, Outcome, SessionState
from assignment.errors import StoredDataError
from assignment.models import Assignment, Session, SessionDecision
from assignment.turns import desks_with_wrong_counters
from assignment.wording import counted
from monitoring.audits.finding import Examined, Wrong

ACCEPTING_LATE = dt.timedelta(minutes=10)


def sessions_have_exactly_their_person(_: dt.datetime) -> Examined:
    """A session that is held has one active assignment; one that waits or is over has none."""
    active = Count("assignments", filter=Q(assignments__state=AssignmentState.ACTIVE))
    tallied = Session.objects.order_by().annotate(bound=active)
    held = Q(state__in=HELD_STATES)
    rows = tallied.filter(held & ~Q(bound=1) | ~held & ~Q(bound=0)).order_by("ref")
    wrong = tuple(
        Wrong(
            key=key,
            thing=f"session {ref}",
            message=f"It is {state} and {counted(bound, 'person has', 'people have')} it: "
            "resolve it, or hand it over.",
        )
        for key, ref, state, bound in rows.values_list("pk", "ref", "state", "bound")
    )
    return Examined(checked=Session.objects.count(), wrong=wrong)


def nothing_waits_long_for_its_person(now: dt.datetime) -> Examined:
    """What is not accepted in time goes back into the queue soon after."""
    assigned = Session.objects.filter(state=SessionState.ASSIGNED)
    late = assigned.filter(accept_by__lt=now - ACCEPTING_LATE).order_by("ref")
    wrong = tuple(
        Wrong(
            key=key,
            thing=f"session {ref}",
            message="It was not accepted in time and nobody took it back: run “manage.py "
            "drain_sessions”.",
        )
        for key, ref in late.values_list("pk", "ref")
    )
    return Examined(checked=assigned.count(), wrong=wrong)


def everybody_given_follows_from_the_record(_: dt.datetime) -> Examined:
    """Whoever was given a session is whom the stored figures of its decision put first."""
    given = (
        Assignment.objects.filter(session__isnull=False, by_hand=False)
        .order_by("session_id", "pk")
        .values_list("session_id", "session__ref", "interpreter__ref")
    )
    told = (
        SessionDecision.objects.filter(outcome=Outcome.ASSIGN)
        .exclude(caller__in=("transfer", "by_hand"))
        .order_by("session_id", "pk")
        .values_list("session_id", "session__ref", "record")
    )
    bound = [(key, ref, person) for key, ref, person in given.iterator()]
    recorded = [(key, ref, _recorded(row)) for key, ref, row in told.iterator()]
    odd = sorted(set(bound) ^ set(recorded))
    wrong = tuple(
        Wrong(
            key=key,
            thing=f"session {ref}",
            message=f"Its record and its work do not agree about {person or 'nobody'}: find out "
            "who changed it.",
        )
        for key, ref, person in odd
    )
    return Examined(checked=len(bound), wrong=wrong)


def _recorded(record: bytes | memoryview) -> str:
    try:
        with reading("a session"):
            return rederived_session(unpack(record))
    except StoredDataError:
        return "somebody who cannot be read"


def turns_are_counted(_: dt.datetime) -> Examined:
    """The round-robin counter of each desk in Redis is a number that can be counted up."""
    checked, desks = desks_with_wrong_counters()
    wrong = tuple(
        Wrong(
            key=desk.pk,
            thing=f"desk {desk.pk}",
            message="Its round-robin counter in Redis is no number, so that its sessions wait: "
            "run “manage.py audit_integrity --repair”.",
        )
        for desk in desks
    )
    return Examined(checked=checked, wrong=wrong)


def held_sessions_are_kept(now: dt.datetime) -> Examined:
    """What goes on is kept for its person: the clock extends it before it ends."""
    live = Assignment.objects.filter(session__isnull=False, state=AssignmentState.ACTIVE)
    ended = live.filter(ends_at__lt=now - ACCEPTING_LATE).annotate(ref=F("session__ref"))
    wrong = tuple(
        Wrong(
            key=key,
            thing=f"session {ref}",
            message=f"It goes on, but {person} is no longer kept for it (other work has begun, or "
            "no worker runs): resolve it, or hand it over.",
        )
        for key, ref, person in ended.order_by("ref").values_list("pk", "ref", "interpreter__ref")
    )
    return Examined(checked=live.count(), wrong=wrong)
