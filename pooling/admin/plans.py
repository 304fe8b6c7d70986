"""Plans: what was proposed, and applying exactly that, with rows left out by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from assignment.errors import InterpoolError
from assignment.policies import current_policy
from pooling.admin.actions import wrong_reason
from pooling.admin.audited import actor_of
from pooling.admin.cells import moment
from pooling.admin.lists import History
from pooling.admin.person_pages import may_plan_absence
from pooling.admin.plan_choice import GO, choice_of, ticked, turned
from pooling.admin.teams import may_for_all, teams_of
from pooling.models import Plan, PlanRow
from pooling.plans import apply_plan

APPLICABLE = (Plan.Kind.SWEEP, Plan.Kind.ENTRIES, Plan.Kind.ABSENCE)


@admin.register(Plan)
class PlanAdmin(History):
    """Plans: previews, and what runs applied."""

    list_display = ("number", "kind", "made", "size", "used")
    list_display_links = ("number",)
    list_select_related = ("policy", "run")
    list_filter = ("kind",)
    empty_text = "No plan yet. A sweep makes one, and so does its preview."
    fields = ()

    def get_urls(self) -> list[URLPattern]:
        """Add applying."""
        view = self.admin_site.admin_view(self.apply_view)
        return [
            path("<int:plan_id>/apply/", view, name="pooling_plan_apply"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Add the rows of the plan."""
        plan = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if plan is not None and self.has_view_permission(request, plan):
            context |= _page_of(request, plan, query=request.GET)
        return super().change_view(request, object_id, form_url, context)

    def apply_view(self, request: HttpRequest, plan_id: int) -> HttpResponse:
        """Write, on POST: apply the plan without the rows ticked; or turn to other rows of it.

        ``go`` names the rows to turn to; what is ticked stays ticked.
        """
        plan = get_object_or_404(self.get_queryset(request), pk=plan_id)
        if not self.has_view_permission(request) or not may_apply(request, plan):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseRedirect(address_of(plan))
        left, reason = ticked(request, plan), request.POST.get("reason", "").strip()
        error, status = "", 200
        if GO not in request.POST:
            error, status = wrong_reason(reason), 400
            if not error:
                try:
                    return self._apply(request, plan, leave_out=left, reason=reason)
                except InterpoolError as refusal:
                    error, status = str(refusal), 409
        context = {
            **self.admin_site.each_context(request),
            "title": str(plan),
            "opts": self.opts,
            "original": plan,
            **_page_of(request, plan, query=turned(request), left=left),
            "reason": reason,
            "error": error,
        }
        template = "admin/pooling/plan/change_form.html"
        return TemplateResponse(request, template, context, status=status)

    def _apply(
        self, request: HttpRequest, plan: Plan, *, leave_out: frozenset[int], reason: str
    ) -> HttpResponse:
        run = apply_plan(
            plan,
            leave_out=leave_out,
            now=timezone.now(),
            actor=actor_of(request),
            reason=reason,
        ).run
        return HttpResponseRedirect(reverse("admin:pooling_run_change", args=(run.pk,)))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        """Count the rows of each plan with the page."""
        rows = super().get_queryset(request).select_related("policy", "run", "absent")
        counted: QuerySet[Plan] = rows.annotate(row_count=Count("rows"))
        return counted

    @admin.display(description="plan", ordering="pk")
    def number(self, plan: Plan) -> str:
        """The number of the plan."""
        return f"Plan {plan.pk}"

    @admin.display(description="made", ordering="created_at")
    def made(self, plan: Plan) -> SafeString | str:
        """When it was made."""
        return moment(plan.created_at)

    @admin.display(description="bookings")
    def size(self, plan: Any) -> str:
        """How many bookings it holds."""
        return f"{plan.row_count:,}"

    @admin.display(description="applied by")
    def used(self, plan: Plan) -> str:
        """Which run applied it."""
        return f"Run {plan.run.pk}" if hasattr(plan, "run") else "a preview"


def address_of(plan: Plan) -> str:
    """Return the address of the page of a plan."""
    return reverse("admin:pooling_plan_change", args=(plan.pk,))


def may_apply(request: HttpRequest, plan: Plan) -> bool:
    """Whether the person may apply this plan: all its rows are theirs to decide.

    That of an emergency is carried out on the pages of the override.
    """
    if plan.kind not in APPLICABLE or not request.user.has_perm("pooling.run_sweep"):
        return False
    if plan.kind == Plan.Kind.ABSENCE and not may_plan_absence(request):
        return False
    teams = teams_of(request)
    if teams is None:
        return True
    others = PlanRow.objects.filter(plan=plan).exclude(booking__team__in=teams)
    return plan.kind != Plan.Kind.SWEEP and not others.exists()


def _page_of(
    request: HttpRequest, plan: Plan, *, query: QueryDict, left: frozenset[int] = frozenset()
) -> dict[str, Any]:
    """Return the rows of the plan, and the choice of those to leave out while it is a preview."""
    open_plan = not hasattr(plan, "run")
    return {
        **choice_of(request, plan, query=query, left=left),
        "can_apply": open_plan and may_apply(request, plan),
        "policy_changed": open_plan and plan.policy_id != current_policy().id,
        "apply_url": reverse("admin:pooling_plan_apply", args=(plan.pk,)),
        "can_override": open_plan
        and plan.kind == Plan.Kind.EMERGENCY
        and may_for_all(request, "pooling.override_emergency"),
    }
