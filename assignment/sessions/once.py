"""One effect for one message, however often it comes: operations with a key."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from assignment.audit import Actor
from assignment.errors import RefusedError
from assignment.failures import retrying
from assignment.models import Operation

Result = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Message:
    """What somebody asks for: ``kind`` of the verb, its payload, who, when and why.

    ``key`` is the sender's own; the same key with another payload is refused. Empty = this
    message is not repeated.
    """

    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    now: dt.datetime
    actor: Actor
    reason: str
    key: str = ""


def once(message: Message, verb: Callable[[], Result]) -> Result:
    """Write: run the verb in one transaction, once for the key; a repetition gets its result.

    Raises RefusedError for a key that was used for something else.
    """
    text = json.dumps({"kind": message.kind, **message.payload}, sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()
    key = f"session:{message.key or uuid.uuid4().hex}"[:200]
    try:
        result: Result = retrying()(_first, message, verb, key=key, digest=digest)
    except IntegrityError:
        stored = Operation.objects.filter(key=key).first()
        if stored is None:
            raise
        if stored.request_hash != digest:
            raise RefusedError(
                "This key was used for another request before: send it with a new key."
            ) from None
        result = stored.result or {}
    return result


def _first(message: Message, verb: Callable[[], Result], *, key: str, digest: str) -> Result:
    with transaction.atomic():
        operation = Operation.objects.create(
            key=key,
            kind=message.kind,
            request_hash=digest,
            business_now=message.now,
            actor=message.actor.name,
            user_id=message.actor.user_id,
            reason=message.reason[:500],
        )
        result = verb()
        operation.result = result
        operation.finished_at = timezone.now()
        operation.save(update_fields=("result", "finished_at"))
    return result
