"""Reads what decisions of one desk rely on: a constant number of queries, whatever the size."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce

from assignment.engine.accounts import load_ledger
from assignment.engine.people import CLOSED, load_people, load_standing_people
from assignment.engine.request import Needs
from assignment.engine.sessions.strategies import PERIODS
from assignment.engine.sessions.values import (
    HANDED_OVER,
    Busy,
    Call,
    Caller,
    DeskView,
    Member,
    Situation,
)
from assignment.enums import (
    HELD_STATES,
    AssignmentState,
    PresenceStatus,
    SessionState,
    Strategy,
)
from assignment.models import Assignment, Desk, Interpreter, Presence, Session, SessionPass
from assignment.models.fields import split_tags
from assignment.policies import current_policy
from assignment.querysets import LONGEST
from assignment.turns import context_key
from assignment.working_hours import parse_hours

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who asks for the decision about a session, whom they name, who has it now."""

    caller: Caller
    named: int | None = None
    holder: int | None = None


QUEUE = Asked(caller="queue")

WITHOUT_DESK = Q(state=SessionState.UNASSIGNED) & (
    Q(team__isnull=False, team__desk__isnull=True) | Q(team__isnull=True, tenant__desk__isnull=True)
)
"""Sessions that no queue holds: their team, or tenant, has no desk (see ``desk_of``)."""


def sessions_of(desk: Desk) -> QuerySet[Session]:
    """Return the sessions that come to a desk, in the order in which they are served."""
    if desk.team_id is not None:
        return Session.objects.filter(team_id=desk.team_id)
    return Session.objects.filter(team__isnull=True, tenant=desk.tenant)


def queue_of(desk: Desk) -> QuerySet[Session]:
    """Return the sessions that wait, in the order in which they are served."""
    return sessions_of(desk).filter(state=SessionState.UNASSIGNED)


def desk_of(session: Session) -> Desk | None:
    """Return the desk to which a session comes: of its team, else of its tenant."""
    desks = Desk.objects.select_related("team", "tenant")
    if session.team_id is not None:
        return desks.filter(team_id=session.team_id).first()
    return desks.filter(tenant__isnull=False, tenant=session.tenant).first()


def load_calls(
    rows: Iterable[Session], *, asked: Mapping[int, Asked] | None = None
) -> tuple[Call, ...]:
    """Return sessions as calls, in the order given; ``asked`` by id, the others by the queue."""
    sessions = list(rows)
    passes: dict[int, dict[int, SessionPass]] = defaultdict(dict)
    known = SessionPass.objects.order_by("at", "pk")
    for found in known.filter(session__in=[row.pk for row in sessions]):
        passes[found.session_id][found.interpreter_id] = found
    return tuple(
        _call(row, passes=passes[row.pk], asked=(asked or {}).get(row.pk, QUEUE))
        for row in sessions
    )


def load_situation(
    desk: Desk,
    *,
    now: dt.datetime,
    named: Sequence[int] = (),
    person_ids: Sequence[int] | None = None,
) -> Situation:
    """Return what decisions of this desk rely on; ``person_ids`` limits whom it tells of.

    Named people are candidates even when they belong elsewhere, so that a rule can say no.
    Who is served already is added with the sessions (``load_served``).
    """
    ids = list(person_ids) if person_ids is not None else _members(desk, named)
    view = desk_view(desk)
    people = load_people(first=now, last=now + view.expected, person_ids=ids)
    presence = {row.interpreter_id: row for row in Presence.objects.filter(interpreter_id__in=ids)}
    busy = _busy(ids, now=now, until=now + view.expected)
    assigned = _assigned(ids, desk=desk, now=now)
    deficits = _deficits(now=now) if desk.strategy == Strategy.FAIR else {}
    limits = _limits(ids)
    members = []
    for person in people:
        there = presence.get(person.id)
        own = there.max_chats if there else None
        most = limits.get(person.id, desk.max_chats)
        members.append(
            Member(
                person=person,
                status=there.status if there else PresenceStatus.OFFLINE,
                since=there.since if there else None,
                max_chats=most if own is None else min(own, most),
                busy=busy[person.id],
                assigned=assigned[person.id],
                deficit=deficits.get(person.id, 0.0),
            )
        )
    return Situation(now=now, desk=view, members=tuple(members), served={})


