"""Changing the policy in the admin: proposal, confirmation, report.

An edit, a mode switch and the return to an older version go through the same confirmation
and the same verb. What a change needs follows from what it changes: ``switch_mode`` for the
mode, ``edit_policy`` for everything else.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from assignment.enums import Mode
from assignment.errors import InterpoolError, RefusedError
from assignment.models import Operation, Policy
from assignment.policies import current_policy, policy_values
from assignment.policy_values import PolicyValues
from pooling.admin.audited import actor_of
from pooling.admin.policy_forms import ConfirmForm, PolicyForm, hidden_pairs, initial_of
from pooling.admin.policy_pages import INTENTS, groups, labelled, labelled_in_effect, mode_facts
from pooling.admin.policy_plan import decide_due, proposal_of, run_key
from pooling.admin.teams import teams_of
from pooling.impact import read_pool, redate
from pooling.impact_changes import changed_since, keep
from pooling.models import Run
from pooling.policy_review import Review, review
from pooling.policy_switch import LISTED, PolicyConflictError, SwitchReport, apply_policy

log = logging.getLogger(__name__)

EDIT, SWITCH = "assignment.edit_policy", "assignment.switch_mode"


def require(allowed: bool) -> None:
    """Raise PermissionDenied unless allowed."""
    if not allowed:
        raise PermissionDenied


def judge(form: PolicyForm) -> Review | None:
    """Return the review of a form whose fields can be read; its errors are put on the form."""
    if not form.is_valid():
        return None
    found = review(form.values, now=timezone.now())
    form.add_findings(found.errors)
    return found


def may_save(request: HttpRequest, found: Review) -> bool:
    """Tell whether the person has the permissions for what would change."""
    fields = {item.field for item in found.differences}
    needed = {SWITCH} if "mode" in fields else set()
    if fields - {"mode"}:
        needed.add(EDIT)
    return all(request.user.has_perm(name) for name in needed)


class PolicyChangeAdmin(admin.ModelAdmin):
    """The pages that lead to a new version."""

    def render(
        self,
        request: HttpRequest,
        template: str,
        title: str,
        context: dict[str, Any],
        *,
        status: int = 200,
    ) -> TemplateResponse:
        """Return a page of the policy inside the admin."""
        whole = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            **context,
        }
        return TemplateResponse(
            request, f"admin/pooling/policy/{template}.html", whole, status=status
        )

    def modes_view(self, request: HttpRequest) -> HttpResponse:
        """Show the four modes and what each would do to the pool now."""
        require(request.user.has_perm(SWITCH))
        current, now, pool = current_policy(), timezone.now(), read_pool()
        cards = []
        for mode in Mode:
            values = replace(current, mode=mode.value)
            effect = redate(pool, policy=values, now=now)
            cards.append(
                {
                    "mode": mode.value,
                    "intent": INTENTS[mode],
                    "facts": mode_facts(values),
                    "in_force": mode == current.mode,
                    "counts": effect.counts,
                    "level": effect.level,
                }
            )
        context = {"cards": cards, "pooled": len(pool)}
        return self.render(request, "modes", "Switch the mode", context)

    def switch_view(self, request: HttpRequest, mode: str) -> HttpResponse:
        """Show what a switch would do, and ask for its confirmation."""
        require(request.user.has_perm(SWITCH))
        if mode not in Mode.values:
            raise Http404
        return self._proposal(request, mode=mode)

    def restore_view(self, request: HttpRequest, version: int) -> HttpResponse:
        """Show what a return to the values of this version would do."""
        require(request.user.has_perm(EDIT))
        policy = get_object_or_404(Policy, version=version)
        return self._proposal(request, values=policy_values(policy))

    def _proposal(
        self, request: HttpRequest, *, values: PolicyValues | None = None, mode: str = ""
    ) -> HttpResponse:
        current = current_policy()
        found = review(values or replace(current, mode=mode), now=timezone.now())
        require(may_save(request, found))
        if not found.differences:
            messages.info(request, "Nothing to do: these values are in force already.")
            return redirect("admin:assignment_policy_changelist")
        return self.confirmation(request, found, base_version=current.version)

    def confirmation(
        self,
        request: HttpRequest,
        found: Review,
        *,
        base_version: int,
        confirm: ConfirmForm | None = None,
        problem: InterpoolError | None = None,
    ) -> TemplateResponse:
        """Return the page with differences, impact, warnings to acknowledge, and the reason."""
        effect, teams = found.impact, teams_of(request)
        switched = found.current.mode != found.values.mode
        context = {
            "found": found,
            "changes": labelled(found.differences),
            "in_effect": labelled_in_effect(found.in_effect),
            "effect": effect,
            "groups": groups(effect.counts, effect.listed(most=LISTED), teams=teams)
            if effect
            else (),
            "hidden": tuple(hidden_pairs(initial_of(found.values, base_version=base_version))),
            "confirm": confirm or ConfirmForm(),
            "acknowledged": request.POST.getlist("acknowledge"),
            "problem": problem,
            "kept": keep(effect) if effect else "",
            "changed": changed_since(request.POST.get("kept", ""), effect)
            if effect and problem and teams is None
            else (),
            "blocked": isinstance(problem, PolicyConflictError) or bool(found.errors),
            "switched": switched,
            "may_edit": request.user.has_perm(EDIT),
            **proposal_of(request, found),
        }
        title = f"Switch to {found.values.mode}" if switched else "Save the policy"
        status = 409 if problem else 200
        return self.render(request, "confirm", title, context, status=status)

    def apply_view(self, request: HttpRequest) -> HttpResponse:
        """Put confirmed values in force, process what became due, and show the report."""
        require(request.user.has_perm(EDIT) or request.user.has_perm(SWITCH))
        form, confirm = PolicyForm(request.POST or None), ConfirmForm(request.POST)
        found = judge(form)
        if found is None:
            messages.warning(request, "That form was not complete: make the change again.")
            return redirect("admin:assignment_policy_changelist")
        require(may_save(request, found))
        base_version = form.cleaned_data["base_version"]
        if not confirm.is_valid():
            return self.confirmation(request, found, base_version=base_version, confirm=confirm)
        try:
            report = self._apply(request, found, form=form, confirm=confirm)
        except InterpoolError as problem:
            fresh = review(found.values, now=timezone.now())
            return self.confirmation(
                request, fresh, base_version=base_version, confirm=confirm, problem=problem
            )
        return self._after_saving(request, report, reason=confirm.cleaned_data["reason"])

    def _apply(
        self, request: HttpRequest, found: Review, *, form: PolicyForm, confirm: ConfirmForm
    ) -> SwitchReport:
        try:
            return apply_policy(
                found.values,
                reason=confirm.cleaned_data["reason"],
                now=timezone.now(),
                actor=actor_of(request),
                acknowledged=frozenset(request.POST.getlist("acknowledge")),
                base_version=form.cleaned_data["base_version"],
                expected=confirm.cleaned_data["expected"],
            )
        except OperationalError as busy:
            log.warning("saving the policy had to wait too long: %s", busy)
            raise RefusedError("The database is busy: try again in a moment.") from busy

    def _after_saving(
        self, request: HttpRequest, report: SwitchReport, *, reason: str
    ) -> HttpResponse:
        if not report.changed:
            messages.info(request, "Nothing was done: these values are in force already.")
            return redirect("admin:assignment_policy_changelist")
        decide_due(request, report, reason=reason)
        operation = Operation.objects.get(key=report.operation_key)
        return redirect("admin:assignment_policy_report", operation_id=operation.pk)

    def report_view(self, request: HttpRequest, operation_id: int) -> HttpResponse:
        """Show what a mode switch or a saved policy did."""
        require(self.has_view_permission(request))
        operation = get_object_or_404(
            Operation, pk=operation_id, kind__in=("mode_switch", "policy"), result__isnull=False
        )
        result: dict[str, Any] = operation.result or {}
        run = Run.objects.filter(operation__key=run_key(operation.key)).first()
        context = {
            "operation": operation,
            "result": result,
            "groups": groups(result, result["entries"], teams=teams_of(request)),
            "run": run,
            "run_url": run and reverse("admin:pooling_run_change", args=(run.pk,)),
            "switched": result["old_mode"] != result["new_mode"],
        }
        return self.render(request, "report", "Report", context)
