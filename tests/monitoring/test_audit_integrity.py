"""The command: its JSON, its exit codes, and a dry run that changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command

from assignment.models import AuditEvent
from monitoring.audits.catalogue import AUDITS
from tests.factories.bookings import NOW, BookingFactory
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db
OVER = {"starts_at": NOW.replace(hour=1), "state": "approved"}


def audit(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON object of the command."""
    code = 0
    try:
        call_command("audit_integrity", *options, "--json", "--now", NOW.isoformat())
    except SystemExit as ended:
        code = int(ended.code or 0)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, found


def test_a_sound_database_has_no_findings(capsys: pytest.CaptureFixture[str]) -> None:
    BookingFactory.create()

    code, found = audit(capsys)

    assert (code, found["findings"], found["repaired"]) == (0, [], 0)
    assert [row["code"] for row in found["audits"]] == [row.code for row in AUDITS]
    assert {"code": "trail_state_differs", "checked": 1, "findings": 0} in found["audits"]


def test_findings_end_with_1_and_a_dry_run_changes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    BookingFactory.create(ref="B1", interpreters_needed=2, **OVER)
    before = digest()

    code, found = audit(capsys, "--repair", "--dry-run")

    assert (code, found["repaired"], digest()) == (1, 0, before)
    assert [row for row in found["findings"] if row["code"] == "approved_incomplete"] == [
        {
            "code": "approved_incomplete",
            "severity": "critical",
            "object": "booking B1",
            "message": "It is approved with 0 of 2 people: bind the others, or cancel it.",
            "repair": "Its people are withdrawn and it passes the gate again.",
        }
    ]


def test_a_repair_ends_with_0_when_nothing_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    BookingFactory.create(**OVER)

    code, found = audit(capsys, "--repair")

    assert (code, found["findings"]) == (0, [])
    assert found["repaired"] > 0
    assert AuditEvent.objects.filter(action="repair").count() == 1
    assert audit(capsys, "--repair")[1]["repaired"] == 0