def desk_view(desk: Desk) -> DeskView:
    """Return how the desk works; what cannot be read is closed."""
    zone: ZoneInfo | None
    try:
        zone = ZoneInfo(desk.time_zone) if desk.time_zone else None
        shifts = parse_hours(desk.hours)
    except (ValueError, KeyError, OSError) as error:
        log.warning("the schedule of %s cannot be read: %s", desk.pk, type(error).__name__)
        zone, shifts = None, CLOSED
    return DeskView(
        context_key=context_key(desk),
        shifts=shifts,
        zone=zone,
        strategy=Strategy(desk.strategy),
        expected=dt.timedelta(minutes=desk.expected_minutes),
    )


def _call(row: Session, *, passes: Mapping[int, SessionPass], asked: Asked) -> Call:
    return Call(
        id=row.pk,
        ref=row.ref,
        channel=row.channel,
        needs=Needs(
            team_id=row.team_id,
            tenant_id=row.tenant_id,
            languages=split_tags(row.languages),
            skills=split_tags(row.skills),
        ),
        contact=row.contact,
        caller=asked.caller,
        holder=asked.holder,
        named=asked.named,
        passes={key: found.at for key, found in passes.items()},
        handed_over=frozenset(key for key, found in passes.items() if found.why == HANDED_OVER),
        known_reason=row.reason_code,
    )


def _members(desk: Desk, named: Sequence[int]) -> list[int]:
    own = Q(team_id=desk.team_id) if desk.team_id is not None else Q(team__tenant_id=desk.tenant_id)
    return list(
        Interpreter.objects.filter(own | Q(pk__in=named)).order_by().values_list("pk", flat=True)
    )


def _busy(
    ids: Sequence[int], *, now: dt.datetime, until: dt.datetime
) -> dict[int, tuple[Busy, ...]]:
    """Return what takes lanes of these people: live sessions, and work from now to ``until``."""
    held = Q(session__isnull=False, state=AssignmentState.ACTIVE)
    around = Q(starts_at__gt=now - LONGEST, starts_at__lt=until, ends_at__gt=now)
    rows = (
        Assignment.objects.busy()
        .filter(held | around, interpreter_id__in=ids)
        .order_by()
        .values_list(
            "interpreter_id",
            "starts_at",
            "ends_at",
            "lane_from",
            "lane_to",
            Coalesce("booking__ref", "session__ref"),
            "session_id",
            "state",
        )
    )
    found: dict[int, list[Busy]] = defaultdict(list)
    for person_id, starts_at, ends_at, lane_from, lane_to, ref, session_id, state in rows:
        live = session_id is not None and state == AssignmentState.ACTIVE
        found[person_id].append(
            Busy(
                starts_at=starts_at,
                ends_at=ends_at,
                lane_from=lane_from,
                lane_to=lane_to,
                ref=ref,
                live=live,
            )
        )
    return defaultdict(tuple, {key: tuple(value) for key, value in found.items()})


def _assigned(ids: Sequence[int], *, desk: Desk, now: dt.datetime) -> Counter[int]:
    """Return how many sessions each had in the desk's period, if its strategy asks for that."""
    if desk.strategy not in (Strategy.LEAST_ASSIGNED, Strategy.HYBRID):
        return Counter()
    rows = Assignment.objects.busy().filter(interpreter_id__in=ids, session__isnull=False)
    length = PERIODS[desk.period]
    if length is not None:
        rows = rows.filter(starts_at__gt=now - length)
    return Counter(
        dict(rows.order_by().values_list("interpreter_id").annotate(Count("session_id")))
    )


def _deficits(*, now: dt.datetime) -> dict[int, float]:
    """Return hours below the policy's fair share of all active people: the ledger."""
    policy = current_policy()
    since = now - dt.timedelta(days=policy.weighting.fairness_window_days)
    ledger = load_ledger(window_start=since, policy=policy, people=load_standing_people)
    return {key: round(hours, 6) for key, hours in ledger.deficits().items()}


def _limits(ids: Sequence[int]) -> dict[int, int]:
    """Return the most chats of each person by the desk of their own team, where it has one."""
    rows = Interpreter.objects.filter(pk__in=ids, team__desk__isnull=False)
    return dict(rows.values_list("pk", "team__desk__max_chats"))


def load_served(calls: Sequence[Call]) -> dict[str, list[str]]:
    """Return the refs of the held sessions of each contact of these calls (a page of them)."""
    contacts = {call.contact for call in calls if call.contact}
    if not contacts:
        return {}
    rows = Session.objects.filter(state__in=HELD_STATES, contact__in=contacts)
    found: dict[str, list[str]] = defaultdict(list)
    for contact, ref in rows.order_by("pk").values_list("contact", "ref"):
        found[contact].append(ref)
    return dict(found)
