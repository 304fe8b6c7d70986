"""What somebody sees who may not open a page, or opens one that is not there."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.pooling.admin.people import client_of

pytestmark = pytest.mark.django_db

BACK = '<a class="button primary" href="/admin/">Open the dashboard</a>'


def test_a_page_that_one_may_not_open_says_so_and_leads_back() -> None:
    answer = client_of("lead").get("/admin/auth/user/")

    page = answer.content.decode()
    assert answer.status_code == 403
    assert "<h1>You may not open this page</h1>" in page
    assert "interpool/theme.css" in page
    assert BACK in page
    assert "auth" not in page.partition("<h1>")[2]


@pytest.mark.parametrize("address", ["/nowhere/", "/admin/nowhere/"])
def test_a_page_that_is_not_there_leads_back_and_repeats_nothing(address: str) -> None:
    answer = client_of("lead").get(address)

    page = answer.content.decode()
    assert answer.status_code == 404
    assert "<h1>There is no such page</h1>" in page
    assert BACK in page
    assert "nowhere" not in page.partition("<h1>")[2]


def test_a_form_of_an_old_page_is_refused_in_words_and_changes_nothing() -> None:
    client_of("lead")
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get())

    answer = client.post("/admin/logout/")

    page = answer.content.decode()
    assert answer.status_code == 403
    assert "<h1>This page is too old to be sent</h1>" in page
    assert BACK in page
    assert client.get("/admin/").status_code == 200
