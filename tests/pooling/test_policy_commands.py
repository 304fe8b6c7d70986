"""``switch_mode`` and ``validate_policy``: JSON, exit codes, one sentence for bad input."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from assignment.models import AuditEvent, Booking, Operation, Policy
from assignment.policies import current_policy
from assignment.policy_json import policy_to_json
from tests.pooling.entries import NOW, in_days, pooled

pytestmark = pytest.mark.django_db
AT = f"--now={NOW.isoformat()}"


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of a command."""
    output = StringIO()
    code = 0
    try:
        call_command(*arguments, "--json", stdout=output, stderr=StringIO())
    except SystemExit as ended:
        code = int(ended.code or 0)
    except CommandError as refused:
        code = refused.returncode
    return code, json.loads(output.getvalue())


def policy_file(folder: Path, document: object) -> str:
    """The name of a file with this document."""
    file = folder / "policy.json"
    file.write_text(json.dumps(document), "utf-8")
    return str(file)


def document(**changes: Any) -> dict[str, Any]:
    """The policy in force as a document, with these keys changed."""
    return policy_to_json(current_policy()) | changes


def test_switch_mode_reports_and_processes_what_became_due() -> None:
    pooled("B-2", start=12, deadline=2, meeting_type="General")
    pooled("B-1", start=20, deadline=10, meeting_type="General")

    code, data = run("switch_mode", "URGENT", "--reason=Peak", AT)

    assert code == 0
    assert {name: data[name] for name in ("old_mode", "new_mode", "affected", "immediate")} == {
        "old_mode": "NORMAL",
        "new_mode": "URGENT",
        "affected": 2,
        "immediate": 1,
    }
    assert (data["redated"], data["left"], data["escalated"], data["errors"]) == (1, 0, 0, 0)
    assert data["entries"] == [
        {
            "booking": "B-1",
            "change": "redated",
            "status": "waiting",
            "starts_at": "2027-02-21T08:00:00Z",
            "old_deadline": "2027-02-11T08:00:00Z",
            "deadline": "2027-02-07T08:00:00Z",
        },
        {
            "booking": "B-2",
            "change": "immediate",
            "status": "waiting",
            "starts_at": "2027-02-13T08:00:00Z",
            "old_deadline": "2027-02-03T08:00:00Z",
            "deadline": "2027-01-30T08:00:00Z",
        },
    ]
    assert Booking.objects.get(ref="B-2").escalation_code == "no_interpreters"
    assert Booking.objects.get(ref="B-1").pool_deadline_time == in_days(6)
    assert Operation.objects.get(key="policy:2").business_now == NOW


def test_switch_mode_prints_its_warnings_and_acknowledges_them() -> None:
    code, data = run("switch_mode", "BALANCE", "--reason=Calm", AT)

    assert code == 0
    assert [row["code"] for row in data["warnings"]] == ["few_interpreters", "balance_few_pooled"]
    event = AuditEvent.objects.get(action="switch_mode")
    assert event.changes["acknowledged"] == ["few_interpreters", "balance_few_pooled"]


def test_a_dry_run_says_the_same_and_writes_nothing() -> None:
    pooled("B-1", start=12, deadline=2, meeting_type="General")

    _, shown = run("switch_mode", "URGENT", "--reason=Peak", "--dry-run", AT)

    assert (Policy.objects.count(), Operation.objects.count(), AuditEvent.objects.count()) == (
        1,
        0,
        0,
    )
    _, done = run("switch_mode", "URGENT", "--reason=Peak", AT)
    assert shown.pop("dry_run") is True
    assert done.pop("dry_run") is False
    assert shown | {"policy_version": 2} == done


def test_the_same_mode_is_nothing_done() -> None:
    code, data = run("switch_mode", "NORMAL", "--reason=Again", AT)

    assert (code, data["changed"], data["affected"]) == (0, False, 0)
    assert Policy.objects.count() == 1
    output = StringIO()
    call_command("switch_mode", "NORMAL", "--reason=Again", stdout=output)
    assert output.getvalue() == "The mode is NORMAL already: nothing was done.\n"


