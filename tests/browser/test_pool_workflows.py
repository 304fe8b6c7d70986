"""A coordinator's day in a real browser; every page on the way is checked with axe."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server

Violations = Callable[[Page], set[str]]

NEW_BOOKING = """
import datetime as dt
from django.utils import timezone
from assignment.models import Booking
start = (timezone.now() + dt.timedelta(days={days})).replace(microsecond=0)
Booking.objects.create(ref={ref!r}, title={title!r}, meeting_type="VIP", languages="sw;eo",
    starts_at=start, ends_at=start + dt.timedelta(hours=1))
"""


def add_booking(server: Server, ref: str, *, title: str = "Talk", days: int = 2) -> None:
    """Write an ungated booking that nobody can do."""
    text = NEW_BOOKING.format(ref=ref, title=title, days=days)
    server.manage("shell", "--verbosity", "0", "--command", text)


def number(page: Page, name: str) -> int:
    """A number of the dashboard."""
    return int(page.locator(f'[data-number="{name}"]').inner_text())


def test_the_numbers_of_the_dashboard_open_their_lists(
    viewer_page: Page, new_violations: Violations
) -> None:
    waiting = number(viewer_page, "waiting")
    viewer_page.click('[data-number="waiting"]')

    expect(viewer_page.locator(".paginator")).to_contain_text(f"{waiting} pool entries")
    assert new_violations(viewer_page) == set()


def test_a_change_shows_on_the_open_dashboard_within_three_seconds(
    viewer_page: Page, server: Server
) -> None:
    before = number(viewer_page, "ungated")
    add_booking(server, "LIVE-1")

    expect(viewer_page.locator('[data-number="ungated"]')).to_have_text(
        str(before + 1), timeout=3000
    )
    expect(viewer_page.locator("#spoken")).to_contain_text(f"Not gated: {before + 1}")
    server.manage("tick")
    expect(viewer_page.locator('[data-number="ungated"]')).to_have_text("0", timeout=4000)


def test_a_banner_says_when_the_dashboard_is_stale(page_of: Callable[[str], Page]) -> None:
    page = page_of("auditor")
    expect(page.locator("#stale")).to_be_hidden()
    page.evaluate("() => { window.fetch = () => Promise.reject(new Error('gone')); }")

    expect(page.locator("#stale")).to_be_visible(timeout=14_000)
    expect(page.locator("#stale")).to_contain_text("The numbers are not live")


def test_an_escalated_booking_is_understood_and_sent_back(
    coordinator_page: Page, server: Server, new_violations: Violations
) -> None:
    page = coordinator_page
    add_booking(server, "ESC-1", title="Swahili to Esperanto")
    server.manage("tick")
    page.goto("/admin/pooling/attention/")
    assert new_violations(page) == set()
    page.click("text=Swahili to Esperanto")

    expect(page.locator(".headline")).to_contain_text("Needs a person")
    expect(page.locator("#decision")).to_contain_text("without the languages")
    assert new_violations(page) == set()
    page.click("text=Retry: back through the gate")
    page.fill("#reason", "Somebody new learns it.")
    assert new_violations(page) == set()
    page.click("button:has-text('Retry: back through the gate (1)')")

    expect(page.locator(".lead")).to_contain_text("1 of 1 changed")
    expect(page.locator("table.plain td").first).to_contain_text("escalated")
    assert new_violations(page) == set()
    page.click("a:has-text('ESC-1')")
    expect(page.locator("#timeline")).to_contain_text("Somebody new learns it.")


def test_entries_are_processed_from_the_list_and_the_run_tells_who_got_them(
    coordinator_page: Page, new_violations: Violations
) -> None:
    page = coordinator_page
    page.goto("/admin/pooling/poolentry/?pool=waiting")
    page.locator("input.action-select").nth(0).check()
    page.locator("input.action-select").nth(1).check()
    page.select_option("select[name=action]", "process_now")
    page.click("button:has-text('Go')")

    expect(page).to_have_url(re.compile(r"/admin/pooling/plan/\d+/change/"))
    expect(page.locator("table.plain tbody tr")).to_have_count(2)
    assert new_violations(page) == set()
    page.fill("#reason", "They ask for names today.")
    page.click("button:has-text('Apply the plan')")

    expect(page).to_have_url(re.compile(r"/admin/pooling/run/\d+/change/"))
    expect(page.locator("table.plain tbody tr")).to_have_count(2)
    assert new_violations(page) == set()


def test_filters_are_menus_that_close_with_escape(viewer_page: Page) -> None:
    viewer_page.goto("/admin/assignment/booking/")
    menu = viewer_page.locator("details.menu", has_text="Meeting type")
    menu.locator("summary").click()
    expect(menu.locator("ul")).to_be_visible()
    viewer_page.keyboard.press("Escape")
    expect(menu.locator("ul")).to_be_hidden()

    menu.locator("summary").click()
    menu.get_by_role("link", name="VIP").click()
    expect(viewer_page.locator("summary.is-set")).to_contain_text("Meeting type: VIP")
    viewer_page.click("text=Clear all")
    expect(viewer_page.locator("summary.is-set")).to_have_count(0)


def test_bookings_are_found_by_typing_an_interpreter(viewer_page: Page) -> None:
    page = viewer_page
    page.goto("/admin/assignment/assignment/?state__exact=active")
    name = page.locator("td.field-interpreter_link, th.field-interpreter_link").first.inner_text()
    page.goto("/admin/assignment/booking/?when=all")
    page.click(".person-filter .select2-selection")
    page.fill(".select2-search__field", name)
    page.click(f".select2-results__option:has-text('{name}')")
    page.wait_for_url("**interpreter=*")

    for cell in page.locator("td.field-people").all_inner_texts():
        assert name in cell


def test_a_new_booking_goes_the_whole_way(
    coordinator_page: Page, new_violations: Violations
) -> None:
    page = coordinator_page
    page.goto("/admin/assignment/booking/add/")
    assert new_violations(page) == set()
    page.fill("#id_ref", "NEW-1")
    page.fill("#id_title", "Board meeting")
    page.select_option("#id_meeting_type", "VIP")
    page.fill("#id_languages", "en;ja")
    for field in ("starts", "ends"):
        page.fill(f"#id_{field}_at_0", "2099-03-02")
    page.fill("#id_starts_at_1", "10:00")
    page.fill("#id_ends_at_1", "09:00")
    page.click("input[name=_continue]")
    expect(page.locator(".errorlist").first).to_contain_text("must end after it starts")
    page.fill("#id_ends_at_1", "11:00")
    page.click("input[name=_continue]")

    expect(page.locator(".headline")).to_contain_text("Waiting in the pool")
    expect(page.locator("h1")).to_have_text("Board meeting")


def test_the_sweep_is_run_from_the_dashboard(
    operator_page: Page, server: Server, new_violations: Violations
) -> None:
    add_booking(server, "SWEEP-1")
    operator_page.click("text=Run the sweep now")
    assert new_violations(operator_page) == set()
    operator_page.click("button:has-text('Run the sweep')")

    expect(operator_page.locator("table.plain")).to_contain_text("SWEEP-1")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "address",
    [
        "/admin/",
        "/admin/assignment/booking/",
        "/admin/assignment/interpreter/",
        "/admin/assignment/assignment/",
        "/admin/pooling/run/",
        "/admin/assignment/leave/add/",
    ],
)
def test_pages_are_accessible_and_fit_a_telephone(
    lead_page: Page, new_violations: Violations, address: str, theme: str
) -> None:
    lead_page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    lead_page.goto(address)
    assert new_violations(lead_page) == set()

    lead_page.set_viewport_size({"width": 390, "height": 844})
    width = lead_page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    assert new_violations(lead_page) == set()
