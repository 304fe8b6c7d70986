"""Taking ready entries under a lease: on PostgreSQL one statement, a transaction of its own.

One statement instead of six round trips: it locks the entries, passes over what somebody else has
locked, takes the sound ones and tells the trail. SQLite, which runs in this process and lets one
writer in at a time, takes the same steps one after the other.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import Exists, F, Q, QuerySet

from assignment.audit import Actor, Entry, telling
from assignment.clock import database_now
from assignment.enums import PoolStatus
from assignment.expressions import Sql
from assignment.models import Booking
from pooling import holds
from pooling.pool.contradictions import SOUND, hopeless, is_settled
from pooling.pool.states import IN_ORDER, TOLD, audit, those

JUDGED = (*TOLD, "starts_at", "ends_at")
"""What taking looks at of an entry, and tells the trail."""
ACTION, REASON = "claim", "Taken under a lease."
AT_ONCE = """
WITH met AS (
    SELECT id, {order}, {sound} AS sound FROM {table} WHERE {wanted} AND {ready}
    ORDER BY {order} LIMIT %s FOR UPDATE SKIP LOCKED),
taken AS (
    UPDATE {table} AS entry SET pool_status = %s, pool_claimed_by = %s,
        pool_lease_until = clock_timestamp() + make_interval(secs => %s),
        pool_fence = pool_fence + 1, pool_processing_attempts = pool_processing_attempts + 1
    FROM met WHERE entry.id = met.id AND met.sound
    RETURNING entry.ref, pool_fence - 1 AS fence, pool_processing_attempts - 1 AS attempt),
told AS ({telling})
SELECT array_agg(id) FILTER (WHERE sound), array_agg(id) FILTER (WHERE NOT sound) FROM met
"""


@dataclass(frozen=True, kw_only=True)
class Met:
    """Ids of the entries that were taken, and of those that contradict themselves."""

    taken: tuple[int, ...]
    wrong: tuple[int, ...]


def take(
    wanted: QuerySet[Booking], *, token: str, limit: int, actor: Actor, operation_key: str
) -> Met:
    """Write, in a transaction of its own: take up to ``limit`` ready entries under a lease.

    ``wanted`` are conditions on the bookings' own columns. Nothing is met while a hold stands. What
    contradicts itself is left as it is.
    """
    how = _at_once if connection.vendor == "postgresql" else _in_steps
    return how(wanted, token=token, limit=limit, actor=actor, operation_key=operation_key)


def lease_end() -> dt.datetime:
    """Return until when what is taken or renewed now is held, by the database's clock."""
    return database_now() + dt.timedelta(seconds=settings.POOL_LEASE_SECONDS)


def contradicts(row: Booking) -> bool:
    """Tell whether a ready entry must not be taken: it is settled, or cannot be processed."""
    return is_settled(row) or bool(hopeless(row))


def _at_once(
    wanted: QuerySet[Booking], *, token: str, limit: int, actor: Actor, operation_key: str
) -> Met:
    try:
        chosen = _condition(wanted)
    except EmptyResultSet:
        return Met(taken=(), wrong=())
    event = Entry(
        action=ACTION,
        object_type="booking",
        object_ref="",
        reason=REASON,
        from_state=PoolStatus.READY,
        to_state=PoolStatus.PROCESSING,
        operation_key=operation_key,
    )
    cells = {"object_ref": "ref", "attempt": "attempt", "fence": "fence"}
    told = telling(event, actor=actor, source="taken", cells=cells)
    ready, sound = _conditions()
    statement = AT_ONCE.format(
        table=Booking._meta.db_table,
        order=", ".join(IN_ORDER),
        sound=sound.sql,
        wanted=chosen.sql,
        ready=ready.sql,
        telling=told.sql,
    )
    lease = (PoolStatus.PROCESSING, token, settings.POOL_LEASE_SECONDS)
    values = (*sound.values, *chosen.values, *ready.values, limit, *lease, *told.values)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        taken, wrong = cursor.fetchone()
    return Met(taken=tuple(taken or ()), wrong=tuple(wrong or ()))


@cache
def _conditions() -> tuple[Sql, Sql]:
    """Return when an entry can be claimed, and when it does not contradict itself."""
    ready = ~Exists(holds.that_stand()), Q(pool_status=PoolStatus.READY)
    return _condition(Booking.objects.filter(*ready)), _condition(Booking.objects.filter(SOUND))


def _condition(rows: QuerySet[Booking]) -> Sql:
    """Return the condition of a query alone; making the rest of it costs more than running it."""
    query = rows.query
    try:
        sql, values = query.get_compiler(DEFAULT_DB_ALIAS).compile(query.where)
    except FullResultSet:
        return Sql(sql="TRUE", values=())
    return Sql(sql=sql, values=tuple(values))


def _in_steps(
    wanted: QuerySet[Booking], *, token: str, limit: int, actor: Actor, operation_key: str
) -> Met:
    with transaction.atomic():
        ready = wanted.filter(~Exists(holds.that_stand()), pool_status=PoolStatus.READY)
        met = list(ready.only(*JUDGED).order_by(*IN_ORDER)[:limit])
        wrong = dict.fromkeys(row.pk for row in met if contradicts(row))
        sound = [row for row in met if row.pk not in wrong]
        those(sound).filter(pool_status=PoolStatus.READY).update(
            pool_status=PoolStatus.PROCESSING,
            pool_lease_until=lease_end(),
            pool_claimed_by=token,
            pool_fence=F("pool_fence") + 1,
            pool_processing_attempts=F("pool_processing_attempts") + 1,
        )
        audit(
            sound,
            ACTION,
            to=PoolStatus.PROCESSING,
            reason=REASON,
            actor=actor,
            operation_key=operation_key,
        )
    return Met(taken=tuple(row.pk for row in sound), wrong=tuple(wrong))
