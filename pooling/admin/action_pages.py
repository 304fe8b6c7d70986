"""The addresses of the dangerous actions below a list: do it, and what it did."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from assignment.errors import ConflictError, InterpoolError
from assignment.models import Operation
from assignment.operations import request_hash
from pooling.admin.actions import (
    StaffAction,
    as_admin_action,
    confirmation,
    perform,
    read_selection,
    wrong_reason,
)


class StaffActions(admin.ModelAdmin):
    """A list whose menu holds ``staff_actions``; each checks its permission at both steps."""

    staff_actions: tuple[StaffAction, ...] = ()

    def get_urls(self) -> list[URLPattern]:
        """Add the second step and the result page."""
        meta = self.opts
        name = f"{meta.app_label}_{meta.model_name}"
        view = self.admin_site.admin_view
        return [
            path("do/<slug:action_name>/", view(self.do_view), name=f"{name}_do"),
            path("done/<int:operation_id>/", view(self.done_view), name=f"{name}_done"),
            *super().get_urls(),
        ]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the staff actions that the person may run, in their order."""
        own = {
            action.name: (as_admin_action(action), action.name, action.label)
            for action in self.staff_actions
            if IS_POPUP_VAR not in request.GET and self.may(request, action)
        }
        return own | super().get_actions(request)

    def has_run_sweep_permission(self, request: HttpRequest) -> bool:
        """Whether the person may process entries."""
        return request.user.has_perm("pooling.run_sweep")

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """Whether the person may move entries by hand."""
        return request.user.has_perm("pooling.change_poolentry")

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Whether the person may cancel bookings."""
        return request.user.has_perm("assignment.change_booking")

    def may(self, request: HttpRequest, action: StaffAction) -> bool:
        """Whether the person may run this action."""
        return bool(getattr(self, f"has_{action.permission}_permission")(request))

    def do_view(self, request: HttpRequest, action_name: str) -> HttpResponse:
        """Write: the second step, POST only; a GET goes back to the list."""
        action = next((row for row in self.staff_actions if row.name == action_name), None)
        if action is None:
            raise Http404
        if not self.has_view_permission(request) or not self.may(request, action):
            raise PermissionDenied
        if request.method != "POST" or action.makes_plan:
            return HttpResponseRedirect(self._address("changelist"))
        try:
            ids = read_selection(request, action)
        except signing.BadSignature:
            messages.warning(request, "That page was too old: choose the rows again.")
            return HttpResponseRedirect(self._address("changelist"))
        return self._do(request, action, ids=ids)

    def _do(self, request: HttpRequest, action: StaffAction, *, ids: list[int]) -> HttpResponse:
        reason = request.POST.get("reason", "").strip()
        token = request.POST.get("token", "")[:40]
        error, status = wrong_reason(reason), 400
        if not error:
            try:
                return self._perform(request, action, ids=ids, reason=reason, token=token)
            except ConflictError as refusal:
                error, status, token = str(refusal), 409, ""
            except InterpoolError as refusal:
                error = str(refusal)
        return confirmation(
            self, request, action, ids=ids, reason=reason, error=error, token=token, status=status
        )

    def _perform(
        self, request: HttpRequest, action: StaffAction, *, ids: list[int], reason: str, token: str
    ) -> HttpResponse:
        allowed = self.get_queryset(request).filter(pk__in=ids).values_list("pk", flat=True)
        operation = perform(
            action,
            ids=list(allowed),
            asked=request_hash(about=action.name, ids=ids, reason=reason),
            request=request,
            reason=reason,
            token=token,
        )
        return HttpResponseRedirect(self._address("done", operation.pk))

    def done_view(self, request: HttpRequest, operation_id: int) -> HttpResponse:
        """Return what an action did, row by row; only for the person who ran it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        operation = get_object_or_404(
            Operation,
            pk=operation_id,
            user=request.user,
            kind__in=[action.name for action in self.staff_actions],
        )
        context = {
            **self.admin_site.each_context(request),
            "title": (operation.result or {}).get("label", ""),
            "opts": self.opts,
            "operation": operation,
            "list_url": self._address("changelist"),
        }
        return TemplateResponse(request, "admin/action_result.html", context)

    def _address(self, page: str, *args: int) -> str:
        meta = self.opts
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=args)
