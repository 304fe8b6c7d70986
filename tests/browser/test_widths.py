"""What matters is in sight in a window of 1280 pixels with the menu open."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

CUT = """() => [document.documentElement, ...document.querySelectorAll(
  '.results, .table-box, .policy-scroll')]
  .filter((box) => box.scrollWidth > box.clientWidth)
  .map((box) => `${box.className || box.tagName}: ${box.scrollWidth} of ${box.clientWidth}`)"""
PAGES = (
    "/admin/",
    "/admin/assignment/booking/",
    "/admin/assignment/booking/add/",
    "/admin/assignment/interpreter/",
    "/admin/assignment/policy/",
    "/admin/assignment/policy/mode/",
    "/admin/assignment/policy/mode/URGENT/",
    "/admin/pooling/attention/",
    "/admin/pooling/poolentry/",
    "/admin/pooling/run/",
)


@pytest.mark.parametrize("address", PAGES)
def test_nothing_is_cut_at_the_edge(lead_page: Page, address: str) -> None:
    lead_page.goto(address)

    assert lead_page.evaluate(CUT) == []


@pytest.mark.parametrize(
    ("listed", "row"),
    [
        ("/admin/pooling/run/", "th.field-number a"),
        ("/admin/assignment/booking/?state__exact=approved", ".field-booking a"),
    ],
)
def test_nothing_is_cut_on_the_page_of_a_row(lead_page: Page, listed: str, row: str) -> None:
    lead_page.goto(listed)
    lead_page.locator(row).last.click()
    lead_page.wait_for_load_state()

    assert "/change/" in lead_page.url
    assert lead_page.evaluate(CUT) == []
