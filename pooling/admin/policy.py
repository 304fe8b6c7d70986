"""The policy in the admin: one page with live validation, the history, each version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from assignment.enums import Mode
from assignment.models import Policy
from assignment.policies import current_policy, policy_values
from assignment.policy_json import differences
from pooling.admin.policy_change import EDIT, SWITCH, PolicyChangeAdmin, judge, require
from pooling.admin.policy_forms import PolicyForm, initial_of
from pooling.admin.policy_pages import (
    figures,
    history,
    labelled,
    other_fields,
    threshold_rows,
    unsocial_fields,
)

VIEW = "assignment.view_policy"
VERSIONS_A_PAGE = 15


@admin.register(Policy)
class PolicyAdmin(PolicyChangeAdmin):
    """One page instead of a list: the policy in force, and what was before."""

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of the policy before the stock ones."""
        pages: tuple[tuple[str, Callable[..., HttpResponse], str], ...] = (
            ("validate/", self.validate_view, "validate"),
            ("apply/", self.apply_view, "apply"),
            ("mode/", self.modes_view, "modes"),
            ("mode/<str:mode>/", self.switch_view, "switch"),
            ("version/<int:version>/", self.version_view, "version"),
            ("version/<int:version>/restore/", self.restore_view, "restore"),
            ("report/<int:operation_id>/", self.report_view, "report"),
        )
        own = [
            path(address, self.admin_site.admin_view(view), name=f"assignment_policy_{name}")
            for address, view, name in pages
        ]
        return [*own, *super().get_urls()]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may edit or switch may look as well."""
        return any(request.user.has_perm(name) for name in (VIEW, EDIT, SWITCH))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the policy in the menu to everybody who may look."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Versions are made by saving the policy page."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A version is never changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A version is never deleted."""
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, *_: Any, **__: Any
    ) -> HttpResponseRedirect:
        """Lead to the page of the version."""
        if not (object_id.isascii() and object_id.isdecimal() and len(object_id) < 19):
            raise Http404
        policy = get_object_or_404(Policy, pk=object_id)
        return redirect("admin:assignment_policy_version", version=policy.version)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseRedirect:
        """Lead to the page of the policy, where its history stands."""
        return redirect("admin:assignment_policy_changelist")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the policy; a POST leads to the confirmation, or back with what is wrong."""
        require(self.has_view_permission(request))
        if request.method != "POST":
            current = current_policy()
            initial = initial_of(current, base_version=current.version)
            read_only = not request.user.has_perm(EDIT)
            return self.page(request, PolicyForm(initial=initial, read_only=read_only))
        require(request.user.has_perm(EDIT))
        form = PolicyForm(request.POST)
        found = judge(form)
        if found is None or found.errors or "edit" in request.POST:
            return self.page(request, form)
        if not found.differences:
            messages.info(request, "Nothing to save: these values are in force already.")
            return self.page(request, form)
        return self.confirmation(request, found, base_version=form.cleaned_data["base_version"])

    def page(self, request: HttpRequest, form: PolicyForm) -> TemplateResponse:
        """Return the page with this form and the versions of the asked page of the history."""
        in_force = Policy.objects.select_related("created_by").order_by("-version")[0]
        page = Paginator(Policy.objects.order_by("-version"), VERSIONS_A_PAGE).get_page(
            request.GET.get("versions")
        )
        first = page.start_index() - 1
        shown = Policy.objects.select_related("created_by").prefetch_related(
            "thresholds", "priorities"
        )[first : first + VERSIONS_A_PAGE + 1]
        context = {
            "form": form,
            "in_force": in_force,
            "figures": figures(form),
            "thresholds": threshold_rows(form, mode=in_force.mode),
            "others": other_fields(form),
            "unsocial": unsocial_fields(form),
            "modes": Mode.values,
            "versions": page,
            "history": tuple(history(tuple(shown))),
            "may_edit": request.user.has_perm(EDIT),
            "may_switch": request.user.has_perm(SWITCH),
        }
        return self.render(request, "policy", "Policy", context)

    def validate_view(self, request: HttpRequest) -> HttpResponse:
        """Judge a draft with the form and the validator of the save; writes nothing."""
        require(request.user.has_perm(EDIT))
        if request.method != "POST":
            return JsonResponse({"message": "Send the form as POST."}, status=405)
        form = PolicyForm(request.POST)
        found = judge(form)
        effect = found.impact if found else None
        return JsonResponse(
            {
                "errors": {name: list(texts) for name, texts in form.errors.items()},
                "warnings": [finding.message for finding in found.warnings] if found else [],
                "changes": len(found.differences) if found else None,
                "impact": effect and {**effect.counts, "level": effect.level},
            }
        )

    def version_view(self, request: HttpRequest, version: int) -> HttpResponse:
        """Show one version: what it changed, and what a return to it would change."""
        require(self.has_view_permission(request))
        policy = get_object_or_404(Policy.objects.select_related("created_by"), version=version)
        older = Policy.objects.filter(version__lt=version).order_by("-version").first()
        values, current = policy_values(policy), current_policy()
        before = differences(policy_values(older), values) if older else ()
        context = {
            "policy": policy,
            "older": older,
            "newer": Policy.objects.filter(version__gt=version).order_by("version").first(),
            "changes": labelled(before),
            "back": labelled(differences(current, values)),
            "in_force": current,
            "may_restore": request.user.has_perm(EDIT),
        }
        return self.render(request, "version", f"Policy version {version}", context)
