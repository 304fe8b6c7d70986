"""Plans as people work with them: the override, one decision taken back, a run watched live."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, Server

Violations = Callable[[Page], set[str]]
ADD_BOOKING = """
from django.utils import timezone
from datetime import timedelta
from assignment.models import Booking, Interpreter
Interpreter.objects.get_or_create(ref="ALWAYS", name="Ann Always", languages="is")
start = timezone.now().replace(microsecond=0) + timedelta(days={days})
Booking.objects.create(
    ref="{ref}", title="{ref}", meeting_type="VIP", languages="is",
    starts_at=start, ends_at=start + timedelta(minutes=15),
)
"""
SIGN_OF_LIFE = """
from monitoring import heartbeat
heartbeat.record("worker of the test")
"""
CARRY_ON = """
from pooling.models import Run
from pooling.tasks import carry_on_sweep
carry_on_sweep(Run.objects.first().slot)
"""
NO_SIGN = """
from monitoring.models import Heartbeat
Heartbeat.objects.all().delete()
"""


def shell(server: Server, text: str) -> None:
    """Run some lines on the served database."""
    server.manage("shell", "--verbosity", "0", "--command", text)


def test_one_decision_is_undone_from_its_booking_and_bound_again(
    coordinator_page: Page, server: Server, new_violations: Violations
) -> None:
    shell(server, ADD_BOOKING.format(ref="ONE-1", days=2))
    server.manage("sweep", "--slot", "one decision")
    page = coordinator_page
    page.goto("/admin/assignment/booking/?q=ONE-1")
    page.click("#result_list a:has-text('ONE-1')")
    page.click("a:has-text('Undo this decision')")
    expect(page.locator("#undone")).to_have_text("1 would be taken back")
    assert new_violations(page) == set()
    page.fill("#reason", "The wrong person.")
    page.click("button:has-text('Take back (1)')")
    page.click("table.plain a:has-text('ONE-1')")
    expect(page.locator(".standing")).to_contain_text("Needs a person: its assignment was taken")

    page.click("a:has-text('Undo the undo')")
    page.fill("#reason", "The right one after all.")
    page.click("button:has-text('Bind again (1)')")
    page.click("table.plain a:has-text('ONE-1')")
    expect(page.locator(".standing")).to_contain_text("Assigned to")
    assert new_violations(page) == set()


def test_the_page_of_a_run_tells_by_itself_when_the_worker_has_done_it(
    operator_page: Page, server: Server, new_violations: Violations
) -> None:
    shell(server, ADD_BOOKING.format(ref="BY-HAND-1", days=3))
    shell(server, SIGN_OF_LIFE)
    page = operator_page
    page.goto("/admin/sweep/")
    page.click("button:has-text('Run the sweep')")
    expect(page.locator(".banner[role=status]")).to_contain_text("It waits for a worker")
    assert new_violations(page) == set()
    page.reload()
    expect(page.locator(".booking-head")).to_contain_text("planning")

    shell(server, CARRY_ON)

    expect(page.locator(".booking-head")).to_contain_text("done")
    expect(page.locator(".banner[role=status]")).to_have_count(0)
    expect(page.locator("table.plain tbody")).to_contain_text("BY-HAND-1")
    shell(server, NO_SIGN)
    assert new_violations(page) == set()


def test_an_override_is_carried_out_without_the_row_ticked(
    lead_page: Page, new_violations: Violations
) -> None:
    page = lead_page
    page.goto("/admin/emergency/")
    page.fill("#password", PASSWORD)
    page.click("button:has-text('Show what it would do')")
    expect(page.locator("table.plain tbody tr").first).to_be_visible()
    assert new_violations(page) == set()

    page.locator("input[name=leave_out]").first.check()
    page.click("nav.tabs button:has-text('Would be assigned')")
    expect(page.locator("input[name=leave_out]").first).to_be_visible()
    page.click("nav.tabs button:has-text('All')")
    expect(page.locator("input[name=leave_out]").first).to_be_checked()
    expect(page.locator(".choice-bar")).to_contain_text("1 of")
    page.fill("#reason", "The storm closed the bridge.")
    page.click("button:has-text('Carry it out now')")

    expect(page).to_have_url(re.compile(r"/admin/pooling/run/\d+/change/"))
    page.click("nav.tabs a:has-text('Skipped')")
    expect(page.locator("table.plain tbody tr")).to_have_count(1)
    expect(page.locator("table.plain tbody")).to_contain_text("Left out by hand.")
    assert new_violations(page) == set()
