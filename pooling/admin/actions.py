"""Dangerous actions in two steps: what will change and why, then the effect, once.

An action is a value (``StaffAction``). The first step lists what it would do and asks for a
reason; its page carries the chosen rows signed, and a token. The second step checks the
permission again and runs under an Operation with that token as key: a double click has one
effect and shows the first result; the token with other rows or another reason is refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin, messages
from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string

from assignment.audit import Actor
from assignment.models import Booking, Operation
from assignment.operations import refuse_other_request
from pooling.admin.audited import actor_of
from pooling.models import PlanRow
from pooling.pool import state_of
from pooling.processing import preview_entries

REASON_LENGTH = 5
MOST_ROWS = 1000
NAMED = 10
PAGE_LIFE = dt.timedelta(hours=2)

Verb = Callable[..., int]


@dataclass(frozen=True, kw_only=True)
class StaffAction:
    """One action on bookings: its words, its permission, the rows it may touch, its verb.

    ``run`` takes (booking_ids, *, now, actor, reason) and returns how many rows changed; an
    action that ``makes_plan`` has the page of its plan as second step instead.
    """

    name: str
    label: str
    question: str
    effect: str
    permission: str
    legal: Q
    otherwise: str
    run: Verb | None = None
    makes_plan: bool = False
    dangerous: bool = False


def as_admin_action(action: StaffAction) -> Callable[..., HttpResponse | None]:
    """Return the function that the list's menu calls: it shows the confirmation page."""

    def confirm(
        model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet[Booking]
    ) -> HttpResponse | None:
        ids = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST_ROWS + 1])
        if action.makes_plan:
            return proposal(request, action, ids=ids)
        return confirmation(model_admin, request, action, ids=ids)

    confirm.__name__ = action.name
    described = admin.action(confirm, permissions=[action.permission], description=action.label)
    return cast("Callable[..., HttpResponse | None]", described)


def proposal(
    request: HttpRequest, action: StaffAction, *, ids: Sequence[int]
) -> HttpResponse | None:
    """Write: store a plan for the chosen rows and open its page; None when there is nothing to do.

    Says which of the chosen rows are not in it.
    """
    legal = Booking.objects.filter(action.legal, pk__in=ids[:MOST_ROWS])
    chosen = list(legal.values_list("pk", flat=True))
    plan = preview_entries(chosen, now=timezone.now()) if chosen else None
    planned = list(PlanRow.objects.filter(plan=plan).values_list("booking_id", flat=True))
    left = Booking.objects.filter(pk__in=ids[:MOST_ROWS]).exclude(pk__in=planned)
    refs = list(left.order_by("ref").values_list("ref", flat=True))
    if refs:
        named = ", ".join(refs[:NAMED]) + (", …" if len(refs) > NAMED else "")
        messages.warning(request, f"{len(refs)} not in the plan: {named}. {action.otherwise}")
    if len(ids) > MOST_ROWS:
        messages.warning(request, f"Only the first {MOST_ROWS} chosen rows are in the plan.")
    if plan is None:
        return None
    return HttpResponseRedirect(reverse("admin:pooling_plan_change", args=(plan.pk,)))


def confirmation(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    action: StaffAction,
    *,
    ids: list[int],
    reason: str = "",
    error: str = "",
    token: str = "",
    status: int = 200,
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
    action: StaffAction,
    *,
    ids: Iterable[int],
    asked: str,
    request: HttpRequest,
    reason: str,
    token: str,
) -> Operation:
    """Write: run the verb once under its token, and return its operation with the result.

    ``asked`` is the hash of what the page asked for. Raises ConflictError when the token was
    used for something else, and InterpoolError when the verb refuses; then nothing is kept.
    """
    actor = actor_of(request)
    key = f"admin:{action.name}:{actor.user_id}:{token}"
    try:
        with transaction.atomic():
            operation = Operation.objects.create(
                key=key,
                kind=action.name,
                request_hash=asked,
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
        refuse_other_request(repeated, asked=asked)
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
