"""The rows of every list are those that Django shows."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.templatetags.admin_list import items_for_result
from django.contrib.auth.models import Group
from django.urls import reverse
from pytest_django.asserts import assertHTMLEqual

from assignment.models import Presence
from pooling.admin.rows import rows_of
from tests.factories.people import InterpreterFactory
from tests.factories.sessions import DeskFactory, SessionFactory
from tests.pooling.admin.people import client_of, in_hours
from tests.pooling.admin.test_lists import QUERIES

pytestmark = pytest.mark.django_db

MAKERS: dict[str, Any] = {page: make for page, (make, _) in QUERIES.items()} | {
    "assignment_session": lambda: SessionFactory.create(team=DeskFactory.create().team),
    "assignment_desk": DeskFactory.create,
    "assignment_presence": lambda: Presence.objects.create(
        interpreter=InterpreterFactory.create(), status="online", since=in_hours(-1)
    ),
    "auth_user": lambda: None,
    "auth_group": lambda: Group.objects.create(name=f"<b>{Group.objects.count()}</b>"),
}


def of_django(cl: Any) -> str:
    """The rows that Django writes."""
    rows = ("".join(items_for_result(cl, item, None)) for item in cl.result_list)
    return "".join(f"<tr>{row}</tr>" for row in rows)


@pytest.mark.parametrize("query", ["", "?q=b"])
@pytest.mark.parametrize("page", MAKERS)
def test_the_rows_are_those_that_django_shows(page: str, query: str) -> None:
    for _ in range(2):
        MAKERS[page]()
    address = reverse(f"admin:{page}_changelist")
    answer = client_of("superuser", name="bo").get(address + query)
    cl = answer.context["cl"]

    if not query:
        assert len(cl.result_list) >= 1
    assertHTMLEqual(rows_of(cl), of_django(cl))
    assert str(rows_of(cl)) in answer.content.decode()


def test_every_list_of_the_product_is_compared() -> None:
    menu = client_of("superuser").get("/admin/").context["available_apps"]
    lists = {
        "_".join(model["admin_url"].strip("/").split("/")[1:])
        for app in menu
        for model in app["models"]
        if model["admin_url"]
    }

    assert lists - {"assignment_policy"} <= set(MAKERS)
