"""The pages of the admin; importing this package registers them."""

from __future__ import annotations

from pooling.admin import (
    access,
    audit,
    bookings,
    desks,
    entries,
    interpreters,
    organisation,
    people,
    plans,
    policy,
    runs,
    sessions,
)

__all__ = [
    "access",
    "audit",
    "bookings",
    "desks",
    "entries",
    "interpreters",
    "organisation",
    "people",
    "plans",
    "policy",
    "runs",
    "sessions",
]
