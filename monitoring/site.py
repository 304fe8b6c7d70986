"""The admin site of the product: the pool dashboard is its index."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.module_loading import import_string

SECTIONS = (
    ("Pool", ("pooling.attention", "pooling.poolentry", "assignment.booking")),
    ("Sessions", ("assignment.session", "assignment.presence", "assignment.desk")),
    ("History", ("pooling.run", "pooling.plan", "assignment.decision", "assignment.assignment")),
    (
        "People",
        (
            "assignment.interpreter",
            "assignment.leave",
            "assignment.donotsend",
            "assignment.ledgeradjustment",
            "assignment.team",
            "assignment.tenant",
        ),
    ),
    ("Control", ("assignment.policy", "assignment.auditevent", "auth.user", "auth.group")),
)
"""The menu: what people look for, not in which app a table lies."""
PAGE_NAMES = {"assignment.policy": "Policy"}
"""What a page is called whose title is not the name of its table."""
HIDDEN_APPS = frozenset({"django_q"})
"""A schedule added there runs any callable as the worker's user: its pages do not exist here."""


class InterpoolSite(admin.AdminSite):
    """The stock admin site under our name, with our menu and without bulk deletion."""

    site_header = "Interpool"
    site_title = "Interpool"
    index_title = "Pool"
    site_url = None
    empty_value_display = "\N{EN DASH}"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register pages, except those of apps that must have none."""
        many = isinstance(model_or_iterable, list | tuple | set | frozenset)
        models = [
            model
            for model in (model_or_iterable if many else [model_or_iterable])
            if model._meta.app_label not in HIDDEN_APPS
        ]
        super().register(models, admin_class, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the dashboard's pages and the imports before those of the tables."""
        pages = (
            ("live/", "monitoring.dashboard.live", "live"),
            ("fairness/", "monitoring.fairness_page.fairness_page", "fairness"),
            ("fairness/<int:pk>/", "monitoring.fairness_page.person_page", "fairness_person"),
            ("sweep/", "monitoring.sweep_page.sweep_page", "sweep"),
            ("hold/", "monitoring.hold_page.hold_page", "claim_hold"),
            ("sweep/preview/", "monitoring.sweep_page.preview", "sweep_preview"),
        )
        own: list[URLPattern | URLResolver] = [
            path(address, self.admin_view(import_string(view)), {"site": self}, name=name)
            for address, view, name in pages
        ]
        for urls in ("import_views.import_urls", "emergency_pages.emergency_urls"):
            own += import_string(f"pooling.admin.{urls}")(self)
        return own + super().get_urls()

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show the pool dashboard."""
        dashboard = import_string("monitoring.dashboard.dashboard")
        response: TemplateResponse = dashboard(request, site=self, extra_context=extra_context)
        return response

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the menu in the sections of the product; one app's page as Django has it."""
        apps = super().get_app_list(request, app_label)
        if app_label:
            return apps
        found = {
            f"{app['app_label']}.{model['object_name'].lower()}": model
            for app in apps
            for model in app["models"]
        }
        for page, title in PAGE_NAMES.items():
            if page in found:
                found[page]["name"] = title
        listed = {name for _, names in SECTIONS for name in names}
        others = tuple(name for name in found if name not in listed)
        return [
            {
                "name": title,
                "app_label": title.lower(),
                "app_url": "",
                "has_module_perms": True,
                "models": [found[name] for name in names if name in found],
            }
            for title, names in (*SECTIONS, ("More", others))
            if any(name in found for name in names)
        ]
