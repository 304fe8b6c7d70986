"""The ref that a form proposes."""

from __future__ import annotations

import pytest
from django.urls import reverse

from assignment.models import Booking
from pooling.admin.next_ref import next_ref
from tests.factories.bookings import BookingFactory
from tests.pooling.admin.people import client_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("refs", "proposed"),
    [
        ((), "B-1"),
        (("BK-000297",), "BK-000298"),
        (("BK-009", "BK-010", "BK-008"), "BK-011"),
        (("BK-99",), "BK-100"),
        (("2026/7",), "2026/8"),
        (("last-minute",), ""),
    ],
)
def test_the_next_free_number_after_the_latest_ref(refs: tuple[str, ...], proposed: str) -> None:
    for ref in refs:
        BookingFactory(ref=ref)

    assert next_ref(Booking, first="B-1") == proposed


@pytest.mark.parametrize(("kind", "ref"), [("booking", "B-1"), ("session", "S-1")])
def test_the_form_proposes_it_and_says_what_a_ref_may_hold(kind: str, ref: str) -> None:
    page = client_of("coordinator").get(reverse(f"admin:assignment_{kind}_add")).content.decode()

    assert f'name="ref" value="{ref}"' in page
    assert "Letters, digits and . _ : / - only." in page
