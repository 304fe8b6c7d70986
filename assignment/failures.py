"""What an unexpected error means: its category, and whether trying again can help.

Source of the codes: PostgreSQL, appendix "Error Codes"; SQLite's own messages. A connection
that was cut has no code at all: what was asked may or may not have happened. A server that
takes no more sessions says so in words only, while the connection is being made. Django lets
the driver's own errors through where a stream of rows breaks off; they mean the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random,
    wait_random_exponential,
)

from assignment.errors import CounterError

Kind = Literal[
    "conflict",
    "busy",
    "unknown",
    "full",
    "damaged",
    "refused",
    "skew",
    "counter",
    "unexpected",
]

DRIVER: Any = connection.Database  # type: ignore[attr-defined] # the stubs do not know it
"""The module that speaks with the database; the other one need not be loaded."""
DATABASE_ERRORS = (DatabaseError, InterfaceError, DRIVER.Error)
"""What a statement can raise, by whatever way."""
CUT_OFF = (OperationalError, InterfaceError, DRIVER.OperationalError, DRIVER.InterfaceError)
CONFLICTS = frozenset({"40001", "40P01"})
BUSY = frozenset({"55P03", "57014"})
FULL = frozenset({"53100", "53200", "25006"})
DAMAGED = frozenset({"58030", "XX001", "XX002"})
BROKEN = ("disk image is malformed", "disk I/O error", "file is not a database")
"""How SQLite says that it cannot read or write all of its file."""
LOST = frozenset({"25P03", "25P04"})
"""The server ended a session that was idle in a transaction: nothing of it was kept."""
ABSENT = ("no such table", "no such column", "has no column named ")
"""How SQLite says that a table or column is not there."""
CROWDED = ("too many clients", "too many connections", "connection slots are reserved")
TRIES = 5
PATIENCE_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Failure:
    """``retryable``: the same transaction may succeed at once; ``charged``: it was the entry's
    own fault, so that the attempt counts."""

    kind: Kind
    retryable: bool
    charged: bool

    @property
    def outage(self) -> bool:
        """Whether the database as a whole cannot work now, whatever the entry."""
        return self.kind in ("unknown", "full", "damaged", "skew")


def _code_of(error: BaseException) -> str | None:
    """Return PostgreSQL's code of the error, or of the driver's error behind Django's."""
    code: str | None = getattr(error, "sqlstate", None) or getattr(
        error.__cause__, "sqlstate", None
    )
    return code


def _is_of_redis(error: BaseException) -> bool:
    """Tell whether it is an error of the Redis client, which is loaded only where it is used."""
    return any(kind.__module__ == "redis.exceptions" for kind in type(error).__mro__)


def is_crowded(error: BaseException) -> bool:
    """Tell whether the server takes no more sessions."""
    return _code_of(error) == "53300" or any(words in str(error) for words in CROWDED)


def classify(error: BaseException) -> Failure:
    """Return what an error means for the work that met it."""
    if isinstance(error, CounterError) or _is_of_redis(error):
        return Failure(kind="counter", retryable=False, charged=False)
    if not isinstance(error, DATABASE_ERRORS):
        return Failure(kind="unexpected", retryable=False, charged=True)
    code = _code_of(error)
    if code in LOST or is_crowded(error):
        return Failure(kind="unknown", retryable=False, charged=False)
    if code in CONFLICTS:
        return Failure(kind="conflict", retryable=True, charged=False)
    if code in BUSY or "database is locked" in str(error):
        return Failure(kind="busy", retryable=True, charged=False)
    if code in FULL or "disk is full" in str(error) or "readonly database" in str(error):
        return Failure(kind="full", retryable=False, charged=False)
    if code in DAMAGED or any(words in str(error) for words in BROKEN):
        return Failure(kind="damaged", retryable=False, charged=False)
    if (code or "").startswith("42") or any(words in str(error) for words in ABSENT):
        return Failure(kind="skew", retryable=False, charged=False)
    if isinstance(error, CUT_OFF) and (code is None or code[:2] in ("08", "57")):
        return Failure(kind="unknown", retryable=False, charged=False)
    return Failure(kind="refused", retryable=False, charged=True)


def retrying() -> Retrying:
    """Return a fresh loop that repeats a whole transaction, up to five times, when it lost a race.

    Use: ``retrying()(function, ...)``. The last error is raised as it is.
    """
    return Retrying(
        retry=retry_if_exception(lambda error: classify(error).retryable),
        stop=stop_after_attempt(TRIES),
        wait=wait_random(0.02, 0.2),
        reraise=True,
    )


def outlasting() -> Retrying:
    """Return a fresh loop that also outlasts a lost connection: half a minute, on new ones.

    Only for what finds out by its key or token whether it was done before: a cut connection
    leaves that open. Inside a caller's transaction nothing lost is repeated. The last error
    is raised as it is.
    """
    return Retrying(
        retry=retry_if_exception(_worth_repeating),
        stop=_enough,
        wait=wait_random_exponential(multiplier=0.05, min=0.02, max=2),
        before_sleep=_reconnect,
        reraise=True,
    )


def _worth_repeating(error: BaseException) -> bool:
    failure = classify(error)
    return failure.retryable or (failure.kind == "unknown" and not connection.in_atomic_block)


def _enough(state: RetryCallState) -> bool:
    error = state.outcome and state.outcome.exception()
    patient = (state.seconds_since_start or 0) < PATIENCE_SECONDS
    if error and classify(error).kind == "unknown":
        return not patient
    return state.attempt_number >= TRIES or not patient


def _reconnect(state: RetryCallState) -> None:
    """Leave a connection that was lost, so that the next try makes a new one."""
    error = state.outcome and state.outcome.exception()
    if error and classify(error).kind == "unknown":
        connection.close()
