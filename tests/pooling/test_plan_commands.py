"""``process_emergency`` and ``apply_plan`` from the command line: previews, rows, exit codes."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from assignment.models import Leave
from pooling.models import Plan, Run
from tests.factories.bookings import NOW, ReadyFactory, WaitingFactory, after
from tests.factories.people import InterpreterFactory
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db
AT = f"--now={NOW.isoformat()}"
REASON = "--reason=The storm."


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


def preview(command: str, *more: str) -> str:
    """The number of the plan that a dry run stores."""
    return str(run(command, "--dry-run", AT, *more)[1]["plan"])


def test_an_override_without_a_plan_makes_its_own_and_decides_everything() -> None:
    InterpreterFactory.create()
    WaitingFactory.create()

    code, data = run("process_emergency", REASON, AT)

    assert (code, data["total"], data["assigned"]) == (0, 1, 1)
    assert (data["stale"], data["left_out"], data["came_since"], data["held"]) == ([], [], [], [])


def test_an_override_carries_out_the_plan_of_its_dry_run() -> None:
    InterpreterFactory.create()
    ill = InterpreterFactory.create(languages="is")
    taken, left = WaitingFactory.create(ref="A"), WaitingFactory.create(ref="B", hours_long=2)
    WaitingFactory.create(ref="C", languages="is")
    plan = preview("process_emergency", REASON)
    Leave.objects.create(interpreter=ill, starts_at=NOW, ends_at=after(days=90))
    ReadyFactory.create(ref="NEW")

    code, data = run("process_emergency", REASON, AT, "--plan", plan, "--except", "B")

    assert code == 1
    assert {name: data[name] for name in ("total", "assigned", "skipped")} == {
        "total": 3,
        "assigned": 1,
        "skipped": 2,
    }
    assert (data["left_out"], data["came_since"]) == (["B"], ["NEW"])
    assert data["stale"] == [{"booking": "C", "reason": f"{ill.ref} is now on leave."}]
    taken.refresh_from_db()
    left.refresh_from_db()
    assert (taken.state, left.pool_status) == ("approved", "waiting")


def test_the_same_command_again_gives_the_same_and_another_reason_is_refused() -> None:
    InterpreterFactory.create()
    WaitingFactory.create()
    plan = preview("process_emergency", REASON)
    first = run("process_emergency", REASON, AT, "--plan", plan)
    before = digest()

    assert run("process_emergency", REASON, AT, "--plan", plan) == first
    code, data = run("process_emergency", "--reason=The flood.", AT, "--plan", plan)

    assert (code, data["error"]["code"]) == (1, "conflict")
    assert digest() == before


def test_apply_plan_again_without_other_rows_is_refused() -> None:
    InterpreterFactory.create()
    ReadyFactory.create(ref="A")
    plan = preview("sweep")
    assert run("apply_plan", plan, AT)[0] == 0

    assert run("apply_plan", plan, AT)[0] == 0
    code, data = run("apply_plan", plan, AT, "--except", "A")

    assert (code, data["error"]["code"]) == (1, "conflict")
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("apply_plan", "99"), "There is no plan 99: a --dry-run makes one."),
        (("apply_plan", "x" * 30), f"There is no plan {'x' * 20}: a --dry-run makes one."),
        (("apply_plan", "{plan}", "--except", "B"), "B: not in plan {plan}, so not to be"),
        (("apply_plan", "{plan}", "--except", "?"), "There is no booking ?."),
        (("process_emergency", REASON, "--plan", "{plan}"), "Plan {plan} is no preview of an"),
        (("process_emergency", REASON, "--except", "A"), "Name the plan from which rows are"),
    ],
)
def test_bad_arguments_get_a_sentence_and_change_nothing(
    arguments: tuple[str, ...], sentence: str
) -> None:
    ReadyFactory.create(ref="A")
    plan = preview("sweep")
    ReadyFactory.create(ref="B")
    before = digest()

    code, data = run(*(part.replace("{plan}", plan) for part in arguments))

    assert code == 2
    assert data["error"]["message"].startswith(sentence.replace("{plan}", plan))
    assert digest() == before


def test_apply_plan_refuses_the_preview_of_an_override() -> None:
    plan = preview("process_emergency", REASON)

    code, data = run("apply_plan", plan, AT)

    assert (code, data["error"]["code"]) == (1, "refused")
    assert Plan.objects.get(pk=plan).kind == "emergency"
