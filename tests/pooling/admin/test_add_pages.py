"""Add pages take over what an address proposes, and pass over what makes no sense."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.pooling.admin.people import client_of

pytestmark = pytest.mark.django_db
PAGES = (
    ("booking", "starts_at"),
    ("booking", "ends_at"),
    ("leave", "starts_at"),
    ("ledgeradjustment", "effective_at"),
)


@pytest.mark.parametrize(("page", "field"), PAGES)
@pytest.mark.parametrize("text", ["x", "", "2026-13-01T00:00", "9" * 400, "2026-02-30"])
def test_a_moment_that_is_none_is_passed_over(page: str, field: str, text: str) -> None:
    shown = client_of("superuser").get(f"/admin/assignment/{page}/add/?{field}={text}")

    assert shown.status_code == 200
    assert shown.context["adminform"].form.initial[field] is None


@pytest.mark.parametrize(("page", "field"), PAGES)
@pytest.mark.parametrize("text", ["2026-12-01T09:30:00Z", "2026-12-01T09:30", "2026-12-01 09:30"])
def test_a_moment_is_taken_over(page: str, field: str, text: str) -> None:
    shown = client_of("superuser").get(f"/admin/assignment/{page}/add/?{field}={text}")

    assert shown.context["adminform"].form.initial[field] == dt.datetime(
        2026, 12, 1, 9, 30, tzinfo=dt.UTC
    )
    assert 'value="2026-12-01"' in shown.content.decode()
