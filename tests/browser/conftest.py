"""A real server, a real Chromium, and people of every group who are signed in.

The server runs in processes of its own on a SQLite file of its own, without Redis. Tests act
through pages; what they need beyond that they do with ``server.manage``.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
GROUPS = ("viewer", "coordinator", "lead", "operator", "auditor")
PASSWORD = "a-long-word-for-tests"
MAKE_PEOPLE = f"""
from django.contrib.auth.models import Group, User
for name in {GROUPS!r}:
    person = User.objects.create_user(f"{{name}}-1", password={PASSWORD!r}, is_staff=True)
    person.groups.add(Group.objects.get(name=name))
"""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STOCK_VIOLATIONS = {
    "link-in-text-block",
    "label",
    "aria-input-field-name",
    "empty-table-header",
}
"""What axe finds on Django's own admin pages; nothing may be added."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A served database, and the way to run management commands on it."""

    url: str
    environment: dict[str, str]

    def manage(self, *arguments: str) -> str:
        """Run a management command on the served database; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The admin with a small sample after its first sweep, and a person in each group."""
    folder = tmp_path_factory.mktemp("server")
    port = str(free_port())
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{folder}/interpool.sqlite3",
        "PORT": port,
        "REDIS_URL": "",
        "VAR_DIR": str(folder),
    }
    server = Server(url=f"http://127.0.0.1:{port}", environment=environment)
    server.manage("migrate", "--verbosity", "0")
    server.manage("collectstatic", "--no-input", "--verbosity", "0")
    server.manage("load_sample", "--bookings", "200", "--interpreters", "20", "--seed", "1")
    server.manage("sweep")
    server.manage("shell", "--verbosity", "0", "--command", MAKE_PEOPLE)

    command = [sys.executable, "manage.py", "serve", "--no-worker"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], 30)[0]
    assert process.stdout.readline().startswith(b"Interpool is ready")
    yield server
    process.terminate()
    process.communicate()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    program = shutil.which("chromium")
    assert program, "chromium is missing: run make browser"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, server: Server) -> Iterator[Callable[[], Page]]:
    """Open pages that nobody has signed in to.

    The test fails if a page reports an error: a script that broke, or something that the
    content security policy had to block.
    """
    errors: list[str] = []
    pages: list[Page] = []

    def open_new_page() -> Page:
        page = chromium.new_page(base_url=server.url, viewport={"width": 1280, "height": 900})
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            # axe has no address: what it does inside a page is not the page's fault
            lambda message: (
                errors.append(message.text)
                if message.type == "error" and message.location["url"]
                else None
            ),
        )
        pages.append(page)
        return page

    yield open_new_page
    for page in pages:
        page.close()
    assert errors == []


@pytest.fixture
def page_of(open_page: Callable[[], Page]) -> Callable[[str], Page]:
    """Open a page on which a person of this group has signed in."""

    def sign_in(group: str) -> Page:
        page = open_page()
        page.goto("/admin/")
        page.fill("#id_username", f"{group}-1")
        page.fill("#id_password", PASSWORD)
        page.click("input[type=submit]")
        page.wait_for_url("**/admin/")
        return page

    return sign_in


@pytest.fixture
def viewer_page(page_of: Callable[[str], Page]) -> Page:
    """The page of somebody who may only look."""
    return page_of("viewer")


@pytest.fixture
def coordinator_page(page_of: Callable[[str], Page]) -> Page:
    """The page of a coordinator."""
    return page_of("coordinator")


@pytest.fixture
def lead_page(page_of: Callable[[str], Page]) -> Page:
    """The page of a lead."""
    return page_of("lead")


@pytest.fixture
def operator_page(page_of: Callable[[str], Page]) -> Page:
    """The page of an operator."""
    return page_of("operator")


@pytest.fixture
def auditor_page(page_of: Callable[[str], Page]) -> Page:
    """The page of an auditor."""
    return page_of("auditor")


@pytest.fixture
def new_violations() -> Callable[[Page], set[str]]:
    """Tell which accessibility rules a page breaks beyond those of Django's own pages."""

    def find(page: Page) -> set[str]:
        found = Axe().run(page).response["violations"]
        return {violation["id"] for violation in found} - STOCK_VIOLATIONS

    return find
