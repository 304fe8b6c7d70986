"""System checks that keep the admin safe; they run with every ``check`` and every start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import AppConfig
from django.contrib.admin import AdminSite, ModelAdmin, autodiscover, sites
from django.core import checks


@checks.register(checks.Tags.admin)
def actions_name_their_permission(
    app_configs: Iterable[AppConfig] | None = None, **_: Any
) -> list[checks.CheckMessage]:
    """Find admin actions that anybody could run who may merely look at the list."""
    autodiscover()
    return [
        checks.Error(
            f"The action “{name}” names no permission.",
            hint="Give it permissions=[…]: without, people who may only look can run it.",
            obj=type(model_admin),
            id="pooling.E001",
        )
        for site in sites.all_sites
        for model_admin in site._registry.values()
        for name, function in actions_of(site, model_admin)
        if not getattr(function, "allowed_permissions", None)
    ]


def actions_of(site: AdminSite, model_admin: ModelAdmin[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the actions of the site and those that the page itself names."""
    yield from site.actions
    for action in model_admin.actions or ():
        function = action if callable(action) else getattr(model_admin, action, None)
        yield str(getattr(function, "__name__", action)), function
