"""System checks that keep the admin safe; they run with every ``check`` and every start."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig
from django.contrib.admin import sites
from django.core import checks


@checks.register(checks.Tags.admin)
def actions_name_their_permission(
    app_configs: Iterable[AppConfig] | None = None, **_: Any
) -> list[checks.CheckMessage]:
    """Find admin actions that anybody could run who may merely look at the list."""
    return [
        checks.Error(
            f"The action “{name}” names no permission.",
            hint="Give it permissions=[…]: without, people who may only look can run it.",
            obj=type(model_admin),
            id="pooling.E001",
        )
        for site in sites.all_sites
        for model_admin in site._registry.values()
        for function, name, _label in model_admin._get_base_actions()
        if not getattr(function, "allowed_permissions", None)
    ]
