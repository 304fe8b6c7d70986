"""What an unexpected error means: its category, and whether trying again can help.

Source of the codes: PostgreSQL, appendix "Error Codes"; SQLite's own messages. A connection
that was cut has no code at all: what was asked may or may not have happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.db import DatabaseError, InterfaceError, OperationalError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random

Kind = Literal["conflict", "busy", "unknown", "full", "refused", "skew", "unexpected"]

CONFLICTS = frozenset({"40001", "40P01"})
BUSY = frozenset({"55P03", "57014"})
FULL = frozenset({"53100", "53200", "53300", "25006"})


@dataclass(frozen=True, kw_only=True)
class Failure:
    """``retryable``: the same transaction may succeed at once; ``charged``: it was the entry's
    own fault, so that the attempt counts."""

    kind: Kind
    retryable: bool
    charged: bool


def classify(error: BaseException) -> Failure:
    """Return what an error means for the work that met it."""
    if not isinstance(error, DatabaseError | InterfaceError):
        return Failure(kind="unexpected", retryable=False, charged=True)
    code = getattr(error.__cause__, "sqlstate", None)
    if code in CONFLICTS:
        return Failure(kind="conflict", retryable=True, charged=False)
    if code in BUSY or "database is locked" in str(error):
        return Failure(kind="busy", retryable=True, charged=False)
    if code in FULL or "disk is full" in str(error) or "readonly database" in str(error):
        return Failure(kind="full", retryable=False, charged=False)
    if (code or "").startswith("42") or "no such " in str(error):
        return Failure(kind="skew", retryable=False, charged=False)
    lost = isinstance(error, OperationalError | InterfaceError)
    if lost and (code is None or code[:2] in ("08", "57")):
        return Failure(kind="unknown", retryable=False, charged=False)
    return Failure(kind="refused", retryable=False, charged=True)


def retrying() -> Retrying:
    """Return a fresh loop that repeats a whole transaction, up to five times, when it lost a race.

    Use: ``retrying()(function, ...)``. The last error is raised as it is.
    """
    return Retrying(
        retry=retry_if_exception(lambda error: classify(error).retryable),
        stop=stop_after_attempt(5),
        wait=wait_random(0.02, 0.2),
        reraise=True,
    )
