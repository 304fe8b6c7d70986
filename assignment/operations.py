"""What an operation was asked to do, so that its key cannot be used for something else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from assignment.errors import ConflictError
from assignment.models import Operation


def request_hash(*, reason: str, ids: Iterable[int] = (), about: str = "") -> str:
    """Return a short name of a request: equal exactly when the same is asked for."""
    text = json.dumps([about, sorted(set(ids)), reason])
    return hashlib.sha256(text.encode()).hexdigest()


def refuse_other_request(known: Operation, *, asked: str) -> None:
    """Raise ConflictError when the key of an operation comes again with another request.

    Operations that were stored without a request answer whatever is asked for by their key.
    """
    if asked and known.request_hash and known.request_hash != asked:
        raise ConflictError(
            f"This was done already, by {known.actor} at {known.created_at:%Y-%m-%d %H:%M} UTC, "
            "with other rows or another reason. Nothing was changed now: begin anew."
        )
