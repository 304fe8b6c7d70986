"""Sessions in a real browser: asked for, given, handed over, resolved; checked with axe."""

from __future__ import annotations

import os
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Server

Violations = Callable[[Page], set[str]]

DESK = """
from django.utils import timezone
from assignment.models import Desk, Interpreter, Presence
people = list(Interpreter.objects.filter(active=True, team__isnull=False).order_by("pk"))
team = people[0].team
Desk.objects.create(team=team, time_zone="UTC")
for person in [row for row in people if row.team_id == team.pk][:3]:
    Presence.objects.create(interpreter=person, status="online", since=timezone.now())
    print(person.team.name, "|", person.languages)
"""


def shot(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for one."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_session_is_asked_for_given_and_resolved(
    page_of: Callable[[str], Page], server: Server, new_violations: Violations
) -> None:
    lines = server.manage("shell", "--verbosity", "0", "--command", DESK).splitlines()
    team, languages = (part.strip() for part in lines[0].split("|"))
    page = page_of("coordinator")
    page.goto("/admin/assignment/session/add/")
    page.fill("#id_ref", "CALL-1")
    shot(page, "session-add")
    page.locator('[aria-labelledby="select2-id_team-container"]').click()
    page.keyboard.type(team)
    page.locator(".select2-results__option", has_text=team).first.click()
    page.select_option("#id_channel", "chat")
    page.fill("#id_languages", languages.split(";")[0])
    page.click("input[name=_save]")

    expect(page.locator(".messagelist")).to_contain_text("CALL-1 is now assigned, given to")
    assert new_violations(page) == set()
    shot(page, "session-list")
    page.goto(page.locator("th.field-ref a").first.get_attribute("href") or "")
    expect(page.locator("#standing-title")).to_contain_text("With")
    assert new_violations(page) == set()
    shot(page, "session-page")

    page.click("text=Hand over to the desk")
    page.fill("#id_reason", "End of the shift.")
    assert new_violations(page) == set()
    shot(page, "session-hand-over")
    page.click("button[type=submit].primary")
    expect(page.locator("#timeline")).to_contain_text("End of the shift.")
    shot(page, "session-after")

    page.click(".buttons >> text=Resolve")
    page.fill("#id_reason", "All is said.")
    page.click("button[type=submit].danger")
    expect(page.locator("#standing-title")).to_contain_text("resolved")


def test_presence_desks_and_the_dashboard_have_no_new_violations(
    page_of: Callable[[str], Page], new_violations: Violations
) -> None:
    page = page_of("viewer")
    expect(page.locator('[data-number="held"]')).to_have_text("0")
    assert new_violations(page) == set()
    shot(page, "dashboard")
    for name in ("presence", "desk"):
        page.goto(f"/admin/assignment/{name}/")
        assert new_violations(page) == set()
        shot(page, name)
