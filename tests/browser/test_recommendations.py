"""Who else, best open bookings, and an interpreter who is out, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server

Violations = Callable[[Page], set[str]]

TWO_PEOPLE = """
import datetime as dt
from django.utils import timezone
from assignment.models import Booking, Interpreter
for name in ("Zoe", "Yan"):
    Interpreter.objects.get_or_create(ref=name.upper(), name=f"{name} Quill", languages="la")
for number in (1, 2):
    start = (timezone.now() + dt.timedelta(days=number + 1)).replace(microsecond=0)
    Booking.objects.get_or_create(ref=f"LA-{number}", defaults=dict(title=f"Mass {number}",
        meeting_type="VIP", languages="la", starts_at=start, ends_at=start + dt.timedelta(hours=1)))
"""


@pytest.fixture
def latin(coordinator_page: Page, server: Server) -> Page:
    """The page of a coordinator who has given two bookings to the two who speak Latin."""
    server.manage("shell", "--verbosity", "0", "--command", TWO_PEOPLE)
    server.manage("tick")
    return coordinator_page


def open_booking(page: Page, ref: str) -> str:
    """Open the page of a booking; returns who has it."""
    page.goto(f"/admin/assignment/booking/?q={ref}&when=all")
    page.locator("#result_list a", has_text="Mass").first.click()
    return page.locator(".headline strong").inner_text().removeprefix("Assigned to ")


def open_person(page: Page, name: str) -> None:
    """Open the page of an interpreter."""
    page.goto(f"/admin/assignment/interpreter/?q={name}")
    page.locator("#result_list tbody th a, #result_list tbody td a").first.click()


def test_a_booking_is_given_to_somebody_else_with_a_reason(
    latin: Page, new_violations: Violations
) -> None:
    before = open_booking(latin, "LA-1")
    latin.click("text=Who else could take it")

    panel = latin.locator("#substitutes")
    expect(panel).to_contain_text(f"As it would be decided at this moment, without {before}.")
    assert new_violations(latin) == set()
    panel.locator("button:has-text('Give it to who is chosen')").click()
    expect(latin.locator(".lead")).to_contain_text(f"instead of {before}, who becomes free")
    assert new_violations(latin) == set()
    latin.fill("#reason", "The customer asked for them.")
    latin.click("button:has-text('Give it by hand')")

    (after,) = {"Zoe Quill", "Yan Quill"} - {before}
    expect(latin.locator(".headline")).to_contain_text(f"Assigned to {after}")
    expect(latin.locator("#timeline")).to_contain_text("The customer asked for them.")
    latin.fill("#why", before)
    latin.click("button:has-text('Ask')")
    expect(latin.locator(".answers")).to_contain_text("What would have to change:")
    assert new_violations(latin) == set()


def test_the_best_open_bookings_of_a_person_are_a_click_away(
    latin: Page, new_violations: Violations
) -> None:
    open_person(latin, "ZOE")
    latin.click("text=Best open bookings")

    expect(latin.locator(".lead")).to_contain_text("looked at")
    assert new_violations(latin) == set()


def test_who_is_out_has_their_bookings_given_away_as_one_plan(
    latin: Page, new_violations: Violations
) -> None:
    holder = open_booking(latin, "LA-2")
    open_person(latin, holder.split()[0])
    latin.click("text=Is out …")
    assert new_violations(latin) == set()
    start = latin.input_value("#id_starts_at")
    latin.fill("#id_ends_at", f"{int(start[:4]) + 1}-01-31T00:00")
    latin.click("button:has-text('Show the plan')")

    expect(latin).to_have_url(re.compile(r"/admin/pooling/plan/\d+/change/"))
    expect(latin.locator("table.plain")).to_contain_text("would be given to others")
    assert new_violations(latin) == set()
    latin.fill("#reason", "A broken leg.")
    latin.click("button:has-text('Apply the plan')")

    expect(latin).to_have_url(re.compile(r"/admin/pooling/run/\d+/change/"))
    (other,) = {"Zoe Quill", "Yan Quill"} - {holder}
    expect(latin.locator("table.plain").last).to_contain_text(other)
    assert new_violations(latin) == set()
    assert open_booking(latin, "LA-2") == other
