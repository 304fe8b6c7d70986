"""What an audit is, and what it finds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from assignment.errors import Severity


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """One thing that breaks an invariant: what it is, and a sentence that says what to do.

    ``key``: its id in its table. ``by_hand``: only a person can put it right.
    """

    thing: str
    message: str
    key: int = 0
    by_hand: bool = False


@dataclass(frozen=True, kw_only=True)
class Examined:
    """How many rows an audit looked at, and what was wrong, in a stable order."""

    checked: int
    wrong: tuple[Wrong, ...]


@dataclass(frozen=True, kw_only=True)
class Audit:
    """One invariant. ``examine`` gets the business clock; ``repair`` says what a repair does.

    An empty ``repair`` means that a person must decide.
    """

    code: str
    severity: Severity
    examine: Callable[[dt.datetime], Examined]
    repair: str = ""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding, as ``audit_integrity`` prints it; ``key`` stays inside."""

    code: str
    severity: Severity
    object: str
    message: str
    repair: str
    key: int
