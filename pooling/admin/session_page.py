"""What the page of a session tells: where it stands, why, what was told, what happened."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from assignment.engine.candidate import REJECTED
from assignment.engine.sessions.explain import SessionExplanation, explain_session
from assignment.engine.sessions.loading import desk_of, queue_of
from assignment.enums import SessionState
from assignment.errors import StoredDataError
from assignment.models import Assignment, Desk, Interpreter, Session, SessionDecision
from pooling.admin.teams import teams_of
from pooling.admin.timeline import TIMELINE, timeline_of

SHOWN = 50


def session_page(session: Session, *, request: HttpRequest) -> dict[str, Any]:
    """Return everything around the form of a session."""
    decision = SessionDecision.objects.filter(session=session).select_related("session").first()
    told, unreadable = None, ""
    try:
        told = only_own(explain_session(decision), request=request) if decision else None
    except StoredDataError as error:
        unreadable = str(error)
    work = Assignment.objects.filter(session=session).select_related("interpreter")
    could = [row for row in told.candidates if row.verdict != REJECTED] if told else []
    rejected = [row for row in told.candidates if row.verdict == REJECTED] if told else []
    desk = desk_of(session)
    return {
        "desk": desk,
        "place": queue_place(session, desk=desk),
        "why": why_it_waits(session, desk=desk),
        "work": list(work.order_by("pk")),
        "told": told,
        "unreadable": unreadable,
        "could": could[:SHOWN],
        "rejected": rejected[:SHOWN],
        "considered": len(could) + len(rejected),
        "more": max(0, len(could) - SHOWN) + max(0, len(rejected) - SHOWN),
        "told_messages": list(session.messages.all()[:TIMELINE]),
        **timeline_of("session", session.ref),
    }


def why_it_waits(session: Session, *, desk: Desk | None) -> str:
    """Return why nobody has a session that waits, in words; empty for any other."""
    if session.state != SessionState.UNASSIGNED:
        return ""
    if desk is None:
        owner = f"Team {session.team}" if session.team else f"Tenant {session.tenant}"
        return f"{owner} has no desk: nobody is asked before a lead adds one under “Desks”."
    return session.reason_text or "Not decided yet: the queue is served within a minute."


def queue_place(session: Session, *, desk: Desk | None) -> int | None:
    """Return the place in the queue of its desk, from 1; None when it does not wait."""
    if desk is None or session.state != SessionState.UNASSIGNED:
        return None
    earlier = Q(requested_at__lt=session.requested_at) | Q(
        requested_at=session.requested_at, pk__lt=session.pk
    )
    before = Q(priority__gt=session.priority) | Q(priority=session.priority) & earlier
    return queue_of(desk).filter(before).count() + 1


def only_own(told: SessionExplanation, *, request: HttpRequest) -> SessionExplanation:
    """Return the explanation without people of teams that the person is not limited to."""
    teams = teams_of(request)
    if teams is None:
        return told
    seen = Q(team__in=teams) | Q(ref=told.chosen)
    refs = set(Interpreter.objects.filter(seen).values_list("ref", flat=True))
    mine = tuple(row for row in told.candidates if row.interpreter in refs)
    return replace(told, candidates=mine)
