"""Signing in, as everybody does first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import GROUPS

Open = Callable[[], Page]
PageOf = Callable[[str], Page]
Violations = Callable[[Page], set[str]]


def test_a_wrong_password_is_refused_politely(open_page: Open, new_violations: Violations) -> None:
    page = open_page()
    page.goto("/")
    page.fill("#id_username", "lead-1")
    page.fill("#id_password", "wrong")
    page.click("input[type=submit]")

    expect(page.locator(".errornote")).to_contain_text("Please enter the correct username")
    assert new_violations(page) == set()


@pytest.mark.parametrize("group", GROUPS)
def test_everybody_arrives_at_the_dashboard(
    page_of: PageOf, new_violations: Violations, group: str
) -> None:
    page = page_of(group)

    expect(page.locator("#site-name")).to_contain_text("Interpool")
    assert new_violations(page) == set()


def test_signing_out_ends_the_session(viewer_page: Page) -> None:
    viewer_page.click("#logout-form button")
    viewer_page.goto("/admin/")

    expect(viewer_page.locator("#id_username")).to_be_visible()
