"""Reads the facts of a decision: a constant number of queries, whatever the size."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce

from assignment.engine.accounts import load_ledger
from assignment.engine.facts import LONGEST, NEAR, DrService, Facts
from assignment.engine.people import load_people
from assignment.engine.request import Needs, Person, Request, Work
from assignment.enums import BUSY_STATES, MeetingType, PersonKind
from assignment.expressions import Among
from assignment.models import (
    Assignment,
    Booking,
    BookingPerson,
    DoNotSend,
)
from assignment.models.fields import split_tags
from assignment.policies import DEFAULT
from assignment.policy_values import PolicyValues

A_DAY = dt.timedelta(days=1)


def load_requests(
    bookings: Iterable[Booking], *, as_if_unbound: bool = False
) -> tuple[Request, ...]:
    """Return the bookings as requests, in the order given. Two queries beside theirs.

    Load the bookings with ``select_related("team")``. Positions that are bound are not
    open, and pins that are bound are fulfilled; ``as_if_unbound`` asks for all of them.
    """
    rows = list(bookings)
    ids = [booking.pk for booking in rows]
    named: dict[tuple[int, str], list[int]] = defaultdict(list)
    for booking_id, kind, person_id in _in_chunks(
        BookingPerson.objects.order_by("pk"), ids, "booking_id", "kind", "interpreter_id"
    ):
        named[booking_id, kind].append(person_id)
    taken: dict[int, dict[int, int]] = defaultdict(dict)
    bound = Assignment.objects.none() if as_if_unbound else Assignment.objects.busy()
    for booking_id, position, person_id in _in_chunks(
        bound, ids, "booking_id", "position", "interpreter_id"
    ):
        taken[booking_id][position] = person_id
    return tuple(_request(row, named=named, taken=taken[row.pk]) for row in rows)


def load_facts(
    requests: Sequence[Request],
    *,
    now: dt.datetime,
    window_days: int,
    person_ids: Sequence[int] | None = None,
    without_booking: int | None = None,
    for_rules_alone: bool = False,
    policy: PolicyValues = DEFAULT,
) -> Facts:
    """Return the facts for deciding these requests.

    ``person_ids`` limits whom they tell of, without the ledger: fair shares are those of
    everybody. The work for ``without_booking`` is left out, to ask whether its people still fit.
    ``policy`` names the fair share and the unsocial hours. ``for_rules_alone``: to ask the hard
    rules and nothing else, which look less far for work than continuity does.

    Call inside ``read_snapshot`` or a transaction, so that all queries see one moment.
    """
    first = min((request.starts_at for request in requests), default=now)
    last = max((request.ends_at for request in requests), default=now)
    window = dt.timedelta(days=window_days)
    people = load_people(first=first, last=last, person_ids=person_ids)
    near = _reach(people, requests) if for_rules_alone else NEAR
    work = _load_work(
        start=first - near, end=last + near, person_ids=person_ids, without_booking=without_booking
    )
    ledger: dict[str, Any] = {"accounts": {}}
    if person_ids is None:
        ledger = _load_accounts(people, window_start=now - window, policy=policy)
    return Facts(
        people=people,
        work=work,
        fair_share=policy.fair_share,
        unsocial=policy.unsocial,
        dr_history=_load_dr_history(requests, window=window),
        do_not_send=_load_do_not_send(requests),
        window_start=now - window,
        **ledger,
    )


def _reach(people: Iterable[Person], requests: Iterable[Request]) -> dt.timedelta:
    """Return how far from a request work can matter to a hard rule about these people."""
    if any(person.weekly_minutes_cap is not None for person in people):
        return NEAR
    days = 2 if any(person.daily_minutes_cap is not None for person in people) else 0
    return max((request.buffer for request in requests), default=A_DAY * 0) + A_DAY * days


def _load_accounts(
    people: tuple[Person, ...], *, window_start: dt.datetime, policy: PolicyValues
) -> dict[str, Any]:
    """Return what the ledger adds to the facts."""
    read = load_ledger(
        window_start=window_start, policy=policy, people=lambda: people, with_last_start=True
    )
    return {"accounts": read.accounts, "presence": read.presence}


def _request(
    booking: Booking, *, named: dict[tuple[int, str], list[int]], taken: dict[int, int]
) -> Request:
    team_buffer = booking.team.buffer_minutes if booking.team else 0
    own = booking.buffer_minutes
    pinned = named.get((booking.pk, PersonKind.PINNED), ())
    return Request(
        id=booking.pk,
        ref=booking.ref,
        version=booking.version,
        meeting_type=booking.meeting_type,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        needs=Needs(
            team_id=booking.team_id,
            tenant_id=booking.tenant_id,
            languages=split_tags(booking.languages),
            skills=split_tags(booking.skills),
        ),
        owner=booking.owner,
        group=booking.group,
        positions=tuple(n for n in range(1, booking.interpreters_needed + 1) if n not in taken),
        buffer=dt.timedelta(minutes=team_buffer if own is None else own),
        deadline=booking.pool_deadline_time,
        attempts=booking.pool_processing_attempts,
        entered_at=booking.pool_entry_time,
        preferred=frozenset(named.get((booking.pk, PersonKind.PREFERRED), ())),
        excluded=frozenset(named.get((booking.pk, PersonKind.EXCLUDED), ())),
        declined=frozenset(named.get((booking.pk, PersonKind.DECLINED), ())),
        pinned=tuple(person_id for person_id in pinned if person_id not in taken.values()),
    )


def _load_work(
    *,
    start: dt.datetime,
    end: dt.datetime,
    person_ids: Sequence[int] | None,
    without_booking: int | None,
) -> dict[int, list[Work]]:
    """Return by person the work that touches [start, end)."""
    rows = Assignment.objects.busy().order_by()
    rows = rows.filter(starts_at__gte=start - LONGEST, starts_at__lt=end, ends_at__gt=start)
    if person_ids is not None:
        rows = rows.filter(Among("interpreter_id", person_ids))
    if without_booking is not None:
        rows = rows.exclude(booking_id=without_booking)
    columns = rows.values_list(
        "interpreter_id",
        "starts_at",
        "ends_at",
        "booking_id",
        Coalesce("booking__ref", "session__ref"),
        Coalesce("booking__group", Value("")),
    )
    work: dict[int, list[Work]] = defaultdict(list)
    for person_id, starts_at, ends_at, booking_id, ref, group in columns:
        work[person_id].append(
            Work(
                starts_at=starts_at,
                ends_at=ends_at,
                booking_id=booking_id,
                booking_ref=ref,
                group=group,
            )
        )
    return work


def _load_dr_history(requests: Sequence[Request], *, window: dt.timedelta) -> list[DrService]:
    starts = [row.starts_at for row in requests if row.meeting_type == MeetingType.DR]
    if not starts:
        return []
    rows = (
        Assignment.objects.filter(
            state__in=BUSY_STATES,
            booking__meeting_type=MeetingType.DR,
            booking__starts_at__gte=min(starts) - window,
            booking__starts_at__lt=max(starts),
        )
        .order_by()
        .values_list("booking__starts_at", "booking__ref", "interpreter_id")
    )
    people: dict[tuple[dt.datetime, str], set[int]] = defaultdict(set)
    for starts_at, ref, person_id in rows:
        people[starts_at, ref].add(person_id)
    return [
        DrService(starts_at=starts_at, booking_ref=ref, people=frozenset(ids))
        for (starts_at, ref), ids in people.items()
    ]


def _load_do_not_send(requests: Sequence[Request]) -> dict[str, frozenset[int]]:
    owners = {request.owner for request in requests if request.owner}
    if not owners:
        return {}
    found: dict[str, set[int]] = defaultdict(set)
    for owner, person_id in DoNotSend.objects.order_by().values_list("owner", "interpreter_id"):
        if owner in owners:
            found[owner].add(person_id)
    return {owner: frozenset(ids) for owner, ids in found.items()}


def _in_chunks(
    rows: QuerySet[BookingPerson] | QuerySet[Assignment], ids: Sequence[int], *columns: str
) -> Iterable[tuple[Any, ...]]:
    """Yield columns of the rows of these bookings, 5,000 bookings a query."""
    for start in range(0, len(ids), 5_000):
        part = ids[start : start + 5_000]
        yield from rows.filter(Among("booking_id", part)).values_list(*columns)
