"""The build fails for an admin action that names no permission."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.core.checks import run_checks
from django.http import HttpRequest

from assignment.models import Roster
from pooling.admin.booking_actions import ON_ATTENTION, ON_BOOKINGS, ON_ENTRIES
from pooling.checks import actions_name_their_permission


def open_to_all(_: Any, __: HttpRequest, ___: Any) -> None:
    """An action without permissions."""


@admin.action(permissions=("change",))
def closed(_: Any, __: HttpRequest, ___: Any) -> None:
    """An action with its permission."""


@pytest.mark.parametrize(("action", "ids"), [(open_to_all, ["pooling.E001"]), (closed, [])])
def test_an_action_without_permission_is_an_error(action: Any, ids: list[str]) -> None:
    page = type("RosterAdmin", (admin.ModelAdmin,), {"actions": (action,)})
    admin.site.register(Roster, page)
    try:
        assert [finding.id for finding in actions_name_their_permission()] == ids
    finally:
        admin.site.unregister(Roster)


def test_the_product_has_no_such_action() -> None:
    assert actions_name_their_permission() == []
    assert [row for row in run_checks() if row.id == "pooling.E001"] == []


def test_every_staff_action_has_a_permission_and_words() -> None:
    for action in {*ON_BOOKINGS, *ON_ENTRIES, *ON_ATTENTION}:
        assert action.permission in ("run_sweep", "settle", "cancel")
        assert action.question.endswith("?")
        assert action.makes_plan or action.run is not None
