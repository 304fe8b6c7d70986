"""``manage.py sweep`` in a process of its own, killed at several moments, and run again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from assignment.models import Booking, Operation
from pooling.models import PlanRow, Run
from tests.faults import commands
from tests.invariants import assert_sound

pytestmark = pytest.mark.django_db(transaction=True)
BOOKINGS = 1_700
"""So many of the sample that about 300 are due."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, list[str]]]:
    """What the same sweep does on a SQLite file of its own, in one go."""
    file = tmp_path_factory.mktemp("undisturbed") / "other.sqlite3"
    elsewhere = os.environ | {"DATABASE_URL": f"sqlite:///{file}"}
    assert commands.code_of(commands.start(elsewhere, "migrate", "-v0")) == 0
    commands.load_sample(elsewhere, bookings=BOOKINGS)
    report = commands.answer(commands.sweep(elsewhere))
    assert report["processed"] > 290
    return commands.people_of(report)


def settled() -> int:
    """How many rows of the plan have a result."""
    return PlanRow.objects.exclude(result="").count()


MOMENTS: dict[str, Callable[[], bool]] = {
    "the run exists": Run.objects.exists,
    "entries are claimed": Booking.objects.filter(pool_status="processing").exists,
    "some are settled": lambda: settled() > 0,
}
STATEMENTS = (
    "1 pool_deadline_time",
    '1 INSERT INTO "pooling_plan"',
    '1 "pooling_planrow" (',
    '1 "assignment_assignment" (',
    '2 "assignment_assignment" (',
    '1 "assignment_decision" (',
    '1 UPDATE "pooling_planrow"',
    '1 UPDATE "pooling_run" SET "state" = ',
    '1 UPDATE "assignment_operation"',
)


def kill_when(process: subprocess.Popen[str], moment: Callable[[], bool]) -> None:
    """Kill the process as soon as the moment has come, watched from outside."""
    end = time.monotonic() + 60
    while not moment():
        assert process.poll() is None, "it ended before the moment came"
        assert time.monotonic() < end
        time.sleep(0.002)
    process.kill()


def assert_finished_by_another(
    environment: dict[str, str], expected: dict[str, tuple[str, list[str]]]
) -> None:
    """The same command brings the same run to the undisturbed end."""
    before = set(Run.objects.values_list("pk", flat=True))

    report = commands.answer(commands.sweep(environment))

    assert before <= {report["run"]}
    assert not report["repeated"]
    assert commands.people_of(report) == expected
    assert Run.objects.get().state == "done"
    assert Operation.objects.filter(result__assigned=report["assigned"]).count() == 1
    assert_sound(from_the_start=True)
    again = commands.answer(commands.sweep(environment))
    assert (again["repeated"], again["run"]) == (True, report["run"])


def test_a_sweep_killed_while_it_was_watched_is_resumed(
    process_environment: dict[str, str], undisturbed: dict[str, tuple[str, list[str]]]
) -> None:
    commands.load_sample(process_environment, bookings=BOOKINGS)
    for moment in MOMENTS.values():
        process = commands.sweep(process_environment)
        kill_when(process, moment)
        assert commands.code_of(process) == -signal.SIGKILL
        assert not Run.objects.filter(state="done").exists()

    assert_finished_by_another(process_environment, undisturbed)


def test_a_sweep_killed_by_its_own_statements_is_resumed(
    process_environment: dict[str, str], undisturbed: dict[str, tuple[str, list[str]]]
) -> None:
    commands.load_sample(process_environment, bookings=BOOKINGS)
    for statement in STATEMENTS:
        dying = process_environment | {"DIE_AFTER": statement}
        process = commands.sweep(dying, program=commands.DYING)
        assert commands.code_of(process) == -signal.SIGKILL, statement

    assert_finished_by_another(process_environment, undisturbed)


def test_two_processes_share_one_slot_and_decide_as_one_alone(
    process_environment: dict[str, str], undisturbed: dict[str, tuple[str, list[str]]]
) -> None:
    commands.load_sample(process_environment, bookings=BOOKINGS)
    both = [commands.sweep(process_environment) for _ in range(2)]
    reports = [commands.answer(process) for process in both]

    assert [commands.people_of(report) for report in reports] == [undisturbed] * 2
    assert len({report["run"] for report in reports}) == 1
    assert Run.objects.count() == 1
    assert_sound(from_the_start=True)
