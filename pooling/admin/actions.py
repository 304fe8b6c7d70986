"""Dangerous actions in two steps: what will change and why, then the effect, once.

An action is a value (``StaffAction``). The first step lists what it would do and asks for a
reason; its page carries the chosen rows signed, and a token. The second step checks the
permission again and runs under an Operation with that token as key: a double click has one
effect and shows the first result.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin
from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.crypto import get_random_string

from assignment.audit import Actor
from assignment.models import Booking, Operation
from pooling.admin.audited import actor_of
from pooling.pool import state_of

REASON_LENGTH = 5
MOST_ROWS = 1000
PAGE_LIFE = dt.timedelta(hours=2)

Verb = Callable[..., int]


@dataclass(frozen=True, kw_only=True)
class StaffAction:
    """One action on bookings: its words, its permission, the rows it may touch, its verb.

    ``run`` takes (booking_ids, *, now, actor, reason) and returns how many rows changed; an
    action that ``makes_run`` processes the entries instead, and its result is the run's page.
    """

    name: str
    label: str
    question: str
    effect: str
    permission: str
    legal: Q
    otherwise: str
    run: Verb | None = None
    makes_run: bool = False
    dangerous: bool = False


def as_admin_action(action: StaffAction) -> Callable[..., TemplateResponse]:
    """Return the function that the list's menu calls: it shows the confirmation page."""

    def confirm(
        model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet[Booking]
    ) -> TemplateResponse:
        ids = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST_ROWS + 1])
        return confirmation(model_admin, request, action, ids=ids)

    confirm.__name__ = action.name
    described = admin.action(confirm, permissions=[action.permission], description=action.label)
    return cast("Callable[..., TemplateResponse]", described)


def confirmation(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    action: StaffAction,
    *,
    ids: list[int],
    reason: str = "",
    error: str = "",
    token: str = "",
) -> TemplateResponse:
    """Return the page that says what will change, and asks for a reason."""
    too_many = len(ids) > MOST_ROWS
    ids = ids[:MOST_ROWS]
    rows = list(model_admin.get_queryset(request).filter(pk__in=ids).select_related("team"))
    legal = set(Booking.objects.filter(action.legal, pk__in=ids).values_list("pk", flat=True))
    meta = model_admin.opts
    context = {
        **model_admin.admin_site.each_context(request),
        "title": action.question,
        "opts": meta,
        "action": action,
        "touched": [row for row in rows if row.pk in legal],
        "left": [row for row in rows if row.pk not in legal],
        "too_many": MOST_ROWS if too_many else 0,
        "selection": signing.dumps(ids, salt=_salt(request, action), compress=True),
        "token": token or get_random_string(24),
        "reason": reason,
        "error": error,
        "list_url": f"admin:{meta.app_label}_{meta.model_name}_changelist",
        "do_url": f"admin:{meta.app_label}_{meta.model_name}_do",
        "now": timezone.now(),
    }
    status = 400 if error else 200
    return TemplateResponse(request, "admin/confirm_action.html", context, status=status)


def read_selection(request: HttpRequest, action: StaffAction) -> list[int]:
    """Return the rows that the first step signed; raises signing.BadSignature."""
    text = request.POST.get("selection", "")
    ids: list[int] = signing.loads(text, salt=_salt(request, action), max_age=PAGE_LIFE)
    return ids


def _salt(request: HttpRequest, action: StaffAction) -> str:
    return f"interpool.action.{action.name}.{request.user.pk}"


def wrong_reason(reason: str) -> str:
    """Return what is wrong with a reason, or nothing."""
    if len(reason) < REASON_LENGTH:
        return (
            f"Write a reason of at least {REASON_LENGTH} characters: it stays in the audit trail."
        )
    if len(reason) > 500:
        return "Write a reason of at most 500 characters."
    return ""


def perform(
    action: StaffAction, *, ids: Iterable[int], request: HttpRequest, reason: str, token: str
) -> Operation:
    """Write: run the verb once under its token, and return its operation with the result.

    Raises InterpoolError when the verb refuses; then nothing is kept.
    """
    actor = actor_of(request)
    key = f"admin:{action.name}:{actor.user_id}:{token}"
    try:
        with transaction.atomic():
            operation = Operation.objects.create(
                key=key,
                kind=action.name,
                business_now=timezone.now(),
                actor=actor.name,
                user_id=actor.user_id,
                reason=reason,
            )
            return _perform_new(action, operation, ids=ids, actor=actor)
    except IntegrityError:
        repeated = Operation.objects.filter(key=key).first()
        if repeated is None:
            raise
        return repeated


def _perform_new(
    action: StaffAction, operation: Operation, *, ids: Iterable[int], actor: Actor
) -> Operation:
    ids = list(ids)
    before = states(ids)
    if action.run:
        action.run(
            ids,
            now=operation.business_now,
            actor=actor,
            reason=operation.reason,
        )
    after = states(ids)
    rows = [
        {"pk": pk, "ref": old["ref"], "before": old["state"], "after": after[pk]["state"]}
        for pk, old in before.items()
    ]
    operation.result = {
        "label": action.label,
        "rows": rows,
        "changed": sum(before[pk] != after[pk] for pk in before),
    }
    operation.finished_at = timezone.now()
    operation.save(update_fields=("result", "finished_at"))
    return operation


def states(ids: Iterable[int]) -> Mapping[int, dict[str, Any]]:
    """Return for each booking its ref, its state in a word, and all that an action can move."""
    rows = Booking.objects.filter(pk__in=ids).order_by("ref")
    return {
        row.pk: {
            "ref": row.ref,
            "state": state_of(row),
            "deadline": row.pool_deadline_time,
            "next": row.pool_next_attempt_at,
            "attempts": row.pool_processing_attempts,
        }
        for row in rows
    }
