"""Writing audit events; they are part of the transaction that they tell of."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User

from assignment.errors import RefusedError
from assignment.expressions import Sql
from assignment.inserting import insert_rows
from assignment.models import AuditEvent

COLUMNS = (
    "actor_kind",
    "actor",
    "user_id",
    "action",
    "object_type",
    "object_ref",
    "from_state",
    "to_state",
    "reason_code",
    "reason",
    "changes",
    "policy_version",
    "attempt",
    "fence",
    "operation_key",
    "correlation_id",
)
"""Every column but the key and the clock, which are the database's own."""

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")


def new_correlation_id() -> str:
    """Start a new correlation id for this context and return it (12 hex digits)."""
    fresh = uuid.uuid4().hex[:12]
    correlation_id.set(fresh)
    return fresh


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts: a person in the admin, a worker, the schedule, or a command."""

    kind: str
    name: str
    user: User | None = None

    @classmethod
    def of_user(cls, user: object) -> Actor:
        """Return the signed-in person as actor; raises RefusedError for anybody else."""
        if not isinstance(user, User):
            raise RefusedError("Sign in first.")
        return cls(kind=AuditEvent.Actor.USER, name=user.get_username()[:200], user=user)

    @property
    def user_id(self) -> int | None:
        """Primary key of the user, if a person acts."""
        return self.user.pk if self.user else None


SCHEDULE = Actor(kind=AuditEvent.Actor.SCHEDULE, name="schedule")
COMMAND = Actor(kind=AuditEvent.Actor.COMMAND, name="command line")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event to be written; ``reason`` must not be empty."""

    action: str
    object_type: str
    object_ref: str
    reason: str
    reason_code: str = ""
    from_state: str = ""
    to_state: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    policy_version: int | None = None
    attempt: int | None = None
    fence: int | None = None
    operation_key: str = ""


def record(entries: Iterable[Entry], *, actor: Actor) -> int:
    """Write the events, 2,000 a statement, and return how many; call inside the transaction.

    ``at`` is always the database's clock. If it cannot be written, nothing happens.
    """
    rows = [_row(entry, actor=actor) for entry in entries]
    insert_rows(AuditEvent, COLUMNS, rows)
    return len(rows)


def telling(entry: Entry, *, actor: Actor, source: str, cells: Mapping[str, str]) -> Sql:
    """Return the part of a statement that writes an event for each row of a source.

    PostgreSQL: for a statement that changes rows and tells of them at once. ``cells`` are columns
    of the source to be written instead of what the entry says, by column of the event.
    """
    told = dict(zip(COLUMNS, _row(entry, actor=actor), strict=True))
    told["changes"] = json.dumps(told["changes"])
    values = tuple(value for column, value in told.items() if column not in cells)
    chosen = ", ".join(cells.get(column, "%s") for column in COLUMNS)
    table = AuditEvent._meta.db_table
    into = f"INSERT INTO {table} ({', '.join(COLUMNS)})"
    sql = f"{into} SELECT {chosen} FROM {source}"  # noqa: S608 - names of our own
    return Sql(sql=sql, values=values)


def _row(entry: Entry, *, actor: Actor) -> tuple[Any, ...]:
    """Return the event in the order of the columns."""
    return (
        actor.kind,
        actor.name,
        actor.user_id,
        entry.action,
        entry.object_type,
        entry.object_ref,
        entry.from_state,
        entry.to_state,
        entry.reason_code,
        entry.reason[:500],
        dict(entry.changes),
        entry.policy_version,
        entry.attempt,
        entry.fence,
        entry.operation_key,
        correlation_id.get(),
    )