@pytest.mark.parametrize("reason", ["", " ", "x" * 501])
def test_switch_mode_needs_a_reason(reason: str) -> None:
    code, data = run("switch_mode", "URGENT", f"--reason={reason}", AT)

    assert (code, data["error"]["code"]) == (2, "input")
    assert Policy.objects.count() == 1


def test_the_policy_in_force_is_valid_and_affects_nothing() -> None:
    pooled("B-1", start=20, deadline=13)

    code, data = run("validate_policy", AT)

    assert code == 0
    assert data == {
        "valid": True,
        "findings": [],
        "impact": {
            "pooled": 1,
            "affected": 0,
            "immediate": 0,
            "redated": 0,
            "escalated": 0,
            "errors": 0,
            "left": 1,
            "level": "none",
            "entries": [],
        },
    }


def test_a_file_is_judged_with_its_impact(tmp_path: Path) -> None:
    pooled("B-1", start=20, deadline=13)
    weights = document()["weights"] | {"w_fair": 3.5}
    name = policy_file(tmp_path, document(mode="CUSTOM", weights=weights))

    code, data = run("validate_policy", name, AT)

    assert code == 0
    assert [(row["code"], row["severity"], row["field"]) for row in data["findings"]] == [
        ("w_fair_unusual", "warning", "weights.w_fair")
    ]
    assert (data["impact"]["affected"], data["impact"]["level"]) == (1, "low")
    assert [row["booking"] for row in data["impact"]["entries"]] == ["B-1"]
    assert Policy.objects.count() == 1


def test_an_invalid_policy_is_exit_code_1(tmp_path: Path) -> None:
    weights = document()["weights"] | {"w_fair": 9}
    name = policy_file(tmp_path, document(mode="CUSTOM", weights=weights))

    code, data = run("validate_policy", name, AT)

    assert code == 1
    assert (data["valid"], data["findings"][0]["code"]) == (False, "w_fair_out_of_range")
    assert data["impact"]["affected"] is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mode": "FAST"}, "mode_unknown"),
        ({"colour": "red"}, "unknown"),
        ({"weights": {}}, "missing"),
        ({"priorities": {"Other": True}}, "priority_not_a_number"),
        ({"soft_rules": ["leave"]}, "soft_rule_unknown"),
        ({"thresholds": {"NORMAL": {"DR": [[[[]]]]}}}, "missing"),
    ],
)
def test_a_bad_shape_is_a_finding(tmp_path: Path, changes: dict[str, Any], code: str) -> None:
    exit_code, data = run("validate_policy", policy_file(tmp_path, document(**changes)), AT)

    assert (exit_code, data["findings"][0]["code"]) == (1, code)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"[" * 50_000, b"7" * 5_000, b" " * 5_000_000, b'{"mode": "\\ud8'],
)
def test_an_unreadable_file_is_one_sentence_and_exit_code_2(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "policy.json"
    file.write_bytes(content)

    code, data = run("validate_policy", str(file), AT)

    assert (code, data["error"]["code"]) == (2, "input")
    assert data["error"]["message"].count(". ") == 0


@pytest.mark.parametrize("name", ["missing.json", ".", "a\0b"])
def test_a_file_that_cannot_be_opened_is_exit_code_2(name: str) -> None:
    code, data = run("validate_policy", name, AT)

    assert code == 2
    assert data["error"]["message"] == "The file cannot be read: check its name and its rights."


def test_the_stored_policy_is_judged_without_a_file() -> None:
    Policy.objects.update(mode="CUSTOM", w_fair=4.0)

    code, data = run("validate_policy", AT)

    assert code == 0
    assert [row["code"] for row in data["findings"]] == ["w_fair_unusual"]
    assert current_policy() == replace(current_policy(), mode="CUSTOM")


def test_validate_policy_waits_for_no_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)

    code, data = run("validate_policy", str(pipe))

    assert code == 2
    assert data["error"]["message"] == "The file cannot be read: check its name and its rights."


def test_validate_policy_takes_an_empty_name_for_no_file() -> None:
    assert run("validate_policy", "")[0] == 2
